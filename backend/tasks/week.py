"""The check-in calendar as a member sees it: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from backend.programme.terms import Terms
from backend.tasks.models import CheckIn
from backend.tasks.periods import monday_of

REPAIR_DAYS = 7
"""A missed day can be repaired for this many days."""
ONE = timedelta(days=1)
Days = Mapping[date, CheckIn]


class DayState(StrEnum):
    """How a day of the week stands."""

    DONE = "DONE"
    TODAY = "TODAY"
    MISSED = "MISSED"
    AHEAD = "AHEAD"


@dataclass(frozen=True)
class WeekDay:
    """`points`: what a done day earned, or what checking in on it gives (would have given)."""

    day: date
    state: DayState
    points: int


@dataclass(frozen=True)
class Week:
    """Monday to Sunday around today, and what can be done."""

    streak: int
    checked_in_today: bool
    next_points: int
    """What the next check-in gives: today's, or tomorrow's when today is done."""
    days: list[WeekDay]
    repairable: date | None
    """The latest missed day that would join up with a streak before it."""
    repairs_left: int


def week_of(days: Days, terms: Terms, today: date) -> Week:
    """The week `today` is in. `days`: the member's check-ins as far back as `oldest_needed`."""
    monday, left = monday_of(today), repairs_left(days, terms, today)
    return Week(
        streak=streak_now(days, today),
        checked_in_today=today in days,
        next_points=points_for(terms, streak_now(days, today) + 1),
        days=[_day(days, terms, today, monday + timedelta(days=offset)) for offset in range(7)],
        repairable=_repairable(days, today) if left else None,
        repairs_left=left,
    )


def oldest_needed(today: date) -> date:
    """How far back the calendar looks: repairs made this month, and the streak before a day that can be repaired."""
    return today.replace(day=1) - timedelta(days=REPAIR_DAYS + 1)


def points_for(terms: Terms, streak: int) -> int:
    """What the check-in gives that makes the streak this long; after the seventh day the cycle starts again."""
    return terms.check_in_points[(streak - 1) % len(terms.check_in_points)]


def streak_before(days: Days, day: date) -> int:
    """Days in a row up to the day before `day`."""
    before = days.get(day - ONE)
    return before.streak if before else 0


def streak_now(days: Days, today: date) -> int:
    """Days in a row up to today, or up to yesterday while today can still be added."""
    return days[today].streak if today in days else streak_before(days, today)


def streaks_from(days: Days, day: date) -> dict[date, int]:
    """The streaks of `day` and of the days that follow it without a gap, counted anew."""
    streaks, streak = {}, streak_before(days, day)
    while day in days:
        streak += 1
        streaks[day] = streak
        day += ONE
    return streaks


def repairs_left(days: Days, terms: Terms, today: date) -> int:
    """How many repairs she may still make in this calendar month."""
    month = today.replace(day=1)
    made = sum(row.repaired and terms.day_of(row.made_at) >= month for row in days.values())
    return max(0, terms.check_in_repairs_per_month - made)


def is_missed(days: Days, today: date, day: date) -> bool:
    """Whether `day` was missed lately enough to be repaired."""
    return day not in days and 0 < (today - day).days <= REPAIR_DAYS


def _repairable(days: Days, today: date) -> date | None:
    lately = (today - timedelta(days=ago) for ago in range(1, REPAIR_DAYS + 1))
    return next((day for day in lately if is_missed(days, today, day) and day - ONE in days), None)


def _day(days: Days, terms: Terms, today: date, day: date) -> WeekDay:
    if day in days:
        return WeekDay(day, DayState.DONE, days[day].points)
    if day > today:
        today_counts = 0 if today in days else 1
        streak = streak_now(days, today) + today_counts + (day - today).days
        return WeekDay(day, DayState.AHEAD, points_for(terms, streak))
    state = DayState.TODAY if day == today else DayState.MISSED
    return WeekDay(day, state, points_for(terms, streak_before(days, day) + 1))
