"""Sealing as the worker does it, and what an outsider does with what is published."""

import base64
from typing import Any

import orjson

from backend import schedule
from backend.kit.signed_note import NoteKey
from backend.ledger import publishing
from backend.ledger.checkpoints import Said, read


async def seal() -> Said:
    """Seal what waits and publish; returns the newest checkpoint as an outsider reads it."""
    await schedule.seal_new_entries()
    return read(note("latest"), keys())


def note(name: str) -> str:
    return (publishing.folder() / name).read_text("utf-8")


def published_keys() -> dict[str, Any]:
    keys: dict[str, Any] = orjson.loads((publishing.folder() / publishing.KEYS).read_bytes())
    return keys


def keys() -> dict[str, NoteKey]:
    """The keys out of keys.json, from nothing but what it says."""
    found = {}
    for key in published_keys()["keys"]:
        name, key_id, public = key["verifier"].split("+", 2)
        found[key_id] = NoteKey(name, raw(public)[1:])
    return found


def raw(text: str) -> bytes:
    return base64.b64decode(text)
