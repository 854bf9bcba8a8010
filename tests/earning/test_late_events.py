"""Events may come late and in any order: the same events always end in the same lots."""

import random
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.events import Event
from backend.kit import db
from backend.ledger import expiry, posting
from backend.ledger.models import Account, Entry, Lot
from backend.members import enrolment
from backend.tiers import standing
from tests.builders import an_event, an_order, balance, take_in

pytestmark = pytest.mark.usefixtures("database")


async def lots_of(member: str) -> dict[UUID, tuple[object, ...]]:
    async with db.read() as session:
        found = await session.exec(select(Lot).where(Lot.member_id == await member_id(member)))
        return {lot.lot_id: (lot.earned, lot.available, lot.expired, lot.burned, lot.expires_at) for lot in found}


async def member_id(member: str) -> UUID:
    return (await db.transact(enrolment.first_sight, references=[member]))[member]


async def whys_of(member: str) -> list[tuple[str, int]]:
    async with db.read() as session:
        query = select(Entry).where(Entry.member_id == await member_id(member)).order_by(col(Entry.seq))
        return [(entry.why["code"], entry.points) for entry in await session.exec(query)]


async def a_year_of_orders(member: str) -> list[Event]:
    chance = random.Random(7)
    months = [
        f"2026-{month:02d}-{chance.randint(1, 21):02d}T{chance.randint(0, 23):02d}:30:00" for month in range(1, 12)
    ]
    return [
        await an_event(member, chance.randint(1, 90000) / 100, ref=f"{member}-{n}", at=at)
        for n, at in enumerate(months)
    ]


async def test_shuffled_orders_end_in_the_lots_of_orders_in_time() -> None:
    in_time, shuffled = await a_year_of_orders("ann"), await a_year_of_orders("ann")
    for event in in_time:
        await take_in([event])
    wanted, tier = await lots_of("ann"), await tier_of("ann")

    others = [
        await an_event("ben", event.order.total_minor / 100, ref=event.event_id, at=event.occurred_at, source="b")
        for event in shuffled
        if event.order
    ]
    random.Random(3).shuffle(others)
    for start in range(0, len(others), 4):
        await take_in(others[start : start + 4])
    assert sorted(map(repr, wanted.values())) == sorted(map(repr, (await lots_of("ben")).values()))
    assert tier == await tier_of("ben") == "GOLD"


async def tier_of(member: str) -> str:
    async with db.read() as session:
        found = await standing.of(session, [who := await member_id(member)])
    return found[who].tier.code


async def test_an_earlier_order_that_comes_late_takes_over_the_doubling() -> None:
    await an_order("ann", 100, ref="second", at="2026-11-02T10:00:00")
    assert await balance(await member_id("ann")) == (200, 0)
    outcome = await an_order("ann", 50, ref="first", at="2026-11-01T10:00:00")
    assert outcome.points == 0
    assert await balance(await member_id("ann")) == (200, 0)
    assert await whys_of("ann") == [("ORDER", 200), ("ORDER", 100), ("FIRST_ORDER_MOVED", -100)]


async def test_a_late_order_that_lifts_the_tier_lifts_what_came_after_it() -> None:
    await an_order("ann", 10, ref="a", at="2026-10-01T10:00:00")
    await an_order("ann", 100, ref="c", at="2026-11-02T10:00:00")
    await an_order("ann", 1000, ref="b", at="2026-11-01T10:00:00")
    assert await whys_of("ann") == [("ORDER", 20), ("ORDER", 100), ("ORDER", 1000), ("TIER_CHANGED", 20)]


async def test_an_event_sent_twice_earns_once_and_another_under_its_id_is_refused() -> None:
    event = await an_event("ann", 100, ref="r1", at="2026-11-02T10:00:00")
    changed = await an_event("ann", 900, ref="r1", at="2026-11-02T10:00:00")
    outcomes = [await take_in([event, event]), await take_in([event]), await take_in([changed])]
    assert [[v.status.value for v in o.verdicts] for o in outcomes] == [
        ["accepted", "duplicate"],
        ["duplicate"],
        ["refused"],
    ]
    assert await balance(await member_id("ann")) == (200, 0)


async def test_what_was_taken_back_after_it_was_spent_is_a_debt_that_later_orders_repay() -> None:
    await an_order("ann", 100, ref="second", at="2026-11-02T10:00:00")
    ann = await member_id("ann")

    async def spend(session: AsyncSession) -> None:
        book = await posting.open_book(session, ann)
        posting.burn(book, key="k", points=200, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    await db.transact(spend)
    await an_order("ann", 10, ref="first", at="2026-11-01T10:00:00")
    assert await balance(ann) == (0, 0)
    async with db.read() as session:
        account = await session.get_one(Account, ann)
        assert account.debt == 80
    await an_order("ann", 100, ref="third", at="2026-11-03T10:00:00")
    assert await balance(ann) == (20, 0)


async def test_a_correction_reaches_into_a_lot_that_has_expired() -> None:
    await an_order("ann", 100, ref="second", at="2025-02-02T10:00:00")
    ann = await member_id("ann")
    await db.transact(expiry.expire_due, member_ids=[ann])
    await an_order("ann", 50, ref="first", at="2025-02-01T10:00:00")
    await db.transact(expiry.expire_due, member_ids=[ann])
    assert sorted(figures[:3] for figures in (await lots_of("ann")).values()) == [(100, 0, 100), (100, 0, 100)]
    assert await balance(ann) == (0, 0)


async def test_orders_of_one_moment_are_decided_in_one_order_whoever_comes_first() -> None:
    for ref in ("b", "a"):
        await an_order("ann", 100, ref=ref, at="2026-11-02T10:00:00")
    assert await whys_of("ann") == [("ORDER", 200), ("ORDER", 200), ("FIRST_ORDER_MOVED", -100)]


async def test_an_order_of_nothing_earns_nothing_and_is_the_first_order_all_the_same() -> None:
    await an_order("ann", 0, ref="free", at="2026-11-01T10:00:00")
    await an_order("ann", 100, ref="paid", at="2026-11-02T10:00:00")
    assert await whys_of("ann") == [("ORDER", 100)]
