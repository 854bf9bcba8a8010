"""How long points live: policies as data, and the words that state them."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from backend.programme.expiry import ExpiryException, ExpiryPolicy, statement
from backend.programme.text import Text

ROLLING, YEARLY, NEVER = (ExpiryPolicy(kind=kind) for kind in ("ROLLING", "YEARLY", "NEVER"))
DAYS = st.dates(date(1980, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("policy", "earned_on", "gone_on"),
    [
        (ROLLING, date(2025, 11, 1), date(2026, 12, 1)),
        (ROLLING, date(2025, 11, 30), date(2026, 12, 1)),
        (ROLLING, date(2025, 12, 31), date(2027, 1, 1)),
        (ExpiryPolicy(kind="ROLLING", months=1), date(2024, 1, 31), date(2024, 3, 1)),
        (YEARLY, date(2025, 6, 1), date(2027, 1, 1)),
        (YEARLY, date(2025, 12, 31), date(2027, 1, 1)),
        (YEARLY, date(2026, 1, 1), date(2028, 1, 1)),
        (ExpiryPolicy(kind="YEARLY", month=2, day=29), date(2024, 2, 29), date(2025, 3, 1)),
        (NEVER, date(2025, 6, 1), None),
    ],
)
def test_points_are_gone_on_the_day_the_policy_says(
    policy: ExpiryPolicy, earned_on: date, gone_on: date | None
) -> None:
    assert policy.gone_on(earned_on) == gone_on


@given(DAYS, st.integers(1, 60))
def test_yearly_points_live_at_least_their_months_and_less_than_a_year_more(earned_on: date, months: int) -> None:
    gone_on = ExpiryPolicy(kind="YEARLY", months=months).gone_on(earned_on)
    assert gone_on is not None
    assert (gone_on.month, gone_on.day) == (1, 1)
    lived = (gone_on - earned_on).days
    assert months * 28 < lived <= months * 31 + 367


@given(DAYS, DAYS)
def test_who_earned_earlier_never_keeps_points_longer(one: date, other: date) -> None:
    for policy in (ROLLING, YEARLY):
        early, late = policy.gone_on(min(one, other)), policy.gone_on(max(one, other))
        assert early is not None and late is not None
        assert early <= late


def test_the_statement_says_every_policy_the_warnings_and_which_points_go_first() -> None:
    exception = ExpiryException(earning="CHECK_IN", label=Text(zh_cn="签到", en="Check-ins"), policy=YEARLY)
    said = statement(ROLLING, [exception], [1, 90, 30])
    assert said.en == (
        "Points expire at the end of the month, 12 months after the month you earn them. "
        "Check-ins: At the end of Dec 31 each year, points that are 12 months old expire. "
        "We remind you 90, 30, 1 days before, and the points that expire first are always used first."
    )
    assert "签到：每年 12月31日" in said.zh_cn
    assert statement(NEVER, [], [90]).en == "Points never expire."
