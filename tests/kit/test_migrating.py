"""Bringing a database to the newest shape: all of it or nothing, and one at a time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from backend.kit import migrating
from backend.kit.settings import ROOT
from tests.fresh_databases import PostgresDatabases

UPGRADE = """
import asyncio, sys
from backend.kit import migrating
asyncio.run(migrating.upgrade_database(sys.argv[1]))
"""


@pytest.fixture(params=("sqlite", "postgresql"))
async def blank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database in which there is nothing."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'blank.db'}"
        return
    server = PostgresDatabases(request.getfixturevalue("postgres_url"))
    name = f"mall_blank_{uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name}")
    yield server.address(name)
    await server.drop(name)


async def run_by_hand(url: str, statement: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def another_process_upgrades(url: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", UPGRADE, url, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return b"" if process.returncode == 0 else said


async def test_lines_written_before_lines_could_extend_are_carried_over(blank: str) -> None:
    def to_the_shape_before(connection: Connection) -> None:
        command.upgrade(migrating._config(connection), "0009_first_terms_and_rules")

    await migrating._with_connection(blank, to_the_shape_before)
    line = "INSERT INTO entry_line VALUES ('{0}', '{0}', 0, '{0}', 'source', '{1}', 5, {2})"
    await run_by_hand(blank, line.format(uuid4().hex, "available", "NULL"))
    await migrating.upgrade_database(blank)
    await run_by_hand(blank, line.format(uuid4().hex, "source", "'2027-01-01'"))
    with pytest.raises(DBAPIError):
        await run_by_hand(blank, line.format(uuid4().hex, "source", "NULL"))
    engine = create_async_engine(blank)
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT to_side, points FROM entry_line ORDER BY to_side"))).all()
    await engine.dispose()
    assert [tuple(row) for row in rows] == [("available", 5), ("source", 5)]


async def test_an_upgrade_that_stops_in_the_middle_leaves_nothing_behind(blank: str) -> None:
    await run_by_hand(blank, "CREATE TABLE purchase (in_the_way INTEGER)")
    with pytest.raises(DBAPIError):
        await migrating.upgrade_database(blank)
    await run_by_hand(blank, "DROP TABLE purchase")
    await migrating.upgrade_database(blank)
    assert await migrating.drift(blank) == []


async def test_processes_that_start_together_upgrade_once(blank: str) -> None:
    assert await asyncio.gather(*(another_process_upgrades(blank) for _ in range(3))) == [b"", b"", b""]
    assert await migrating.drift(blank) == []
