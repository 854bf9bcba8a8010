"""The terms: months end in the programme's zone, and the past is never changed."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from backend.kit import clock, db
from backend.programme import terms
from backend.programme.publishing import FIRST_TERMS, TooLateToChange, first_terms, publish_terms
from backend.programme.terms import Terms, days_left

TERMS = Terms.model_validate(first_terms())


@pytest.mark.parametrize(
    ("earned", "expires"),
    [
        (datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 11, 30, 16, tzinfo=UTC)),
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), datetime(2027, 10, 31, 16, tzinfo=UTC)),
        (datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2027, 11, 30, 16, tzinfo=UTC)),
        (datetime(2027, 2, 28, tzinfo=UTC), datetime(2028, 2, 29, 16, tzinfo=UTC)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), datetime(2028, 1, 31, 16, tzinfo=UTC)),
    ],
)
def test_points_live_to_the_end_of_the_twelfth_month_after(earned: datetime, expires: datetime) -> None:
    assert TERMS.expires_at(earned, "PURCHASE") == expires


def test_a_month_that_begins_in_summer_time_begins_at_its_own_midnight() -> None:
    paris = TERMS.model_copy(update={"zone": "Europe/Paris"})
    assert paris.expires_at(datetime(2026, 2, 10, tzinfo=UTC), "PURCHASE") == datetime(2027, 2, 28, 23, tzinfo=UTC)
    assert paris.expires_at(datetime(2026, 3, 10, tzinfo=UTC), "PURCHASE") == datetime(2027, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("months", "first"), [(0, (2026, 1)), (1, (2026, 2)), (-1, (2025, 12)), (-13, (2024, 12)), (12, (2027, 1))]
)
def test_months_are_counted_over_the_turn_of_the_year(months: int, first: tuple[int, int]) -> None:
    assert TERMS.month_after(date(2026, 1, 31), months) == date(*first, 1)


@pytest.mark.parametrize(("hours", "days"), [(1, 1), (24, 1), (25, 2), (24 * 7, 7), (0, 0), (-5, 0)])
def test_the_last_day_is_one_day_left(hours: int, days: int) -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    assert days_left(moment + timedelta(hours=hours), moment) == days


def test_a_misspelt_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match="expiry_month"):
        Terms.model_validate({**first_terms(), "expiry_month": 3})


def tiers(*rungs: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Tiers by code, rank and qualifying spend."""
    alike = first_terms()["tiers"][0]
    return [alike | {"code": code, "rank": rank, "qualifying_spend_minor": spend} for code, rank, spend in rungs]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"zone": "Asia/Shanghia"}, "'Asia/Shanghia' is no IANA zone"),
        ({"zone": "../etc/passwd"}, "is no IANA zone"),
        ({"zone": "Asia"}, "is no IANA zone"),
        ({"zone": ""}, "is no IANA zone"),
        ({"warning_days": [30, 0]}, "greater than 0"),
        ({"tiers": tiers(("A", 0, 100), ("B", 1, 200))}, "its qualifying spend is 0"),
        ({"tiers": tiers(("A", 0, 0), ("B", 1, 0))}, "B ranks above A, so its qualifying spend must be higher"),
        ({"tiers": tiers(("A", 0, 0), ("B", 1, 200), ("C", 2, 100))}, "C ranks above B"),
        ({"tiers": tiers(("A", 0, 0), ("B", 0, 200))}, "A and B have the same rank"),
        ({"tiers": tiers(("A", 0, 0), ("A", 1, 200))}, "two tiers have the same code"),
    ],
)
def test_terms_that_cannot_be_kept_are_an_error(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Terms.model_validate({**first_terms(), **changed})


def test_a_new_installation_says_every_setting() -> None:
    assert json.loads(FIRST_TERMS.read_text("utf-8")) == first_terms()


async def test_of_two_versions_from_one_date_the_later_published_counts(database: str) -> None:
    from_then = clock.now() + timedelta(days=1)
    for hours in (48, 12, 36):
        changed = TERMS.model_copy(update={"late_news_hours": hours})
        await db.transact(publish_terms, changed=changed, effective_from=from_then, published_by="olga")
    async with db.read() as session:
        assert (await terms.at(session, from_then)).late_news_hours == 36


async def test_readers_and_the_writer_share_what_was_read(database: str) -> None:
    async with db.read() as session:
        read = await terms.timeline(session)
    assert await db.transact(terms.timeline) is read


async def test_new_terms_count_from_their_date_and_the_old_ones_before_it(database: str) -> None:
    changed, from_then = TERMS.model_copy(update={"late_news_hours": 48}), clock.now() + timedelta(days=1)
    row = await db.transact(publish_terms, changed=changed, effective_from=from_then, published_by="olga")
    again = await db.transact(publish_terms, changed=changed, effective_from=from_then, published_by="olga")
    assert (row.version, again.version) == (2, 2)
    async with db.read() as session:
        assert (await terms.in_force(session)).late_news_hours == 24
        assert (await terms.at(session, from_then)).late_news_hours == 48
        clock.turn(timedelta(days=2))
        assert (await terms.in_force(session)).late_news_hours == 48


async def test_the_past_cannot_be_changed(database: str) -> None:
    changed = TERMS.model_copy(update={"late_news_hours": 48})
    with pytest.raises(TooLateToChange):
        await db.transact(
            publish_terms, changed=changed, effective_from=clock.now() - timedelta(days=1), published_by="olga"
        )


async def test_terms_announced_for_later_can_be_brought_forward(database: str) -> None:
    changed, sooner = TERMS.model_copy(update={"late_news_hours": 48}), clock.now() + timedelta(days=1)
    for from_then in (sooner + timedelta(days=30), sooner):
        await db.transact(publish_terms, changed=changed, effective_from=from_then, published_by="olga")
    async with db.read() as session:
        assert (await terms.at(session, sooner)).late_news_hours == 48
    clock.turn(timedelta(days=40))
    again = await db.transact(publish_terms, changed=changed, effective_from=clock.now(), published_by="olga")
    assert again.version == 3
