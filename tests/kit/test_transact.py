"""One verb, one transaction: all of it or nothing, again when the database asks, told only after the commit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, live
from backend.kit.errors import Refused
from backend.kit.outbox import Fact, OutboxFact, announce
from backend.ledger import posting
from backend.ledger.facts import member_stream
from tests.builders import a_member, balance

pytestmark = pytest.mark.usefixtures("database")
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Verb = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Rang(Fact):
    """A bell rang."""

    bell: int

    def stream(self) -> str:
        return "bells"


class NotNow(Refused):
    """Not now."""


async def ring(session: AsyncSession, *, bell: int, fails: bool = False) -> int:
    announce(session, Rang(bell=bell))
    if fails:
        raise NotNow
    return bell


async def spend(session: AsyncSession, *, member_id: UUID, points: int, key: str) -> None:
    book = await posting.open_book(session, member_id, key)
    if book.already(key, {}) is None:
        posting.burn(book, key=key, points=points, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])


async def rung() -> list[int]:
    async with db.read() as session:
        facts = await session.exec(select(OutboxFact).where(OutboxFact.name == "Rang"))
        return sorted(fact.body["bell"] for fact in facts)


async def test_a_verb_that_refuses_changes_nothing_and_tells_nobody() -> None:
    ann = await a_member("Ann", points=100)

    async def spend_and_refuse(session: AsyncSession) -> None:
        await spend(session, member_id=ann, points=10, key="k")
        await ring(session, bell=1, fails=True)

    async with live.listen("bells") as bells, live.listen(member_stream(ann)) as news:
        with pytest.raises(NotNow):
            await db.transact(spend_and_refuse)
        assert bells.empty() and news.empty()
    assert await balance(ann) == (100, 0)
    assert await rung() == []


async def test_one_that_fails_does_not_undo_those_it_shares_a_commit_with() -> None:
    acts = [db.transact(ring, bell=n, fails=n % 3 == 0) for n in range(20)]
    told = await asyncio.gather(*acts, return_exceptions=True)
    assert [isinstance(one, NotNow) for one in told] == [n % 3 == 0 for n in range(20)]
    assert await rung() == [n for n in range(20) if n % 3]


async def test_a_bug_in_one_verb_does_not_undo_its_neighbours() -> None:
    async def broken(session: AsyncSession) -> None:
        await (await session.connection()).execute(text("SELECT nothing FROM nowhere"))

    told = await asyncio.gather(
        db.transact(ring, bell=1), db.transact(broken), db.transact(ring, bell=2), return_exceptions=True
    )
    assert [type(one) for one in told[::2]] == [int, int] and isinstance(told[1], DBAPIError)
    assert await rung() == [1, 2]


async def test_a_verb_never_calls_transact() -> None:
    async def nested(session: AsyncSession) -> None:
        await db.transact(ring, bell=1)

    with pytest.raises(AssertionError, match="never transact"):
        await db.transact(nested)
    assert await rung() == []
    assert await db.transact(ring, bell=2) == 2


async def test_it_is_told_only_once_it_can_be_read_by_everyone() -> None:
    async with live.listen("bells") as bells:
        ringing = asyncio.create_task(db.transact(ring, bell=1))
        message = await asyncio.wait_for(bells.get(), 30)
        assert await rung() == [1]
        await ringing
    assert message["name"] == "Rang" and message["body"] == {"bell": 1}


async def test_a_members_news_is_numbered_without_gaps_though_some_verbs_fail() -> None:
    ann = await a_member("Ann", points=12)
    acts = [db.transact(spend, member_id=ann, points=5, key=f"k{n}") for n in range(8)]
    told = await asyncio.gather(*acts, return_exceptions=True)
    assert told.count(None) == 2
    async with db.read() as session:
        query = select(OutboxFact.seq).where(OutboxFact.stream == member_stream(ann))
        assert sorted(seq or 0 for seq in await session.exec(query)) == [1, 2, 3]


async def test_a_caller_who_goes_away_takes_nobody_with_him() -> None:
    ringing = [asyncio.create_task(db.transact(ring, bell=n)) for n in range(6)]
    await asyncio.sleep(0)
    ringing[2].cancel()
    told = await asyncio.gather(*ringing, return_exceptions=True)
    assert isinstance(told[2], asyncio.CancelledError)
    assert [bell for n, bell in enumerate(told) if n != 2] == [0, 1, 3, 4, 5]


@ON_POSTGRESQL
async def test_a_deadlock_is_run_again_and_both_verbs_are_done() -> None:
    await db.transact(
        execute, statements=["CREATE TABLE cup (id int PRIMARY KEY, sips int)", "INSERT INTO cup VALUES (1, 0), (2, 0)"]
    )
    both_hold_one, runs = asyncio.Barrier(2), []

    async def sip(session: AsyncSession, *, first: int, then: int) -> None:
        runs.append(first)
        await execute(session, statements=[f"UPDATE cup SET sips = sips + 1 WHERE id = {first}"])
        if len(runs) <= 2:
            await both_hold_one.wait()
        await execute(session, statements=[f"UPDATE cup SET sips = sips + 1 WHERE id = {then}"])

    await asyncio.gather(db.transact(sip, first=1, then=2), db.transact(sip, first=2, then=1))
    assert len(runs) == 3
    assert await db.transact(scalar, query="SELECT sum(sips) FROM cup") == 4


@ON_POSTGRESQL
async def test_a_serialization_failure_is_run_again() -> None:
    await db.transact(
        execute, statements=["CREATE TABLE cup (id int PRIMARY KEY, sips int)", "INSERT INTO cup VALUES (1, 0)"]
    )
    both_have_read, runs = asyncio.Barrier(2), []

    async def sip(session: AsyncSession) -> None:
        runs.append(1)
        await execute(session, statements=["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"])
        sips = await scalar(session, query="SELECT sips FROM cup")
        if len(runs) <= 2:
            await both_have_read.wait()
        await execute(session, statements=[f"UPDATE cup SET sips = {sips + 1}"])

    await asyncio.gather(db.transact(sip), db.transact(sip))
    assert len(runs) == 3
    assert await db.transact(scalar, query="SELECT sips FROM cup") == 2


@ON_POSTGRESQL
async def test_a_verb_whose_connection_dies_before_the_commit_is_run_again_and_done_once(database: str) -> None:
    ann, runs = await a_member("Ann", points=100), []

    async def spend_and_die(session: AsyncSession) -> None:
        runs.append(1)
        await spend(session, member_id=ann, points=10, key="k")
        if len(runs) == 1:
            await kill(database, await scalar(session, query="SELECT pg_backend_pid()"))

    async with live.listen(member_stream(ann)) as news:
        await db.transact(spend_and_die)
        assert news.qsize() == 1
    assert len(runs) == 2
    assert await balance(ann) == (90, 0)


@ON_POSTGRESQL
async def test_a_database_that_never_lets_it_commit_is_an_error_and_nothing_is_told(database: str) -> None:
    ann = await a_member("Ann", points=100)

    async def spend_and_die(session: AsyncSession) -> None:
        await spend(session, member_id=ann, points=10, key="k")
        await kill(database, await scalar(session, query="SELECT pg_backend_pid()"))

    async with live.listen(member_stream(ann)) as news:
        with pytest.raises(DBAPIError):
            await db.transact(spend_and_die)
        assert news.empty()
    assert await balance(ann) == (100, 0)


async def execute(session: AsyncSession, *, statements: list[str]) -> None:
    for statement in statements:
        await (await session.connection()).execute(text(statement))


async def scalar(session: AsyncSession, *, query: str) -> Any:
    return (await (await session.connection()).execute(text(query))).scalar()


async def kill(url: str, pid: int) -> None:
    """End that one connection, as a failing server would, and wait until it has gone."""
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(f"SELECT pg_terminate_backend({pid})")
        while await connection.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"):
            await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_a_snapshot_sees_one_moment_whatever_is_committed_meanwhile() -> None:
    async with db.snapshot() as session:
        counted = select(func.count()).select_from(OutboxFact)
        before = (await session.exec(counted)).one()
        await db.transact(ring, bell=1)
        assert (await session.exec(counted)).one() == before
    assert await rung() == [1]
