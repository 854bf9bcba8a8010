"""What a checkpoint says, as text: C2SP's tlog-checkpoint, a signed note.

points-mall                                     the tree's name
1234                                            how many leaves it has
PzQBTHqgpa1k…                                   its root, base64
sealed 2026-11-22T06:30:00.123456Z              when

— points-mall qwEjRZ…                           the key's four bytes and its Ed25519 signature
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.kit.merkle import HASH_BYTES
from backend.kit.signed_note import NoteBroken, NoteKey, parts

SEALED = "sealed "


@dataclass(frozen=True)
class Said:
    """A checkpoint's contents."""

    origin: str
    size: int
    root: bytes
    sealed_at: datetime
    key_id: str


def text_of(origin: str, size: int, root: bytes, sealed_at: datetime) -> str:
    """The text to be signed."""
    moment = sealed_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n{SEALED}{moment}\n"


def read(note: str, keys: Mapping[str, NoteKey]) -> Said:
    """What a checkpoint says, once its signature has verified with one of `keys` (by id). Raises NoteBroken."""
    text, key_id, signature = parts(note)
    key = keys.get(key_id)
    if key is None:
        raise NoteBroken(f"signed with the key {key_id}, which is not among the mall's")
    if not key.verifies(text.encode(), signature):
        raise NoteBroken(f"the signature of the key {key_id} does not verify")
    said = _said(text, key_id)
    if said.origin != key.name:
        raise NoteBroken(f"it is a checkpoint of {said.origin}, not of {key.name}")
    return said


def voucher_text(key: NoteKey) -> bytes:
    """What the old key signs to say that `key` follows it."""
    return f"{key.name}\nnext key {key.verifier()}\n".encode()


def _said(text: str, key_id: str) -> Said:
    try:
        origin, size, root, sealed, end = text.split("\n")
        said = Said(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            sealed_at=datetime.fromisoformat(sealed.removeprefix(SEALED)),
            key_id=key_id,
        )
    except (ValueError, binascii.Error) as error:
        raise NoteBroken("its text is not that of a checkpoint") from error
    if end or len(said.root) != HASH_BYTES or said.size < 1:
        raise NoteBroken("its text is not that of a checkpoint")
    return said
