"""The check-in calendar, as pure values."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given, strategies as st

from backend.programme.publishing import first_terms
from backend.programme.terms import Terms
from backend.tasks.models import CheckIn
from backend.tasks.periods import period_of
from backend.tasks.week import DayState, oldest_needed, streaks_from, week_of

TERMS = Terms.model_validate(first_terms())
ANN = UUID(int=1)
TODAY = date(2026, 11, 19)
ONE = timedelta(days=1)
some_days = st.sets(st.integers(0, 60)).map(lambda ago: {TODAY - timedelta(days=n) for n in ago})


def checked_in(days: Collection[date]) -> dict[date, CheckIn]:
    """Rows as the verb would have made them, one day after another."""
    rows: dict[date, CheckIn] = {}
    for day in sorted(days):
        streak = rows[day - ONE].streak + 1 if day - ONE in rows else 1
        made_at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        points = TERMS.check_in_points[(streak - 1) % 7]
        rows[day] = CheckIn(member_id=ANN, day=day, key=uuid4(), streak=streak, points=points, made_at=made_at)
    return rows


def in_a_row(days: Collection[date], last: date) -> int:
    return 0 if last not in days else 1 + in_a_row(days, last - ONE)


def test_a_week_shows_what_is_done_missed_and_still_ahead() -> None:
    week = week_of(checked_in({date(2026, 11, 16), date(2026, 11, 18)}), TERMS, TODAY)
    assert [day.state for day in week.days] == ["DONE", "MISSED", "DONE", "TODAY", "AHEAD", "AHEAD", "AHEAD"]
    assert [day.points for day in week.days] == [5, 6, 5, 6, 7, 8, 9]
    assert (week.streak, week.next_points, week.repairable) == (1, 6, date(2026, 11, 17))


def test_next_points_are_tomorrows_once_today_is_done() -> None:
    assert week_of(checked_in({TODAY - ONE, TODAY}), TERMS, TODAY).next_points == 7


@given(some_days, st.booleans())
def test_the_streak_is_the_days_in_a_row_up_to_today_or_yesterday(days: set[date], now: bool) -> None:
    days = days | {TODAY} if now else days - {TODAY}
    week = week_of(checked_in(days), TERMS, TODAY)
    assert week.streak == in_a_row(days, TODAY if now else TODAY - ONE)
    assert week.checked_in_today is now


@given(some_days)
def test_a_week_is_monday_to_sunday_and_every_day_has_one_state(days: set[date]) -> None:
    week = week_of(checked_in(days), TERMS, TODAY)
    assert [day.day.isoweekday() for day in week.days] == [1, 2, 3, 4, 5, 6, 7]
    for day in week.days:
        assert (day.state is DayState.DONE) == (day.day in days)
        assert (day.state is DayState.AHEAD) == (day.day > TODAY)
        assert day.points in TERMS.check_in_points


@given(some_days)
def test_days_ahead_promise_what_checking_in_daily_would_give(days: set[date]) -> None:
    week = week_of(checked_in(days), TERMS, TODAY)
    for ahead in (day for day in week.days if day.state in (DayState.TODAY, DayState.AHEAD)):
        until_then = days | {TODAY + timedelta(days=n) for n in range((ahead.day - TODAY).days + 1)}
        assert ahead.points == checked_in(until_then)[ahead.day].points


@given(some_days, st.integers(1, 7))
def test_a_repair_gives_the_streaks_of_having_never_missed(days: set[date], ago: int) -> None:
    missed = TODAY - timedelta(days=ago)
    rows = checked_in(days - {missed})
    rows[missed] = checked_in({missed})[missed]
    for day, streak in streaks_from(rows, missed).items():
        rows[day].streak = streak
    assert {day: row.streak for day, row in rows.items()} == {day: in_a_row(rows, day) for day in rows}


@given(some_days)
def test_what_is_offered_for_repair_was_missed_within_seven_days_of_a_streak(days: set[date]) -> None:
    week = week_of(checked_in(days), TERMS, TODAY)
    joining = {TODAY - timedelta(days=n) for n in range(1, 8)} - days
    joining = {day for day in joining if day - ONE in days}
    assert week.repairable == max(joining, default=None)


@given(some_days, st.integers(0, 45))
def test_the_calendar_looks_no_further_back_than_it_says(days: set[date], ago: int) -> None:
    today = TODAY - timedelta(days=ago)
    rows = {day: row for day, row in checked_in(days).items() if day <= today}
    near = {day: row for day, row in rows.items() if day >= oldest_needed(today)}
    assert week_of(near, TERMS, today) == week_of(rows, TERMS, today)


@given(st.dates(date(1971, 1, 1), date(2100, 1, 1)), st.sampled_from(["WEEK", "MONTH", "ONCE"]))
def test_a_day_is_in_exactly_the_period_that_names_it(day: date, kind: str) -> None:
    period = period_of(kind, day)
    assert period.holds(day)
    assert period_of(kind, period.first) == period
    if period.until is not None:
        assert period_of(kind, period.until - ONE) == period
        assert period_of(kind, period.until).name != period.name


def test_the_first_days_of_january_may_be_in_last_years_last_week() -> None:
    assert period_of("WEEK", date(2027, 1, 1)).name == "2026-W53"
    assert period_of("MONTH", date(2026, 12, 31)).until == date(2027, 1, 1)
