"""A PostgreSQL database into a backup and back, with COPY: one snapshot out, one transaction in."""

import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.backing_up.manifest import CHUNK_BYTES
from backend.kit import migrating

REVISION = "alembic_version"
FOLDER = "tables/"
Progress = Callable[[int, int], None]


async def tables_of(connection: AsyncConnection) -> Sequence[str]:
    """Every table of the installation but the one that tells its shape."""
    names: list[str] = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return sorted(set(names) - {REVISION})


async def copy_out(connection: AsyncConnection, archive: zipfile.ZipFile, progress: Progress) -> None:
    """Write every row into the backup. The connection must see one snapshot."""
    tables, driver = await tables_of(connection), await _driver(connection)
    for number, table in enumerate(tables):
        with archive.open(f"{FOLDER}{table}.copy", "w", force_zip64=True) as file:

            async def write(chunk: bytes, file: Any = file) -> None:
                file.write(chunk)

            await driver.copy_from_table(table, output=write)
        progress(number + 1, len(tables))


async def bring_back(connection: AsyncConnection, archive: zipfile.ZipFile, revision: str, progress: Progress) -> None:
    """Make the database what the backup says, within the connection's transaction: all of it or nothing."""
    await connection.run_sync(_make_way, revision)
    tables, driver = await tables_of(connection), await _driver(connection)
    await connection.execute(text(f"TRUNCATE {', '.join(_quoted(name) for name in tables)}"))
    for number, table in enumerate(tables):
        await driver.copy_to_table(table, source=_chunks(archive, f"{FOLDER}{table}.copy"))
        progress(number + 1, len(tables))


def _make_way(connection: Connection, revision: str) -> None:
    for name in inspect(connection).get_table_names():
        connection.execute(text(f"DROP TABLE {_quoted(name)} CASCADE"))
    migrating.upgrade_to(connection, revision)


async def _driver(connection: AsyncConnection) -> Any:
    raw = await connection.get_raw_connection()
    return raw.driver_connection


async def _chunks(archive: zipfile.ZipFile, name: str) -> AsyncIterator[bytes]:
    with archive.open(name) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
