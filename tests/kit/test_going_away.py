"""A PostgreSQL that hung up meanwhile: the next to ask gets a new connection, not a broken one."""

import asyncio

import pytest
from sqlalchemy import text

from backend.kit import db
from tests.kit.test_transact import kill

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
READERS = 5


async def test_a_connection_the_server_has_closed_is_never_handed_out(database: str) -> None:
    at_once = asyncio.Barrier(READERS)

    async def read() -> int:
        async with db.read() as session:
            pid = (await (await session.connection()).execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await at_once.wait()
            return int(pid)

    before = set(await asyncio.gather(*(read() for _ in range(READERS))))
    for pid in before:
        await kill(database, pid)
    # The driver hears of it in the loop's next turn.
    await asyncio.sleep(0.1)
    after = set(await asyncio.gather(*(read() for _ in range(READERS))))
    assert len(after) == READERS and not before & after
