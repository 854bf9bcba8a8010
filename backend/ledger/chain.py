"""Each entry's hash covers the member's entry before it: change one and every later one disagrees.

One chain per account, not one for the programme: the account row is locked for the posting anyway, so the
chain costs no lock of its own, and two members never wait for each other. The bytes are frozen: version 1
means exactly this, for ever; personal data is never in them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from backend.kit.clock import microseconds
from backend.ledger.lots import Line
from backend.ledger.states import EntryState


def digest(value: Mapping[str, Any]) -> bytes:
    """SHA-256 of a JSON object written with sorted keys and no spaces, as UTF-8."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()


def canonical(entry: EntryState, lines: Iterable[Line]) -> bytes:
    """The entry as version 1 writes it: fields joined by `|`, lines by `,`, moments in microseconds."""
    fields = (
        1,
        entry.member_id,
        entry.seq,
        entry.entry_id,
        entry.kind,
        entry.points,
        entry.debt,
        microseconds(entry.occurred_at),
        microseconds(entry.created_at),
        entry.reference or "",
        entry.actor,
        entry.request_hash.hex(),
        digest(entry.why).hex(),
        ",".join([_line(line) for line in lines]),
    )
    return "|".join(map(str, fields)).encode()


def link(prev_hash: bytes, entry: EntryState, lines: Iterable[Line]) -> bytes:
    """The hash of `entry` as the next one after `prev_hash`."""
    return hashlib.sha256(prev_hash + canonical(entry, lines)).digest()


def _line(line: Line) -> str:
    expiry = microseconds(line.expires_at) if line.expires_at else ""
    # A side writes itself as its value, only slowly.
    return f"{line.lot_id!s}:{line.from_side._value_}:{line.to_side._value_}:{line.points}:{expiry}"
