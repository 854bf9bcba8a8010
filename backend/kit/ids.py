"""Ids: made by whoever starts the act, sortable by time (UUIDv7, RFC 9562), or derived from what they name."""

import os
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

from backend.kit import clock

DERIVED_KEPT = 1024


def new(moment: datetime | None = None) -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then randomness. `moment`: now, if it was asked before."""
    milliseconds = clock.microseconds(moment or clock.now()) // 1000
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10))
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


@lru_cache(DERIVED_KEPT)
def derived(within: UUID, name: str) -> UUID:
    """The one id that `name` has `within` another: the same words always give the same id (UUIDv5)."""
    return uuid5(within, name)
