"""Points go when their time has come, not a second before, and she is told well ahead, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from backend import schedule
from backend.kit import clock, db, writing
from backend.kit.outbox import OutboxFact
from backend.ledger import expiry, freezing
from backend.ledger.facts import member_stream
from backend.ledger.models import Entry, Lot
from tests.builders import a_gift, a_member, an_order, balance, told_of_expiry
from tests.ledger.tampering import tampering

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
MANY = writing.FEW_MAX + 3


def turn_to(moment: datetime) -> None:
    clock.turn(moment - datetime.now(UTC))


async def sweep() -> None:
    while await schedule.expire_due_lots():
        pass


async def warn() -> None:
    while await schedule.warn_of_expiry():
        pass


async def warnings_of(member_id: UUID) -> list[tuple[int, int]]:
    """Points and days left of every warning she was told."""
    query = select(OutboxFact).where(OutboxFact.stream == member_stream(member_id), OutboxFact.name == "ExpiryWarned")
    async with db.read() as session:
        facts = await session.exec(query.order_by(col(OutboxFact.seq)))
        return [(fact.body["points"], fact.body["days_left"]) for fact in facts]


async def taken_from(member_id: UUID) -> list[int]:
    """Points of every expiry she was told of, in order."""
    query = select(OutboxFact).where(OutboxFact.stream == member_stream(member_id), OutboxFact.name == "PointsTaken")
    async with db.read() as session:
        return [fact.body["points"] for fact in await session.exec(query.order_by(col(OutboxFact.seq)))]


async def kinds_of(member_id: UUID) -> list[str]:
    async with db.read() as session:
        entries = await session.exec(select(Entry).where(Entry.member_id == member_id).order_by(col(Entry.seq)))
        return [entry.kind for entry in entries]


async def test_an_order_expires_at_the_end_of_the_twelfth_month_after_it_in_the_zone_of_the_programme() -> None:
    # 31 October, 23:30 UTC, is the first of November in Shanghai; its last day is 30 November 2027 there.
    turn_to(datetime(2026, 10, 31, 23, 40, tzinfo=UTC))
    await an_order("ann", 100, at="2026-10-31T23:30:00+00:00")
    async with db.read() as session:
        lot = (await session.exec(select(Lot))).one()
    assert lot.expires_at == datetime(2027, 11, 30, 16, tzinfo=UTC)

    turn_to(lot.expires_at - 80 * DAY)
    await told_of_expiry(lot.member_id)
    turn_to(lot.expires_at - timedelta(seconds=5))
    await sweep()
    assert await balance(lot.member_id) == (200, 0)
    turn_to(lot.expires_at)
    await sweep()
    assert await balance(lot.member_id) == (0, 0)
    await sweep()
    assert await kinds_of(lot.member_id) == ["EARN", "EXPIRE"]


async def test_a_frozen_account_keeps_its_points_until_it_thaws() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    await told_of_expiry(ann)
    await db.transact(freezing.freeze_account, key=uuid4(), member_id=ann, reason="a look", actor="operator:olga")
    clock.turn(2 * DAY)
    await sweep()
    assert await balance(ann) == (100, 0)
    assert await db.transact(expiry.expire_due, member_ids=[ann]) == 0
    await db.transact(freezing.unfreeze_account, key=uuid4(), member_id=ann, reason="all well", actor="operator:olga")
    await sweep()
    assert await balance(ann) == (0, 0)


async def test_points_of_many_members_go_in_one_piece_as_they_would_one_by_one() -> None:
    members = [await a_member(f"m{n}", points=10 + n, expires_in=DAY) for n in range(MANY)]
    for member_id in members:
        await a_gift(member_id, 5, expires_in=DAY * 1.5)
    await told_of_expiry(*members)
    kept = [await a_gift(member_id, 7, expires_in=200 * DAY) for member_id in members]
    clock.turn(2 * DAY)
    assert await db.transact(expiry.expire_due, member_ids=members) == sum(15 + n for n in range(MANY))
    assert [await balance(member_id) for member_id in members] == [(7, 0)] * MANY
    for n, member_id in enumerate(members):
        assert (await kinds_of(member_id))[-2:] == ["EXPIRE", "EXPIRE"]
        assert await taken_from(member_id) == [10 + n, 5]
    async with db.read() as session:
        assert set(await session.exec(select(Lot.lot_id).where(col(Lot.open)))) == set(kept)


async def test_she_is_warned_at_ninety_thirty_seven_three_and_one_days_and_never_between() -> None:
    ann = await a_member("Ann", points=100, expires_in=100 * DAY)
    told = []
    for days_left in (95, 90, 60, 30, 15, 7, 5, 3, 2, 1):
        for earlier in (A_MINUTE, timedelta(0)):
            clock.turn((100 - days_left) * DAY - earlier)
            count = len(await warnings_of(ann))
            await warn()
            told += [(earlier, *news) for news in (await warnings_of(ann))[count:]]
    assert told == [(timedelta(0), 100, days_left) for days_left in (90, 30, 7, 3, 1)]


async def test_two_workers_at_once_warn_once() -> None:
    members = [await a_member(f"m{n}", points=10, expires_in=7 * DAY) for n in range(5)]
    await asyncio.gather(*(schedule.warn_of_expiry() for _ in range(8)))
    await warn()
    assert [await warnings_of(member_id) for member_id in members] == [[(10, 7)]] * 5


async def test_an_empty_lot_and_one_that_never_expires_warn_of_nothing() -> None:
    ann = await a_member("Ann", points=10, expires_in=DAY)
    await told_of_expiry(ann)
    await a_gift(ann, 10, expires_in=200 * DAY)
    clock.turn(2 * DAY)
    await sweep()
    clock.turn(timedelta(0))
    await warn()
    assert await warnings_of(ann) == [(10, 1)]


async def test_a_lot_seen_late_is_warned_of_once_at_the_step_it_has_reached() -> None:
    ann = await a_member("Ann", points=10, expires_in=DAY * 2)
    await warn()
    await warn()
    assert await warnings_of(ann) == [(10, 2)]
    clock.turn(DAY * 1.5)
    await warn()
    assert await warnings_of(ann) == [(10, 2), (10, 1)]


@pytest.mark.parametrize("days_later", [0, 10])
async def test_broken_accounts_keep_nobody_else_waiting(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, days_later: int
) -> None:
    monkeypatch.setattr(expiry, "SWEEP_MAX", 2)
    members = sorted([await a_member(f"m{n}", points=10, expires_in=7 * DAY) for n in range(5)])
    if days_later:
        await told_of_expiry(*members)
    clock.turn(days_later * DAY)
    async with tampering(database) as hands:
        for broken in members[:2]:
            # Her next fact gets a number that is taken.
            await hands.change("account", {"member_id": broken}, told=0)
        async with asyncio.timeout(30):
            await (sweep() if days_later else warn())
        for broken in members[:2]:
            assert f"failed for member {broken}" in caplog.text
        for member_id in members[2:]:
            assert await balance(member_id) == ((0, 0) if days_later else (10, 0))
            assert await warnings_of(member_id) == [(10, 7)]
