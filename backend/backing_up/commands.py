"""`./mall backup` and `./mall restore`."""

import os
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from backend.backing_up import manifest as manifests, postgres_copy, sqlite_file
from backend.backing_up.manifest import SECRET, BackupUnusable, Manifest
from backend.kit import audit, clock, crypto, db, migrating
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.kit.opening import opened
from backend.kit.settings import settings
from backend.members.models import Member


class NotEmpty(Refused):
    """There are members in this database. To put the backup in their place, say --replace."""


class OtherDatabase(Refused):
    """This backup is of the other kind of database: restore it where MALL_DATABASE_URL is of its kind."""


class SecretMissing(Refused):
    """This backup needs a secret that is not here: bring its secret.key, or set MALL_SECRET_KEY to it."""


async def backup_command(target: str, with_secret: bool) -> int:
    """Write everything there is at one moment into one file, while the mall serves."""
    made_at = clock.now()
    path = Path(target)
    if path.is_dir():
        path /= f"mall-{made_at:%Y%m%dT%H%M%SZ}.zip"
    made = await back_up(path, with_secret=with_secret)
    await _note("backup", made, {"with_secret": with_secret})
    print(f"{path}: {made.entries:,} entries as of {made.made_at}")
    if not with_secret:
        kept = "MALL_SECRET_KEY" if settings().secret_key else crypto.secret_file()
        print(f"Keep {kept} as well, elsewhere: without it no phone, address or code can be read.", file=sys.stderr)
    return 0


async def restore_command(path: str, replace_all: bool) -> int:
    """Bring a backup back; say what to do next."""
    brought = await restore(Path(path), replace_all=replace_all)
    print(f"{brought.entries:,} entries as of {brought.made_at} are back. Now: ./mall verify", file=sys.stderr)
    return 0


async def back_up(path: Path, *, with_secret: bool = False) -> Manifest:
    """Write a backup to `path`, whole or not at all; what was there before goes. Raises BackupUnusable, OSError."""
    url, beside = settings().async_database_url(), path.with_name(f".{path.name}.part")
    out = _sqlite_out if url.startswith("sqlite") else _postgres_out
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            with _bar("backing up") as bar:
                made = await out(url, archive, bar, with_secret)
            if with_secret:
                archive.writestr(SECRET, _secret_text())
        with zipfile.ZipFile(beside, "a") as archive:
            made = replace(made, digests={name: manifests.digest(archive, name) for name in archive.namelist()})
            manifests.write(archive, made)
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return made


async def restore(path: Path, *, replace_all: bool = False) -> Manifest:
    """Put a backup in place of what is here. Raises BackupUnusable, OtherDatabase, NotEmpty, SecretMissing."""
    url = settings().async_database_url()
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as damaged:
        raise BackupUnusable from damaged
    with archive:
        made = manifests.read(archive)
        if (made.database == "sqlite") != url.startswith("sqlite"):
            raise OtherDatabase
        if made.revision not in migrating.revisions():
            raise BackupUnusable("This backup was made by a newer version of the product.")
        if not replace_all and await _has_members(url):
            raise NotEmpty
        _have_its_secret(archive, made)
        with _bar("restoring") as bar:
            await _bring_back(url, archive, made, bar)
    await migrating.upgrade_database(url)
    await _note("restore", made, {"replaced": replace_all})
    return made


async def _sqlite_out(url: str, archive: zipfile.ZipFile, bar: sqlite_file.Progress, with_secret: bool) -> Manifest:
    with tempfile.TemporaryDirectory(dir=settings().data_dir) as folder:
        copied = sqlite_file.copy_out(url, Path(folder), bar)
        archive.write(copied, sqlite_file.NAME)
        async with _connected(f"sqlite+aiosqlite:///{copied}") as connection:
            return await manifests.said_by(connection, "sqlite", await _revision(connection), with_secret)


async def _postgres_out(url: str, archive: zipfile.ZipFile, bar: sqlite_file.Progress, with_secret: bool) -> Manifest:
    async with _connected(url, isolation_level="REPEATABLE READ") as connection:
        said = await manifests.said_by(connection, "postgresql", await _revision(connection), with_secret)
        await postgres_copy.copy_out(connection, archive, bar)
    return said


async def _bring_back(url: str, archive: zipfile.ZipFile, made: Manifest, bar: sqlite_file.Progress) -> None:
    if url.startswith("sqlite"):
        settings().data_dir.mkdir(parents=True, exist_ok=True)
        sqlite_file.bring_back(archive, url, bar)
        return
    async with _connected(url) as connection:
        await postgres_copy.bring_back(connection, archive, made.revision, bar)


async def _has_members(url: str) -> bool:
    if url.startswith("sqlite") and not sqlite_file.path_of(url).exists():
        return False
    async with _connected(url) as connection:
        if "member" not in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            return False
        return (await connection.execute(select(table_of(Member).c.id).limit(1))).first() is not None


def _have_its_secret(archive: zipfile.ZipFile, made: Manifest) -> None:
    mine = {str(key_id): fingerprint for key_id, fingerprint in crypto.fingerprints().items()}
    if all(mine.get(key_id) == fingerprint for key_id, fingerprint in made.keys.items()):
        return
    if not made.with_secret or settings().secret_key:
        raise SecretMissing
    # What sealed the rows that go must not be lost with them: it stays beside.
    file = crypto.secret_file()
    file.replace(file.with_name(f"{file.name}.before-restore"))
    crypto.keep_ring(crypto.parsed(archive.read(SECRET).decode()))


async def _note(what: str, made: Manifest, more: Mapping[str, object]) -> None:
    async with opened():
        act, said = audit.Act(audit.COMMAND, what), {"entries": made.entries, "made_at": made.made_at, **more}
        await db.transact(audit.record, act=act, subject=("Backup", made.made_at), after=said)


async def _revision(connection: AsyncConnection) -> str:
    return str((await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one())


@asynccontextmanager
async def _connected(url: str, **options: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, execution_options=options) if options else create_async_engine(url)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def _secret_text() -> str:
    return settings().secret_key or crypto.secret_file().read_text()


@contextmanager
def _bar(what: str) -> Iterator[sqlite_file.Progress]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
