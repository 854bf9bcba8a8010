"""The terms that a process keeps: in force from their instant on, and known at once where they were published."""

import asyncio
from datetime import timedelta

import pytest

from backend.kit import clock, db, hearing, shared
from backend.programme import publishing, terms

pytestmark = pytest.mark.usefixtures("database")


async def publish(minimum: int, *, ahead: timedelta | None = None) -> None:
    """Donations are at least `minimum`, at once or later."""
    changed = (await terms.now()).model_copy(update={"donation_minimum": minimum})
    since = None if ahead is None else clock.now() + ahead
    await db.transact(publishing.publish_terms, changed=changed, effective_from=since, published_by="test")


async def test_announced_terms_come_into_force_though_nothing_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 3600.0)
    before = (await terms.now()).donation_minimum
    await publish(77, ahead=timedelta(hours=1))
    assert (await terms.now()).donation_minimum == before
    clock.turn(timedelta(hours=1, seconds=1))
    assert (await terms.now()).donation_minimum == 77
    await publish(78)
    assert (await terms.now()).donation_minimum == 78, "the next request here goes by it"


async def test_terms_published_elsewhere_are_known_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 0.5)
    await terms.now()
    monkeypatch.setattr(hearing, "tell", lambda fact, body: None)
    await publish(79)
    await asyncio.sleep(0.6)
    assert (await terms.now()).donation_minimum == 79
