"""What a backup says of itself, so that a restore knows what it brings back and whether it is whole."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kit import clock, crypto
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.ledger.models import Checkpoint, Entry

FORMAT = 1
NAME = "manifest.json"
SECRET = "secret.key"  # noqa: S105  a file's name
CHUNK_BYTES = 1024 * 1024
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, TypeError, ValueError, RuntimeError)
"""What reading a zip with a wrong byte in it may raise; an unknown way to pack is a RuntimeError."""


class BackupUnusable(Refused):
    """This file is no backup of a points mall, or was damaged since it was made."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`revision`: the database's shape. `checkpoint`: the newest published seal. `keys`: which secrets it needs."""

    database: str
    revision: str
    entries: int
    checkpoint: str | None
    made_at: str
    keys: Mapping[str, str]
    with_secret: bool
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each file in it."""
    format: int = FORMAT


async def said_by(connection: AsyncConnection, database: str, revision: str, with_secret: bool) -> Manifest:
    """What can be said of the database that `connection` sees at one moment."""
    entry, checkpoint = table_of(Entry), table_of(Checkpoint)
    newest = select(checkpoint.c.note).order_by(checkpoint.c.size.desc()).limit(1)
    return Manifest(
        database=database,
        revision=revision,
        entries=(await connection.execute(select(func.count()).select_from(entry))).scalar_one(),
        checkpoint=(await connection.execute(newest)).scalar(),
        made_at=clock.now().isoformat(),
        keys={str(key_id): fingerprint for key_id, fingerprint in crypto.fingerprints().items()},
        with_secret=with_secret,
    )


def write(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Put the manifest into a backup, last."""
    archive.writestr(NAME, json.dumps(asdict(manifest), indent=2))


def read(archive: zipfile.ZipFile) -> Manifest:
    """The manifest of a backup whose every file is as it was written. Raises BackupUnusable."""
    try:
        said: dict[str, Any] = json.loads(archive.read(NAME))
        manifest = Manifest(**said)
        whole = {name: digest(archive, name) for name in manifest.digests} == manifest.digests
    except DAMAGE as damaged:
        raise BackupUnusable from damaged
    if manifest.format != FORMAT or not whole:
        raise BackupUnusable
    return manifest


def digest(archive: zipfile.ZipFile, name: str) -> str:
    """SHA-256 of one file in a backup."""
    found = hashlib.sha256()
    with archive.open(name) as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
