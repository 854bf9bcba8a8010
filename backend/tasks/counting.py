"""How far somebody was with a task, from plain values: as `progress` counts it from the tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from backend.programme.terms import TaskTerms, Terms
from backend.tasks.models import CheckIn
from backend.tasks.periods import Period
from backend.tasks.progress import longest_run


@dataclass(frozen=True)
class Done:
    """What counts: paid orders as (paid_at, what remains), check-ins by day, redemptions that were not cancelled."""

    orders: Iterable[tuple[datetime, int]]
    days: Mapping[date, CheckIn]
    redeemed: Iterable[datetime]


def reached(task: TaskTerms, period: Period, done: Done, in_force: Terms) -> bool:
    """Whether the task's goal was reached in the period."""
    return count(task, period, done, in_force) >= task.goal


def count(task: TaskTerms, period: Period, done: Done, in_force: Terms) -> int:
    """Orders, minor units of money, days in a row or redemptions."""
    if task.kind == "CHECK_INS":
        return longest_run({day: row.streak for day, row in done.days.items()}, period)
    if task.kind == "REDEEM":
        return sum(period.holds(in_force.day_of(moment)) for moment in done.redeemed)
    remaining = [minor for paid_at, minor in done.orders if period.holds(in_force.day_of(paid_at))]
    return len(remaining) if task.kind == "ORDERS" else sum(remaining)
