"""Many members' points go in one statement and without a lock before it: whoever is in the way is asked alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.kit import clock, db
from backend.ledger import expiring_together, freezing, posting
from backend.ledger.expiring_together import expire_together
from backend.ledger.models import Account, Entry
from tests.builders import a_gift, a_member, balance, told_of_expiry

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
DAY = timedelta(days=1)
NUMBER = 40
LOOK_SECONDS = 0.02


async def members_with_points_due(number: int) -> list[UUID]:
    """Each has two gifts of 10 that were announced and are due, and one of 7 that is not."""
    members = [await a_member(f"m{n}", points=10, expires_in=DAY) for n in range(number)]
    for member_id in members:
        await a_gift(member_id, 10, expires_in=DAY)
    await told_of_expiry(*members)
    for member_id in members:
        await a_gift(member_id, 7, expires_in=200 * DAY)
    clock.turn(2 * DAY)
    return members


@asynccontextmanager
async def locked(member_id: UUID) -> AsyncIterator[None]:
    """Meanwhile somebody else is at work on her account."""
    locked, done = asyncio.Event(), asyncio.Event()

    async def hold(session: AsyncSession) -> None:
        await posting.open_book(session, member_id)
        locked.set()
        await done.wait()

    async with asyncio.TaskGroup() as others:
        others.create_task(db.transact(hold))
        await locked.wait()
        try:
            yield
        finally:
            done.set()


async def kinds_of(member_id: UUID) -> list[str]:
    async with db.read() as session:
        found = await session.exec(select(Entry.kind).where(Entry.member_id == member_id).order_by(col(Entry.seq)))
        return list(found)


async def test_points_of_many_go_at_once_one_entry_for_each_instant() -> None:
    members = await members_with_points_due(NUMBER)
    assert await db.transact_at_once(expire_together, member_ids=members) == set()
    assert [await balance(member_id) for member_id in members] == [(7, 0)] * NUMBER
    assert await kinds_of(members[0]) == ["EARN", "EARN", "EARN", "EXPIRE", "EXPIRE"]
    assert await db.transact_at_once(expire_together, member_ids=members) == set()
    assert await kinds_of(members[0]) == ["EARN", "EARN", "EARN", "EXPIRE", "EXPIRE"]


async def test_whoever_is_at_work_holds_up_nobody_else_and_comes_next() -> None:
    members = await members_with_points_due(3)
    async with locked(members[1]):
        sweep = asyncio.create_task(schedule.expire_due_lots())
        async with asyncio.timeout(5):
            while [(await account(one)).available for one in members] != [7, 27, 7]:
                await asyncio.sleep(LOOK_SECONDS)
        assert not sweep.done()
    await sweep
    assert [await balance(member_id) for member_id in members] == [(7, 0)] * 3


async def test_what_moved_since_it_was_seen_is_not_written_over() -> None:
    ann, ben = await members_with_points_due(2)

    async def slow(session: AsyncSession) -> set[UUID]:
        seen = await expiring_together._seen(session, [ann, ben])
        await a_gift(ann, 5, expires_in=200 * DAY)
        return await expiring_together._expired(session, seen)

    assert await db.transact_at_once(slow) == {ann}
    assert [(await account(one)).available for one in (ann, ben)] == [20 + 7 + 5, 20 + 7]
    await schedule.expire_due_lots()
    assert [await balance(one) for one in (ann, ben)] == [(12, 0), (7, 0)]


async def test_the_frozen_and_those_nobody_told_keep_their_points() -> None:
    ann, ben = await members_with_points_due(2)
    cleo = await a_member("Cleo", points=10, expires_in=timedelta(seconds=1))
    clock.turn(2 * DAY + timedelta(seconds=2))
    await db.transact(freezing.freeze_account, key=uuid4(), member_id=ann, reason="a look", actor="operator:olga")
    assert await db.transact_at_once(expire_together, member_ids=[ann, ben, cleo]) == {cleo}
    assert [(await account(one)).available for one in (ann, ben, cleo)] == [27, 7, 10]
    await schedule.expire_due_lots()
    assert await kinds_of(cleo) == ["EARN", "EXTEND"]


async def account(member_id: UUID) -> Account:
    """Her account as it stands, without a lock."""
    async with db.read() as session:
        return (await session.exec(select(Account).where(Account.member_id == member_id))).one()
