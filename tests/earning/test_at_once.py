"""The same news twice at once, from several tills, in any order: each order earns once."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest
from sqlmodel import select

from backend.earning.taking_in import TakenIn
from backend.kit import db
from backend.ledger.models import Entry
from backend.members import enrolment
from tests.builders import an_event, balance, take_in

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 20


async def member_id(member: str) -> UUID:
    return (await db.transact(enrolment.first_sight, references=[member]))[member]


def statuses(outcomes: list[TakenIn]) -> Counter[str]:
    return Counter(verdict.status.value for outcome in outcomes for verdict in outcome.verdicts)


async def test_one_event_twenty_times_at_once_earns_once() -> None:
    event = await an_event("ann", 100, ref="r")
    outcomes = await asyncio.gather(*(take_in([event]) for _ in range(AT_ONCE)))
    assert statuses(outcomes) == {"accepted": 1, "duplicate": AT_ONCE - 1}
    assert await balance(await member_id("ann")) == (200, 0)


async def test_one_order_under_many_event_ids_at_once_earns_once() -> None:
    at = "2026-11-02T10:00:00"
    events = [await an_event("ann", 100, ref=f"e{n}", order="r", at=at) for n in range(AT_ONCE)]
    outcomes = await asyncio.gather(*(take_in([event]) for event in events))
    assert statuses(outcomes) == {"accepted": 1, "duplicate": AT_ONCE - 1}
    assert await balance(await member_id("ann")) == (200, 0)


async def test_one_order_for_two_members_at_once_is_the_order_of_one_of_them() -> None:
    at = "2026-11-02T10:00:00"
    events = [await an_event(f"m{n}", 100, ref=f"e{n}", order="r", at=at) for n in range(6)]
    outcomes = await asyncio.gather(*(take_in([event]) for event in events))
    assert statuses(outcomes) == {"accepted": 1, "refused": 5}
    reasons = {verdict.reason for outcome in outcomes for verdict in outcome.verdicts}
    assert reasons == {None, "ORDER_COUNTED"}
    assert sum([(await balance(await member_id(f"m{n}")))[0] for n in range(6)]) == 200


async def test_batches_about_the_same_members_in_opposite_order_all_count() -> None:
    batches = [
        [await an_event(f"m{n}", 10, ref=f"b{batch}-{n}", at="2026-11-02T10:00:00") for n in range(8)]
        for batch in range(8)
    ]
    turned = [batch if n % 2 else batch[::-1] for n, batch in enumerate(batches)]
    outcomes = await asyncio.gather(*(take_in(batch) for batch in turned))
    assert statuses(outcomes) == {"accepted": 64}
    assert {await balance(await member_id(f"m{n}")) for n in range(8)} == {(90, 0)}


async def test_batches_that_share_events_in_opposite_order_count_each_event_once() -> None:
    events = [await an_event(f"m{n}", 10, ref=f"r{n}") for n in range(8)]
    batches = [events if n % 2 else events[::-1] for n in range(10)]
    outcomes = await asyncio.gather(*(take_in(batch) for batch in batches))
    assert statuses(outcomes) == {"accepted": 8, "duplicate": 72}
    async with db.read() as session:
        assert len((await session.exec(select(Entry))).all()) == 8
