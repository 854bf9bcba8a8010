"""The stretch of days a task is about: pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """From `first` up to, not including, `until` (none: for ever). `name` is unique among a task's periods."""

    name: str
    first: date
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether `day` is in it."""
        return self.first <= day and (self.until is None or day < self.until)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


@lru_cache(64)
def period_of(kind: str, day: date) -> Period:
    """The WEEK (Monday to Sunday, ISO 8601), MONTH or ONCE that `day` is in."""
    if kind == "WEEK":
        monday = monday_of(day)
        year, week, _ = monday.isocalendar()
        return Period(f"{year}-W{week:02}", monday, monday + timedelta(days=7))
    if kind == "MONTH":
        first = day.replace(day=1)
        return Period(f"{first:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1))
    assert kind == "ONCE"
    return Period("ONCE", BEGINNING, None)
