"""How far a member is with every task, counted from what really happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Function, Select, and_, bindparam, func, select, true
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import gathering
from backend.kit.columns import table_of
from backend.kit.gathering import Found, Look, Part, Rows
from backend.kit.looking import among
from backend.members.families import WHOSE
from backend.members.looking import MEMBER, are_hers
from backend.orders.models import Purchase
from backend.programme.terms import TaskTerms, Terms
from backend.rewards import redemptions
from backend.rewards.models import Redemption
from backend.tasks.calendar import CHECK_IN, DAYS
from backend.tasks.models import TaskAward
from backend.tasks.periods import Period, period_of
from backend.tasks.week import oldest_needed

AWARD, PURCHASE, REDEMPTION = table_of(TaskAward), table_of(Purchase), table_of(Redemption)
OF_ORDERS, OF_REDEEMING = ("ORDERS", "SPEND"), ("REDEEM",)
"""Kinds of tasks that one look counts."""
PERIODS = ("WEEK", "MONTH", "ONCE")
SPANS = ("since", "week", "week_end", "month", "month_end")
"""From when anything counts, and where this week and this month begin and end."""
KEPT_MAX = 16
"""Days, and versions of the terms, for which what is to be read is kept."""
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
    """Every task of the terms, in their order, in the period that `moment` is in."""
    found = await gathering.of(session, [member_id], *parts(in_force, moment))
    return told(in_force, moment, found[member_id])


def parts(in_force: Terms, moment: datetime) -> tuple[Part, ...]:
    """What `told` must be told."""
    return _parts(in_force, in_force.day_of(moment))


@lru_cache(KEPT_MAX)
def _parts(in_force: Terms, day: date) -> tuple[Part, ...]:
    periods = {kind: period_of(kind, day) for kind in PERIODS}
    tasks = {(task.kind, task.period) for task in in_force.tasks}
    counted = {periods[period].first for kind, period in tasks if kind != "CHECK_INS"}
    since = in_force.start_of(min(counted, default=day))
    spans = [since, *_span(in_force, periods["WEEK"]), *_span(in_force, periods["MONTH"])]
    named = AWARDS(tuple(period.name for period in periods.values()))
    return (
        named,
        DAYS(oldest_needed(day)),
        *([ORDERS(*spans)] if _any(in_force, *OF_ORDERS) else []),
        *([REDEEMED(*spans)] if _any(in_force, *OF_REDEEMING) else []),
        *([LONGEST()] if ("CHECK_INS", "ONCE") in tasks else []),
    )


def told(in_force: Terms, moment: datetime, found: Found) -> list[TaskProgress]:
    """Every task in its period around `moment`, of what `parts` found."""
    rows = iter(found)
    awarded = {(task_code, name) for _, task_code, name in next(rows)}
    streaks = {day: streak for _, day, streak, *_ in next(rows)}
    counts: dict[tuple[str, str], int] = {}
    for kinds in (OF_ORDERS, OF_REDEEMING):
        counts |= _by_period(kinds, next(rows)) if _any(in_force, *kinds) else {}
    longest = next(rows, ())
    best = longest[0][1] if longest else 0
    standing, day = [], in_force.day_of(moment)
    for task in in_force.tasks:
        period = period_of(task.period, day)
        if task.kind == "CHECK_INS":
            count = _days_in_a_row(streaks, period, day, task.goal, best=best)
        else:
            count = counts.get((task.kind, task.period), 0)
        standing.append(TaskProgress(task, period, count, (task.code, period.name) in awarded))
    return standing


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


def _any(in_force: Terms, *kinds: str) -> bool:
    return any(task.kind in kinds for task in in_force.tasks)


def _by_period(kinds: Sequence[str], found: Rows) -> dict[tuple[str, str], int]:
    # A row has, for each period in turn, as many figures as there are kinds.
    names = [(kind, period) for period in PERIODS for kind in kinds]
    return dict(zip(names, map(int, found[0][1:]), strict=True)) if found else {}


def _span(in_force: Terms, period: Period) -> tuple[datetime, datetime]:
    assert period.until is not None
    return in_force.start_of(period.first), in_force.start_of(period.until)


def _in_each_period(moment: ColumnElement[datetime], *figures: Function[Any]) -> list[ColumnElement[Any]]:
    week, month = (and_(moment >= bindparam(name), moment < bindparam(f"{name}_end")) for name in ("week", "month"))
    return [func.coalesce(figure.filter(within), 0) for within in (week, month, true()) for figure in figures]


def _orders() -> Select[Any]:
    paid_at, remaining = PURCHASE.c.paid_at, PURCHASE.c.total_minor - PURCHASE.c.refunded_minor
    return (
        select(WHOSE, *_in_each_period(paid_at, func.count(), func.sum(remaining)))
        .join(MEMBER, MEMBER.c.id == PURCHASE.c.member_id)
        .where(are_hers(), ~PURCHASE.c.undone, paid_at >= bindparam("since"))
        .group_by(WHOSE)
    )


def _redeemed() -> Select[Any]:
    redeemed_at = REDEMPTION.c.redeemed_at
    return (
        select(WHOSE, *_in_each_period(redeemed_at, func.count()))
        .join(MEMBER, MEMBER.c.id == REDEMPTION.c.member_id)
        .where(are_hers(), redemptions.COUNTS, redeemed_at >= bindparam("since"))
        .group_by(WHOSE)
    )


def _awards() -> Select[Any]:
    named = among(AWARD.c.member_id, "keys"), among(AWARD.c.period, "periods")
    return select(AWARD.c.member_id, AWARD.c.task_code, AWARD.c.period).where(*named)


def _longest() -> Select[Any]:
    hers = among(CHECK_IN.c.member_id, "keys")
    return select(CHECK_IN.c.member_id, func.max(CHECK_IN.c.streak)).where(hers).group_by(CHECK_IN.c.member_id)


# Orders and redemptions stay with the member they were told of; check-ins are copied to whose account it is.
AWARDS = Look(_awards, ("periods",))
ORDERS, REDEEMED = Look(_orders, SPANS), Look(_redeemed, SPANS)
LONGEST = Look(_longest)
