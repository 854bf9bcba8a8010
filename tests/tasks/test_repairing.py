"""Repairing a missed day: it mends the streak, earns nothing, and can be done only lately and seldom."""

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from backend.kit import db
from backend.ledger.book import KeyReused
from backend.tasks import checking_in
from backend.tasks.checking_in import NothingToRepair
from tests.builders import a_member, balance
from tests.tasks.days import check_in, check_in_on, repair, this_week, turn_to

pytestmark = pytest.mark.usefixtures("database")


async def test_a_repaired_day_joins_the_streaks_on_both_sides_and_earns_nothing() -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17", "2026-11-19", "2026-11-20")
    before = await balance(ann)
    done = await repair(ann, "2026-11-18")
    assert (done.streak, done.points, done.repaired, done.entry_id) == (3, 0, True, None)
    assert (await this_week(ann)).streak == 5
    assert await balance(ann) == before


async def test_what_follows_a_repair_earns_for_the_mended_streak() -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17", "2026-11-19")
    await repair(ann, "2026-11-18")
    turn_to("2026-11-20 09:00")
    assert ((done := await check_in(ann)).streak, done.points) == (5, 9)


async def test_yesterday_can_be_repaired_before_today_is_checked_in() -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-16")
    turn_to("2026-11-18 09:00")
    assert (await this_week(ann)).repairable == date(2026, 11, 17)
    await repair(ann, "2026-11-17")
    assert ((done := await check_in(ann)).streak, done.points) == (3, 7)


@pytest.mark.parametrize(
    "day", ["2026-11-20", "2026-11-21", "2026-11-12", "2026-11-19"], ids=["today", "ahead", "8 days ago", "done"]
)
async def test_cannot_be_repaired(day: str) -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-19")
    turn_to("2026-11-20 09:00")
    with pytest.raises(NothingToRepair):
        await repair(ann, day)
    assert (await this_week(ann)).repairs_left == 1


async def test_the_seventh_day_back_can_still_be_repaired() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-20 23:59")
    assert (await repair(ann, "2026-11-13")).streak == 1


async def test_one_repair_a_month_and_a_new_one_with_the_new_month() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-30 23:50")
    await repair(ann, "2026-11-25")
    with pytest.raises(NothingToRepair):
        await repair(ann, "2026-11-26")
    assert (await this_week(ann)).repairs_left == 0
    turn_to("2026-12-01 00:10")
    assert (await this_week(ann)).repairs_left == 1
    await repair(ann, "2026-11-26")
    with pytest.raises(NothingToRepair):
        await repair(ann, "2026-11-27")


async def test_the_same_key_repairs_once_and_another_day_needs_another_key() -> None:
    ann, key = await a_member("Ann"), uuid4()
    turn_to("2026-11-20 09:00")
    await repair(ann, "2026-11-19", key)
    again = await db.transact(checking_in.repair_check_in, key=key, member_id=ann, date=date(2026, 11, 19))
    assert again.replayed
    with pytest.raises(KeyReused):
        await repair(ann, "2026-11-18", key)


async def test_of_many_repairs_at_once_one_is_made() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-20 09:00")
    days = [f"2026-11-{13 + n % 7}" for n in range(14)]
    answers = await asyncio.gather(*(repair(ann, day) for day in days), return_exceptions=True)
    assert sum(isinstance(answer, NothingToRepair) for answer in answers) == 13


async def test_nothing_is_offered_that_would_join_no_streak() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-20 09:00")
    assert (await this_week(ann)).repairable is None
    await check_in(ann)
    assert (await this_week(ann)).repairable is None
