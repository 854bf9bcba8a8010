"""Checking in: once a day in the programme's zone, more for every day in a row."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.freezing import freeze_account
from backend.ledger.models import Entry, Lot
from backend.programme import terms
from backend.tasks import checking_in
from backend.tasks.checking_in import AlreadyCheckedIn
from backend.tasks.models import CheckIn
from tests.builders import a_member, balance
from tests.tasks.days import check_in, check_in_on, repair, this_week, turn_to

pytestmark = pytest.mark.usefixtures("database")


async def test_a_check_in_earns_the_points_of_its_day() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-18 09:00")
    done = await check_in(ann)
    assert (done.day, done.streak, done.points) == (date(2026, 11, 18), 1, 5)
    assert await balance(ann) == (5, 0)


async def test_the_entry_says_why_and_the_points_expire_with_the_terms() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-18 09:00")
    done = await check_in(ann)
    async with db.read() as session:
        entry = await session.get_one(Entry, (ann, done.entry_id))
        lot = await session.get_one(Lot, (ann, done.entry_id))
        expires_at = (await terms.in_force(session)).expires_at(clock.now(), "CHECK_IN")
    assert (entry.kind, entry.why["code"], entry.why["streak"]) == ("EARN", "CHECK_IN", 1)
    assert lot.expires_at == expires_at


async def test_the_points_rise_for_seven_days_in_a_row_and_start_again() -> None:
    ann = await a_member("Ann")
    earned = []
    for day in range(2, 11):
        turn_to(f"2026-11-{day:02} 12:00")
        earned.append((await check_in(ann)).points)
    assert earned == [5, 6, 7, 8, 9, 10, 20, 5, 6]
    assert (await this_week(ann)).streak == 9


async def test_midnight_in_shanghai_is_what_divides_the_days() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-18 23:59:58")
    assert (await check_in(ann)).day == date(2026, 11, 18)
    with pytest.raises(AlreadyCheckedIn):
        await check_in(ann)
    turn_to("2026-11-19 00:00:01")
    assert (await check_in(ann)).streak == 2


async def test_midnight_in_london_divides_nothing() -> None:
    ann = await a_member("Ann")
    turn_to("2026-11-19 07:59")
    await check_in(ann)
    turn_to("2026-11-19 08:01")
    with pytest.raises(AlreadyCheckedIn):
        await check_in(ann)


@pytest.mark.parametrize(
    ("eve", "morrow"),
    [("2026-11-30", "2026-12-01"), ("2026-12-31", "2027-01-01"), ("2028-02-28", "2028-02-29")],
    ids=["month", "year", "leap day"],
)
async def test_a_streak_crosses_the_end_of(eve: str, morrow: str) -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, eve, morrow)
    assert (await this_week(ann)).streak == 2


async def test_a_missed_day_starts_the_streak_again() -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17", "2026-11-19")
    assert (await this_week(ann)).streak == 1
    assert await balance(ann) == (5 + 6 + 5, 0)


async def test_yesterdays_streak_still_stands_until_today_is_over() -> None:
    ann = await a_member("Ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17")
    turn_to("2026-11-18 23:59")
    assert (await this_week(ann)).streak == 2
    turn_to("2026-11-19 00:00")
    assert (await this_week(ann)).streak == 0


async def test_the_same_key_is_the_same_check_in_even_on_another_day() -> None:
    ann, key = await a_member("Ann"), uuid4()
    turn_to("2026-11-18 09:00")
    first = await check_in(ann, key)
    turn_to("2026-11-19 09:00")
    again = await db.transact(checking_in.check_in, key=key, member_id=ann)
    assert again.replayed
    assert (again.value.day, again.value.points) == (first.day, first.points)
    assert await balance(ann) == (5, 0)


async def test_a_key_of_a_repair_cannot_check_in() -> None:
    ann, key = await a_member("Ann"), uuid4()
    await check_in_on(ann, "2026-11-16", "2026-11-18")
    await repair(ann, "2026-11-17", key)
    turn_to("2026-11-19 09:00")
    with pytest.raises(KeyReused):
        await check_in(ann, key)


@pytest.mark.parametrize("same_key", [True, False], ids=["one key", "twenty keys"])
async def test_twenty_taps_at_once_are_one_check_in(same_key: bool) -> None:
    ann, key = await a_member("Ann"), uuid4()
    turn_to("2026-11-18 09:00")
    keys = [key if same_key else uuid4() for _ in range(20)]
    answers = await asyncio.gather(*(_tap(ann, each) for each in keys), return_exceptions=True)
    done = [answer for answer in answers if isinstance(answer, Done)]
    assert sum(not answer.replayed for answer in done) == 1
    assert len(done) == (20 if same_key else 1)
    assert [answer for answer in answers if not isinstance(answer, Done | AlreadyCheckedIn)] == []
    assert await balance(ann) == (5, 0)


async def test_a_frozen_account_cannot_check_in() -> None:
    ann = await a_member("Ann")
    await db.transact(freeze_account, key=uuid4(), member_id=ann, reason="odd", actor="operator:Mei")
    with pytest.raises(AccountFrozen):
        await check_in(ann)
    assert (await this_week(ann)).checked_in_today is False


async def test_members_check_in_each_for_herself() -> None:
    ann, ben = await a_member("Ann"), await a_member("Ben")
    turn_to("2026-11-18 09:00")
    key = uuid4()
    await asyncio.gather(check_in(ann, key), check_in(ben, key))
    assert (await balance(ann), await balance(ben)) == ((5, 0), (5, 0))


async def _tap(member_id: UUID, key: UUID) -> Done[CheckIn]:
    return await db.transact(checking_in.check_in, key=key, member_id=member_id)
