"""How far a member is with every task, counted from what really happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Label, Table, and_, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.members import families
from backend.orders.models import Purchase
from backend.programme.terms import TaskTerms, Terms
from backend.rewards import redemptions
from backend.rewards.models import Redemption
from backend.tasks.models import CheckIn, TaskAward
from backend.tasks.periods import Period, period_of

AWARD, CHECK_IN, PURCHASE, REDEMPTION = (table_of(model) for model in (TaskAward, CheckIn, Purchase, Redemption))
Streaks = Mapping[date, int]


@dataclass(frozen=True)
class TaskProgress:
    """A task in the period around one moment. `count`: orders, minor units of money, days or redemptions."""

    task: TaskTerms
    period: Period
    count: int
    awarded: bool

    @property
    def reached(self) -> bool:
        """Whether the goal is reached; once awarded it stays so."""
        return self.awarded or self.count >= self.task.goal

    @property
    def shown(self) -> int:
        """The progress bar: up to the goal, never past it."""
        return self.task.goal if self.reached else self.count

    @property
    def left(self) -> int:
        """What is missing, in the goal's unit."""
        return self.task.goal - self.shown


async def progress_of(session: AsyncSession, member_id: UUID, in_force: Terms, moment: datetime) -> list[TaskProgress]:
    """Every task of the terms, in their order, in the period that `moment` is in. Two statements for all of them."""
    day = in_force.day_of(moment)
    tasks = [(task, period_of(task.period, day)) for task in in_force.tasks]
    if not tasks:
        return []
    counted = await _count(session, member_id, in_force, tasks)
    streaks = await _streaks(session, member_id, tasks, day)
    return [
        TaskProgress(
            task,
            period,
            _days_in_a_row(streaks, period, day, task.goal, best=counted[f"{task.code}:count"])
            if task.kind == "CHECK_INS"
            else counted[f"{task.code}:count"],
            bool(counted[f"{task.code}:awards"]),
        )
        for task, period in tasks
    ]


def longest_run(streaks: Streaks, period: Period) -> int:
    """The most days in a row within the period; `streaks` gives each checked-in day's streak."""
    return max((_within(period, day, streak) for day, streak in streaks.items() if period.holds(day)), default=0)


def present_run(streaks: Streaks, period: Period, day: date) -> int:
    """The days in a row within the period that `day` can still add to."""
    last = day if day in streaks else day - timedelta(days=1)
    return _within(period, last, streaks[last]) if last in streaks and period.holds(last) else 0


def _within(period: Period, last: date, streak: int) -> int:
    return min(streak, (last - period.first).days + 1)


def _days_in_a_row(streaks: Streaks, period: Period, day: date, goal: int, *, best: int) -> int:
    # What was reached stays reached even after the streak broke; on the way there only the present run counts.
    longest = best if period.until is None else longest_run(streaks, period)
    return longest if longest >= goal else present_run(streaks, period, day)


async def _streaks(
    session: AsyncSession, member_id: UUID, tasks: Sequence[tuple[TaskTerms, Period]], day: date
) -> Streaks:
    periods = [period for task, period in tasks if task.kind == "CHECK_INS"]
    if not periods:
        return {}
    since = min([day - timedelta(days=1), *(period.first for period in periods if period.until)])
    until = max([day, *(period.until for period in periods if period.until)])
    query = select(CHECK_IN.c.day, CHECK_IN.c.streak).where(
        CHECK_IN.c.member_id == member_id, CHECK_IN.c.day >= since, CHECK_IN.c.day <= until
    )
    return {row.day: row.streak for row in await (await session.connection()).execute(query)}


async def _count(
    session: AsyncSession, member_id: UUID, in_force: Terms, tasks: Sequence[tuple[TaskTerms, Period]]
) -> Mapping[str, int]:
    columns: list[Label[Any]] = []
    parts = await families.part_ids(session, member_id)
    for task, period in tasks:
        of_task = and_(AWARD.c.task_code == task.code, AWARD.c.period == period.name)
        columns.append(_scalar(f"{task.code}:awards", func.count(), AWARD, [member_id], of_task))
        columns.append(_progress(f"{task.code}:count", task.kind, parts, in_force, period))
    return (await (await session.connection()).execute(select(*columns))).mappings().one()  # type: ignore[return-value]


def _progress(name: str, kind: str, parts: Sequence[UUID], in_force: Terms, period: Period) -> Label[Any]:
    # Orders and redemptions stay with the member they were told of; check-ins are copied to whose account it is.
    if kind == "REDEEM":
        within = and_(redemptions.COUNTS, _between(REDEMPTION.c.redeemed_at, in_force, period))
        return _scalar(name, func.count(), REDEMPTION, parts, within)
    if kind == "CHECK_INS":
        return _scalar(name, func.coalesce(func.max(CHECK_IN.c.streak), 0), CHECK_IN, parts[:1], CHECK_IN.c.streak > 0)
    remaining = func.coalesce(func.sum(PURCHASE.c.total_minor - PURCHASE.c.refunded_minor), 0)
    within = and_(~PURCHASE.c.undone, _between(PURCHASE.c.paid_at, in_force, period))
    return _scalar(name, func.count() if kind == "ORDERS" else remaining, PURCHASE, parts, within)


def _scalar(
    name: str, what: ColumnElement[Any], table: Table, member_ids: Sequence[UUID], where: ColumnElement[bool]
) -> Label[Any]:
    return select(what).select_from(table).where(table.c.member_id.in_(member_ids), where).scalar_subquery().label(name)


def _between(column: ColumnElement[Any], in_force: Terms, period: Period) -> ColumnElement[bool]:
    since = column >= in_force.start_of(period.first)
    return since if period.until is None else and_(since, column < in_force.start_of(period.until))
