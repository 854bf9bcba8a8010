"""A tier is what the paid orders of the rolling window say, whatever order they came in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from backend.programme.publishing import first_terms
from backend.programme.terms import Terms
from backend.tiers.qualification import Window, stand, window_start

TERMS = Terms.model_validate(first_terms())
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spent", "tier", "missing", "progress"),
    [
        (0, "BRONZE", 100000, 0),
        (99999, "BRONZE", 1, 9999),
        (100000, "SILVER", 200000, 0),
        (200000, "SILVER", 100000, 5000),
        (299999, "SILVER", 1, 9999),
        (300000, "GOLD", 0, 10000),
    ],
)
def test_a_tier_begins_with_the_fen_that_reaches_it(spent: int, tier: str, missing: int, progress: int) -> None:
    standing = stand(TERMS, [(NOW, spent)], NOW)
    assert (standing.tier.code, standing.missing_minor, standing.progress_bp) == (tier, missing, progress)


def test_the_window_opens_with_a_month_of_the_programmes_zone() -> None:
    # 1 November 2025 begins in Shanghai at 16:00 UTC of the day before.
    opens = window_start(TERMS, NOW)
    assert opens == datetime(2025, 10, 31, 16, tzinfo=UTC)
    assert stand(TERMS, [(opens, 100000)], NOW).tier.code == "SILVER"
    assert stand(TERMS, [(opens - timedelta(microseconds=1), 100000)], NOW).tier.code == "BRONZE"


def test_what_is_paid_later_does_not_count_yet() -> None:
    assert stand(TERMS, [(NOW + timedelta(seconds=1), 300000)], NOW).tier.code == "BRONZE"


def test_the_tier_is_kept_until_the_instant_it_is_said_to_lapse() -> None:
    orders = [(datetime(2026, 2, 10, tzinfo=UTC), 60000), (datetime(2026, 5, 10, tzinfo=UTC), 50000)]
    standing = stand(TERMS, orders, NOW)
    assert standing.keep_until == datetime(2027, 2, 28, 16, tzinfo=UTC)
    assert stand(TERMS, orders, standing.keep_until - timedelta(microseconds=1)).tier.code == "SILVER"
    assert stand(TERMS, orders, standing.keep_until).tier.code == "BRONZE"


def test_the_lowest_tier_never_lapses() -> None:
    assert stand(TERMS, [], NOW).keep_until is None


ORDERS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 200000)), max_size=30)


@given(said=ORDERS)
def test_keep_until_is_never_a_lie(said: list[tuple[int, int]]) -> None:
    orders = sorted((NOW - timedelta(days=days), minor) for days, minor in said)
    standing = stand(TERMS, orders, NOW)
    if standing.keep_until is not None:
        assert stand(TERMS, orders, standing.keep_until - timedelta(microseconds=1)).tier.rank >= standing.tier.rank
        assert stand(TERMS, orders, standing.keep_until).tier.rank < standing.tier.rank


@given(said=ORDERS, since=st.integers(0, 900))
def test_running_totals_say_what_adding_up_says(said: list[tuple[int, int]], since: int) -> None:
    orders, opens = sorted((NOW - timedelta(days=days), minor) for days, minor in said), NOW - timedelta(days=since)
    window = Window()
    for paid_at, minor in orders:
        window.add(paid_at, minor)
    assert window.spend(opens) == sum(minor for paid_at, minor in orders if paid_at >= opens)
