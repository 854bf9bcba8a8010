"""Ids: made by whoever starts the act, sortable by time (UUIDv7, RFC 9562), or derived from what they name."""

import secrets
from uuid import UUID, uuid5

from backend.kit import clock


def new() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then randomness."""
    milliseconds = clock.microseconds(clock.now()) // 1000
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def derived(within: UUID, name: str) -> UUID:
    """The one id that `name` has `within` another: the same words always give the same id (UUIDv5)."""
    return uuid5(within, name)
