"""Tasks: progress from what really happened, points once per period, told at once."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, ExceptionContext, event
from sqlmodel import select

from backend.kit import clock, db
from backend.kit.outbox import OutboxFact
from backend.ledger.freezing import freeze_account
from backend.ledger.models import Entry
from backend.programme import publishing, terms
from backend.programme.terms import Terms
from backend.tasks import awarding, progress
from backend.tasks.models import TaskAward
from backend.tasks.progress import TaskProgress
from tests.builders import a_member, an_order, balance
from tests.rewards.builders import a_reward, cancels, redeems
from tests.tasks.days import check_in_on, repair, turn_to

pytestmark = pytest.mark.usefixtures("database")


async def test_three_orders_in_the_month_are_counted_and_a_fourth_does_not_overflow() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    seen = []
    for paid_at in ("2026-11-01 00:00:00", "2026-11-10 10:00:00", "2026-11-20 11:59:00", "2026-11-20 11:59:30"):
        await an_order("ann", 10, at=paid_at)
        seen.append((await task(ann, "ORDERS_MONTH")).shown)
    assert seen == [1, 2, 3, 3]


async def test_orders_of_other_months_and_of_other_members_do_not_count() -> None:
    ann, _ = await a_member("ann"), await a_member("ben")
    turn_to("2026-11-20 12:00")
    await an_order("ann", 10, at="2026-10-31 23:59:59")
    await an_order("ben", 10, at="2026-11-10 10:00:00")
    assert (await task(ann, "ORDERS_MONTH")).shown == 0
    turn_to("2026-10-31 23:59:59")
    assert (await task(ann, "ORDERS_MONTH")).shown == 1


async def test_money_spent_is_counted_to_the_fen() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    await an_order("ann", 187.45, at="2026-11-02 10:00:00")
    await an_order("ann", 12.50, at="2026-11-03 10:00:00")
    assert ((spent := await task(ann, "SPEND_MONTH")).shown, spent.left) == (19995, 30005)


async def test_only_the_present_run_counts_on_the_way_to_a_streak() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-20")
    assert (await task(ann, "CHECK_IN_5")).shown == 1
    turn_to("2026-11-21 09:00")
    assert (await task(ann, "CHECK_IN_5")).shown == 1
    turn_to("2026-11-22 09:00")
    assert (await task(ann, "CHECK_IN_5")).shown == 0


async def test_a_weekly_streak_starts_on_monday() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in (11, 12, 13, 14, 15, 16, 17)))
    assert (await task(ann, "CHECK_IN_5")).shown == 2


async def test_a_reached_goal_is_awarded_once_and_told() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in range(16, 21)))
    before = (await balance(ann))[0]
    awards = await award(ann)
    assert [(one.task_code, one.period, one.points) for one in awards] == [("CHECK_IN_5", "2026-W47", 30)]
    assert await award(ann) == []
    assert await balance(ann) == (before + 30, 0)
    fact = (await facts(ann, "TaskCompleted"))[-1]
    assert (fact.body["task"], fact.body["points"], fact.body["available"]) == ("CHECK_IN_5", 30, before + 30)
    entry = await entry_of(ann, awards[0].entry_id)
    assert (entry.kind, entry.why["code"], entry.why["task"]) == ("EARN", "TASK", "CHECK_IN_5")


async def test_an_award_stays_after_the_streak_breaks() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in range(16, 21)))
    await award(ann)
    turn_to("2026-11-22 20:00")
    assert ((standing := await task(ann, "CHECK_IN_5")).shown, standing.awarded) == (5, True)


async def test_a_streak_reached_before_anyone_looked_is_still_awarded() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in range(16, 21)))
    turn_to("2026-11-22 20:00")
    assert len(await award(ann)) == 1


async def test_a_repair_can_complete_a_streak() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, "2026-11-16", "2026-11-17", "2026-11-19", "2026-11-20")
    assert await award(ann) == []
    await repair(ann, "2026-11-18")
    assert [one.task_code for one in await award(ann)] == ["CHECK_IN_5"]


async def test_twenty_reactions_at_once_award_once() -> None:
    ann = await a_member("ann")
    turn_to("2026-11-20 12:00")
    for hour in (9, 10, 11):
        await an_order("ann", 200, at=f"2026-11-20 {hour:02}:00:00")
    before, stumbled = (await balance(ann))[0], list[str]()
    note = partial(_note, stumbled)
    event.listen(Engine, "handle_error", note)
    awards = await asyncio.gather(*(award(ann) for _ in range(20)))
    event.remove(Engine, "handle_error", note)
    # Whoever decides before she has the lock would award again, and only the table's key would stop her.
    assert stumbled == []
    assert sorted(one.task_code for each in awards for one in each) == ["ORDERS_MONTH", "SPEND_MONTH"]
    assert await balance(ann) == (before + 300, 0)


def _note(stumbled: list[str], context: ExceptionContext) -> None:
    stumbled.append(str(context.original_exception))


async def test_the_next_month_is_a_new_chance() -> None:
    ann = await a_member("ann")
    for month in ("2026-11", "2026-12"):
        turn_to(f"{month}-20 12:00")
        for hour in (9, 10, 11):
            await an_order("ann", 10, at=f"{month}-20 {hour:02}:00:00")
        assert [one.period for one in await award(ann)] == [month]


async def test_an_order_told_after_midnight_still_completes_last_month() -> None:
    ann = await a_member("ann")
    turn_to("2026-12-01 00:02")
    for second in (57, 58, 59):
        await an_order("ann", 10, at=f"2026-11-30 23:59:{second}")
    assert [(one.task_code, one.period) for one in await award(ann)] == [("ORDERS_MONTH", "2026-11")]
    assert (await task(ann, "ORDERS_MONTH")).shown == 0


async def test_this_months_orders_do_not_complete_last_month() -> None:
    ann = await a_member("ann")
    turn_to("2026-12-01 00:02")
    for paid_at in ("2026-11-30 23:59:58", "2026-11-30 23:59:59", "2026-12-01 00:00:00"):
        await an_order("ann", 10, at=paid_at)
    assert await award(ann) == []
    assert (await task(ann, "ORDERS_MONTH")).shown == 1


async def test_what_the_terms_call_history_completes_nothing() -> None:
    ann = await a_member("ann")
    turn_to("2026-12-02 00:01")
    for second in (57, 58, 59):
        await an_order("ann", 10, at=f"2026-11-30 23:59:{second}")
    assert await award(ann) == []


async def test_a_task_for_once_is_awarded_once_for_ever() -> None:
    await publish(an_own_task("FIRST_TWO", "ORDERS", goal=2, points=50))
    ann = await a_member("ann")
    for month in ("2026-11", "2027-03", "2027-04"):
        turn_to(f"{month}-20 12:00")
        await an_order("ann", 10, at=f"{month}-20 11:00:00")
        awarded = await award(ann)
        assert [one.period for one in awarded] == (["ONCE"] if month == "2027-03" else [])
    assert (await task(ann, "FIRST_TWO")).period.until is None


async def test_a_streak_for_once_takes_the_best_streak_ever() -> None:
    await publish(an_own_task("SEVEN", "CHECK_INS", goal=3, points=50))
    ann = await a_member("ann")
    await check_in_on(ann, "2026-09-28", "2026-09-29")
    turn_to("2026-11-20 12:00")
    assert (await task(ann, "SEVEN")).shown == 0
    await check_in_on(ann, "2026-11-29", "2026-11-30", "2026-12-01")
    turn_to("2027-02-01 12:00")
    assert [one.period for one in await award(ann)] == ["ONCE"]


async def test_redemptions_count_unless_they_were_cancelled() -> None:
    await publish(an_own_task("TWO_REWARDS", "REDEEM", goal=2, points=20))
    ann, reward = await a_member("ann", points=500), await a_reward("TEA")
    await cancels((await redeems(ann, reward)).value)
    await redeems(ann, reward)
    assert ((standing := await task(ann, "TWO_REWARDS")).shown, standing.left) == (1, 1)
    await redeems(ann, reward)
    assert [one.task_code for one in await award(ann)] == ["TWO_REWARDS"]


async def test_a_frozen_account_still_earns_what_it_reached() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in range(16, 21)))
    await db.transact(freeze_account, key=uuid4(), member_id=ann, reason="odd", actor="operator:Mei")
    assert len(await award(ann)) == 1


async def test_new_terms_bring_new_tasks_without_a_restart() -> None:
    ann = await a_member("ann")
    await publish(an_own_task("ONE_ORDER", "ORDERS", goal=1, points=10))
    await an_order("ann", 10, at="2026-09-01 00:01:30")
    assert [one.task_code for one in await award(ann)] == ["ONE_ORDER"]


def an_own_task(code: str, kind: str, *, goal: int, points: int) -> dict[str, Any]:
    words = {"zh_cn": "任务", "en": "Task"}
    return {"code": code, "kind": kind, "title": words, "hint": words, "goal": goal, "points": points, "period": "ONCE"}


async def publish(*tasks: dict[str, Any]) -> None:
    """Put these tasks in force from 1 September 2026, 00:01; it is 00:02 then."""
    turn_to("2026-09-01 00:00")
    changed = Terms.model_validate({**publishing.first_terms(), "tasks": list(tasks)})
    await db.transact(
        publishing.publish_terms,
        changed=changed,
        effective_from=clock.now() + timedelta(minutes=1),
        published_by="operator:Mei",
    )
    terms.forget()
    turn_to("2026-09-01 00:02")


async def award(member_id: UUID) -> list[TaskAward]:
    return await db.transact(awarding.award_due, member_id=member_id)


async def task(member_id: UUID, code: str) -> TaskProgress:
    async with db.read() as session:
        standing = await progress.progress_of(session, member_id, await terms.in_force(session), clock.now())
    return next(one for one in standing if one.task.code == code)


async def facts(member_id: UUID, name: str) -> list[OutboxFact]:
    query = select(OutboxFact).where(OutboxFact.stream == f"member:{member_id}", OutboxFact.name == name)
    async with db.read() as session:
        return list(await session.exec(query))


async def entry_of(member_id: UUID, entry_id: UUID) -> Entry:
    async with db.read() as session:
        return await session.get_one(Entry, (member_id, entry_id))
