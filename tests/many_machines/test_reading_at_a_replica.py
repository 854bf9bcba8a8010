"""The replica answers what it may, never less than a member has done, and nobody notices when it is gone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from backend.kit import db, replica
from backend.kit.settings import with_driver
from backend.ledger.models import Account
from tests.builders import a_member
from tests.many_machines.a_pair import ASYNCHRONOUS, SYNCHRONOUS, Pair, ask

WHERE = text("SELECT pg_is_in_recovery()")
CATCHES_UP_SECONDS_MAX = 20


async def at_the_replica() -> bool:
    """Whether what is read here is read at the replica."""
    async with db.read() as session:
        return bool((await (await session.connection()).execute(WHERE)).scalar_one())


async def ann_with(points: int) -> UUID:
    """Somebody nobody has seen before."""
    return await a_member(f"Ann{uuid4().int % 10**12}", points=points)


async def has(member_id: UUID) -> int:
    async with db.read() as session:
        account = await session.get(Account, member_id)
    assert account is not None
    return account.available


async def until_the_replica_answers() -> None:
    async with asyncio.timeout(CATCHES_UP_SECONDS_MAX):
        while True:
            with replica.own():
                if await at_the_replica():
                    return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def standing_still(pair: Pair) -> AsyncIterator[None]:
    """The replica receives everything and shows none of it."""
    await ask(pair.replica, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        await ask(pair.replica, "SELECT pg_wal_replay_resume()")


async def earns(pair: Pair, member_id: UUID, points: int) -> None:
    """Another process, of which this one knows nothing, has given her points."""
    await ask(pair.primary, f"UPDATE account SET available = available + {points} WHERE member_id = '{member_id}'")


async def test_what_is_only_read_is_read_at_the_replica_and_nothing_else_is(connected: Pair) -> None:
    await until_the_replica_answers()
    assert not await at_the_replica()
    with replica.anybody():
        assert await at_the_replica()
    with replica.own():
        assert await at_the_replica()
        with replica.primary():
            assert not await at_the_replica()
        assert await at_the_replica()


async def test_a_member_finds_what_has_just_been_done_though_the_replica_stands_still(connected: Pair) -> None:
    ann = await ann_with(100)
    await until_the_replica_answers()
    async with standing_still(connected):
        await earns(connected, ann, 50)
        with replica.own():
            assert await has(ann) == 150
            assert not await at_the_replica()
    await until_the_replica_answers()
    with replica.own():
        assert await has(ann) == 150


async def test_what_one_request_has_read_the_next_one_never_unreads(connected: Pair) -> None:
    ann = await ann_with(100)
    for points in range(101, 131):
        await earns(connected, ann, 1)
        with replica.own():
            assert await has(ann) == points


async def test_a_question_under_way_is_no_answer_to_whoever_asks_after_it(
    connected: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, told, asked = await ann_with(100), asyncio.Event(), 0
    beside = db._replica
    assert beside is not None
    ask_primary = beside._ask_primary

    async def told_late() -> int:
        nonlocal asked
        asked += 1
        position = await ask_primary()
        await told.wait()
        return position

    monkeypatch.setattr(beside, "_ask_primary", told_late)
    first = asyncio.create_task(beside._written())
    await asyncio.sleep(0.5)
    await earns(connected, ann, 50)
    after = [asyncio.create_task(beside._written()) for _ in range(5)]
    await asyncio.sleep(0.1)
    told.set()
    assert await first < min(await asyncio.gather(*after))
    assert asked == 2


async def test_what_is_nobodys_own_may_be_late_but_not_for_long(
    connected: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await ann_with(100)
    await until_the_replica_answers()
    with replica.anybody():
        assert await at_the_replica()
    async with standing_still(connected):
        await earns(connected, ann, 50)
        with replica.anybody():
            assert await has(ann) == 100
        monkeypatch.setattr(replica, "LATE_SECONDS_MAX", 0.0)
        with replica.anybody():
            assert await has(ann) == 150


async def test_a_snapshot_at_the_replica_sees_one_moment(connected: Pair) -> None:
    ann = await ann_with(100)
    await until_the_replica_answers()
    with replica.own():
        async with db.snapshot() as session:
            assert (await (await session.connection()).execute(WHERE)).scalar_one()
            await earns(connected, ann, 50)
            await asyncio.sleep(0.2)
            account = await session.get(Account, ann)
            assert account is not None and account.available == 100


async def test_the_primary_answers_while_the_replica_is_gone_and_says_so_once(
    connected: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "backend.kit.replica")
    ann = await ann_with(100)
    await until_the_replica_answers()
    connected.replica.kill()
    async with asyncio.timeout(CATCHES_UP_SECONDS_MAX):
        while ASYNCHRONOUS not in connected.said:
            await asyncio.sleep(0.05)
    for _ in range(25):
        with replica.own():
            assert await has(ann) == 100
        await asyncio.sleep(0.1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    await asyncio.to_thread(connected.replica.start)
    await until_the_replica_answers()
    assert [record.getMessage() for record in caplog.records][1:] == ["the replica answers again"]
    async with asyncio.timeout(CATCHES_UP_SECONDS_MAX):
        while SYNCHRONOUS not in connected.said:
            await asyncio.sleep(0.05)


async def test_a_replica_that_is_a_primary_is_not_asked(pair: Pair) -> None:
    address = with_driver(pair.url, wanted="primary")
    db.connect(address, replica_url=address)
    try:
        with replica.own():
            assert not await at_the_replica()
        assert set(db.pools()) == {"write", "rush", "replica"}, "what is kept for it is counted"
    finally:
        await db.disconnect()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("postgresql://mall@a/mall", "postgresql+asyncpg://mall@a/mall"),
        (
            "postgres://mall:s%2Ct@a:6432,b/mall?ssl=require",
            "postgresql+asyncpg://mall:s%2Ct@/mall?ssl=require&host=a:6432&host=b:5432&target_session_attrs=primary",
        ),
        ("sqlite:///a,b/mall.db", "sqlite+aiosqlite:///a,b/mall.db"),
    ],
)
def test_an_address_may_name_several_hosts(given: str, address: str) -> None:
    assert with_driver(given, wanted="primary") == address
