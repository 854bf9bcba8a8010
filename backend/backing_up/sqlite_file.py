"""A SQLite database into a backup and back, by SQLite's own online backup: whoever serves goes on serving."""

import contextlib
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import make_url

from backend.backing_up.manifest import BackupUnusable

NAME = "mall.db"
PAGES_A_STEP = 2_000
WAIT_SECONDS = 30.0
Progress = Callable[[int, int], None]


def path_of(url: str) -> Path:
    """The file behind a database address."""
    return Path(make_url(url).database or "")


def copy_out(url: str, folder: Path, progress: Progress) -> Path:
    """A copy of the database as it is at one moment, in `folder`. Raises BackupUnusable when it is damaged."""
    copied = folder / NAME
    with _opened(path_of(url)) as source, _opened(copied) as copy:
        # Within one read transaction the copy is of one moment, and a writer does not make it begin again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES_A_STEP, progress=lambda _status, left, total: progress(total - left, total))
        _must_be_sound(copy)
    return copied


def bring_back(archive: zipfile.ZipFile, url: str, progress: Progress) -> None:
    """Make the database what the backup says, in place: a process that has it open sees the restored one."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / NAME
        with archive.open(NAME) as packed, copied.open("wb") as file:
            shutil.copyfileobj(packed, file)
        with _opened(copied) as source, _opened(path_of(url)) as target:
            _must_be_sound(source)
            source.backup(
                target, pages=PAGES_A_STEP, progress=lambda _status, left, total: progress(total - left, total)
            )
            _must_be_sound(target)


def _must_be_sound(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        raise BackupUnusable("The database file is damaged: PRAGMA integrity_check says where.")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
