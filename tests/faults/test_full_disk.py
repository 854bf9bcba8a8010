"""A disk that fills up under SQLite: clear words while it is full, nothing half done, and it goes on by itself.

No unprivileged process can mount a small disk, so two things stand for it. SQLite's own page limit gives the very
error of a full disk (SQLITE_FULL), inside a batch of verbs. A file size limit of the system, set on the running
product from outside, makes its writes fail at the operating system (SQLITE_IOERR). What neither shows is a disk
shared with others, where even temporary files fail.
"""

import asyncio
import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import away, engines
from backend.kit.sqlite_writer import SqliteWriter
from tests.faults.a_production import an_embedded_mall
from tests.faults.load import ANSWER_SECONDS_MAX, until

SEED = 20261122
ROOM = 64 * 1024


async def scribble(session: AsyncSession, *, name: str, size: int = 100) -> str:
    connection = await session.connection()
    await connection.execute(text("INSERT INTO note VALUES (:name, :words)"), {"name": name, "words": "x" * size})
    return name


async def test_of_verbs_that_share_a_commit_on_a_full_disk_only_those_on_it_are_told_yes(tmp_path: Path) -> None:
    engine = engines.sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/full.db", begin="BEGIN IMMEDIATE")
    limit = [30]

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit[0]}")

    writer = SqliteWriter(engine)
    await writer.run(_made)
    big = [scribble_as(f"n{n}", 3_000 if n % 3 else 60_000) for n in range(60)]
    told = await asyncio.gather(*(writer.run(work) for work in big), return_exceptions=True)
    yes = {one[1] for one in told if not isinstance(one, BaseException)}
    noes = [one for one in told if isinstance(one, BaseException)]
    assert noes and all(away.away(one) for one in noes), noes
    limit[0] = 1_000_000
    assert (await writer.run(scribble_as("after", 100)))[1] == "after"
    kept = (await writer.run(_kept))[1]
    await writer.close()
    await engine.dispose()
    assert kept == yes | {"after"}


@pytest.mark.watches_the_clock
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process's files")
async def test_a_running_mall_whose_disk_is_full_says_so_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    async with an_embedded_mall(tmp_path) as mall, mall.under_load(SEED) as load:
        process = mall.apis[0].process
        assert process is not None
        size = max(path.stat().st_size for path in tmp_path.glob("mall.db*"))
        unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size + ROOM, unlimited[1]))
        await until(lambda: load.words[away.WORDS] > 0)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
        before = load.kept
        await until(lambda: load.kept > before)
        assert load.slowest <= ANSWER_SECONDS_MAX
        assert process.poll() is None


def scribble_as(name: str, size: int) -> Any:
    return lambda session: scribble(session, name=name, size=size)


async def _made(session: AsyncSession) -> None:
    await (await session.connection()).execute(text("CREATE TABLE note (name TEXT PRIMARY KEY, words TEXT)"))


async def _kept(session: AsyncSession) -> set[str]:
    return set((await (await session.connection()).execute(text("SELECT name FROM note"))).scalars())
