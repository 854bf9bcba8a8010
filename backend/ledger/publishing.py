"""Checkpoints as static files: in the data folder under checkpoints/, for anyone to read, keep and compare.

latest                     the newest checkpoint, a signed note (see checkpoints.py)
<size>                     the checkpoint of the tree with so many leaves; never changes
consistency/<m>-<n>.json   the proof that the tree of m leaves is the beginning of that of n; never changes
keys.json                  every public key there ever was, with when it began and ended and who vouched for it
"""

import base64
import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from backend.kit import db, merkle
from backend.kit.columns import table_of
from backend.kit.settings import settings
from backend.kit.signed_note import NoteKey
from backend.ledger import seal_keys, sealing
from backend.ledger.models import Checkpoint, SealLog
from backend.ledger.verifying_seals import Kept

CHECKPOINT, LOG = table_of(Checkpoint), table_of(SealLog)
FOLDER = "checkpoints"
LATEST = "latest"
KEYS = "keys.json"
PAGE_MAX = 200
PROOF = re.compile(r"consistency/(\d{1,18})-(\d{1,18})\.json")
NAMES = re.compile(rf"{LATEST}|{KEYS}|\d{{1,18}}|{PROOF.pattern}")
WHY_OTHERWISE = "the history was rewritten, or the database is an old copy"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """A file as it is sent; `for_ever`: it will never say anything else."""

    content: bytes
    kind: str
    for_ever: bool


def folder() -> Path:
    """Where they are."""
    return settings().checkpoints_dir or settings().data_dir / FOLDER


async def publish() -> int:
    """Write the checkpoints, proofs and keys that the folder does not have yet; returns how many checkpoints.

    What is published is never overwritten: a database that says otherwise, an old copy say, is an error in the log.
    """
    count, published = 0, _published_size()
    if published > await _size():
        log.error("a checkpoint of %s entries is published, the database has fewer: %s", published, WHY_OTHERWISE)
    while rows := await _unpublished(published):
        # First, so that whoever finds a checkpoint finds its key.
        _write(KEYS, await _keys())
        for row in rows:
            if published:
                _write(f"consistency/{published}-{row.size}.json", await consistency(published, row.size))
            _write(str(row.size), row.note.encode())
            published = row.size
        # Another worker of this folder may have come further meanwhile.
        if published > _published_size():
            _write(LATEST, rows[-1].note.encode())
        count += len(rows)
    return count


async def publish_keys() -> None:
    """Write keys.json anew, as after a rotation."""
    _write(KEYS, await _keys())


async def consistency(old: int, size: int) -> bytes:
    """The proof between two sizes, as JSON; the tree must have had both."""
    ranges = merkle.consistency(old, size)
    async with db.read() as session:
        tiles = await sealing.tiles_at(session, sorted(merkle.places_of(ranges)))
    path = [merkle.hash_of(each, tiles).hex() for each in ranges]
    return orjson.dumps({"from": old, "size": size, "path": path})


async def read_published(name: str) -> Published | None:
    """The file called so; None when there is none. A proof between any two sizes is made when it is asked for.

    So are the keys that are not there yet: a phone may know of a checkpoint before the files of it are written.
    """
    if not NAMES.fullmatch(name):
        return None
    kind = "application/json" if name.endswith(".json") else "text/plain; charset=utf-8"
    for_ever = name not in (LATEST, KEYS)
    if (path := folder() / name).is_file():
        return Published(path.read_bytes(), kind, for_ever)
    if (sizes := PROOF.fullmatch(name)) and 0 < int(sizes[1]) <= int(sizes[2]) <= await _size():
        return Published(await consistency(int(sizes[1]), int(sizes[2])), kind, for_ever)
    if name == KEYS and await _size():
        return Published(await _keys(), kind, for_ever)
    return None


def kept() -> list[Kept]:
    """The checkpoints in the folder, to be held against the books."""
    files = [(size, folder() / str(size)) for size in published_sizes()]
    return [Kept(size, f"published checkpoint {path}", path.read_text("utf-8", "replace")) for size, path in files]


def published_sizes() -> list[int]:
    """The sizes of the checkpoints in the folder, the smallest first."""
    if not folder().is_dir():
        return []
    return sorted(int(path.name) for path in folder().iterdir() if path.name.isdecimal())


def _published_size() -> int:
    path = folder() / LATEST
    return int(path.read_text("utf-8").split("\n")[1]) if path.is_file() else 0


async def _unpublished(size: int) -> list[Any]:
    query = select(CHECKPOINT).where(CHECKPOINT.c.size > size).order_by(CHECKPOINT.c.size).limit(PAGE_MAX)
    async with db.read() as session:
        return list(await (await session.connection()).execute(query))


async def _size() -> int:
    async with db.read() as session:
        return int((await (await session.connection()).execute(select(LOG.c.size))).scalar() or 0)


async def _keys() -> bytes:
    async with db.read() as session:
        origin = (await (await session.connection()).execute(select(LOG.c.origin))).scalar_one()
        rows = await seal_keys.every_key(session)
    keys = [_key(NoteKey(origin, row.public_key), row) for row in rows]
    return orjson.dumps({"name": origin, "keys": keys}, option=orjson.OPT_INDENT_2)


def _key(key: NoteKey, row: Any) -> dict[str, str | None]:
    return {
        "id": key.key_id,
        "verifier": key.verifier(),
        "public": base64.b64encode(key.public).decode(),
        "from": row.began_at.isoformat(),
        "until": row.ended_at.isoformat() if row.ended_at else None,
        "vouched_by": row.vouched_by,
        "voucher": base64.b64encode(row.voucher).decode() if row.voucher else None,
    }


def _write(name: str, content: bytes) -> None:
    # Beside and into place, so that nobody reads half a file.
    path = folder() / name
    if path.is_file() and path.read_bytes() == content:
        return
    if path.is_file() and name not in (LATEST, KEYS):
        log.error("%s is published and says otherwise: %s", path, WHY_OTHERWISE)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    beside.write_bytes(content)
    beside.replace(path)
