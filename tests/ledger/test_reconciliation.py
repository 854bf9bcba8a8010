"""Balances, lots and entries are compared all the time; what does not agree is an alert until it does."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from backend import schedule
from backend.kit import clock, db
from backend.ledger import comparing, expiry, reconciling
from backend.ledger.models import Drift, Entry, Lot, ReconciliationMonth, ReconciliationPass
from backend.programme import terms
from tests.builders import a_gift, a_member, told_of_expiry
from tests.ledger.tampering import tampering

DAY = timedelta(days=1)


async def a_pass() -> dict[UUID, str]:
    """One whole pass of the rolling check; what it found newly adrift."""
    found: dict[UUID, str] = {}
    while (news := await db.transact(reconciling.check_some)) is not None:
        found.update(news)
    return found


async def all_of(model: Any) -> list[Any]:
    async with db.read() as session:
        return list(await session.exec(select(model)))


async def test_books_that_agree_raise_nothing(database: str) -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    await told_of_expiry(ann)
    await a_member("Ben", points=5)
    clock.turn(2 * DAY)
    await db.transact(expiry.expire_due, member_ids=[ann])
    assert await a_pass() == {}
    going = (await all_of(ReconciliationPass))[0]
    assert (going.checked, going.last_checked, going.after) == (0, 2, None)


CHANGES = [
    ("account", {"available": 101}, "available is 101, the lots hold 100, the lines say 100"),
    ("account", {"debt": 1}, "the debt is 1, the entries say 0"),
    ("account", {"seq": 2}, "the number of entries is 2, the entries say 1"),
    ("lot", {"available": 99, "earned": 99}, "available is 100, the lots hold 99, the lines say 100"),
    ("lot", {"available": 90, "burned": 10}, "is not the sum of its lines"),
    ("entry", {"points": 99}, "the balance is 100, the entries say 99"),
    ("entry_line", {"points": 98}, "available is 100, the lots hold 100, the lines say 98"),
]


@pytest.mark.parametrize(("table", "values", "said"), CHANGES)
async def test_whatever_is_changed_is_found_noted_once_and_shown_until_it_agrees(
    database: str, table: str, values: dict[str, int], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await a_member("Ann", points=100)
    await a_member("Ben", points=100)
    async with tampering(database) as tamperer:
        await tamperer.change(table, {"member_id": ann}, **values)
        with caplog.at_level(logging.ERROR):
            await schedule.compare_the_books()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert str(ann) in caplog.text and said in caplog.text
        assert await a_pass() == {}
        assert await a_pass() == {}, "it is noted once"
        assert [(drift.member_id, drift.open) for drift in await all_of(Drift)] == [(ann, True)]
    await a_pass()
    assert [(drift.open, drift.resolved_at is None) for drift in await all_of(Drift)] == [(False, False)]


async def test_two_lots_that_make_up_for_each_other_are_found(database: str) -> None:
    ann = await a_member("Ann", points=100)
    second = await a_gift(ann, 100)
    first = next(lot.lot_id for lot in await all_of(Lot) if lot.lot_id != second)
    async with tampering(database) as tamperer:
        await tamperer.change("lot", {"member_id": ann, "lot_id": first}, available=90, earned=90)
        await tamperer.change("lot", {"member_id": ann, "lot_id": second}, available=110, earned=110)
        assert list(await a_pass()) == [ann]


async def test_a_pass_goes_round_in_small_steps(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "STEP_MAX", 2)
    members = [await a_member(f"Member {number}", points=1) for number in range(5)]
    seen = []
    for _ in range(3):
        await schedule.compare_the_books()
        seen.append((await all_of(ReconciliationPass))[0].checked)
    assert seen == [2, 4, 5]
    await schedule.compare_the_books()
    assert (await all_of(ReconciliationPass))[0].last_checked == len(members)


async def test_every_month_is_reported_once_it_is_over_and_adds_up(database: str) -> None:
    async with db.read() as session:
        programme = await terms.in_force(session)
    this = programme.today().replace(day=1)

    def turn_into(month: int, days: int) -> None:
        clock.turn(programme.start_of(programme.month_after(this, month)) + days * DAY - datetime.now(UTC))

    turn_into(-3, 4)
    ann = await a_member("Ann", points=100, expires_in=40 * DAY)
    turn_into(-2, 1)
    await a_gift(ann, 30)
    await told_of_expiry(ann)
    turn_into(-2, 25)
    await db.transact(expiry.expire_due, member_ids=[ann])
    turn_into(0, 1)
    while await schedule.report_months():
        pass
    assert not await schedule.report_months()
    told = [
        (row.month, row.opening, row.totals, row.closing, row.outstanding) for row in await all_of(ReconciliationMonth)
    ]
    assert told == [
        (programme.month_after(this, -3), 0, {"EARN": 100}, 100, 100),
        (programme.month_after(this, -2), 100, {"EARN": 30, "EXPIRE": -100}, 30, 30),
        (programme.month_after(this, -1), 30, {}, 30, 30),
    ]
    assert {(row.drift, row.members_adrift) for row in await all_of(ReconciliationMonth)} == {(0, 0)}


async def test_a_month_that_does_not_add_up_says_by_how_much(database: str, caplog: pytest.LogCaptureFixture) -> None:
    ann = await a_member("Ann", points=100)
    clock.turn(32 * DAY)
    async with tampering(database) as tamperer:
        entry = (await all_of(Entry))[0]
        await tamperer.change("entry", {"member_id": ann, "entry_id": entry.entry_id}, points=93)
        await schedule.report_months()
    assert (await all_of(ReconciliationMonth))[0].drift == 7
    assert "7 points adrift" in caplog.text


async def test_a_month_is_left_open_while_entries_may_be_on_their_way_into_it(database: str) -> None:
    await a_member("Ann", points=100)
    async with db.read() as session:
        programme = await terms.in_force(session)
    end = programme.start_of(programme.month_after(programme.today(), 1))
    clock.turn(end + timedelta(minutes=59) - datetime.now(UTC))
    assert not await schedule.report_months()
    clock.turn(end + timedelta(minutes=61) - datetime.now(UTC))
    assert await schedule.report_months()
