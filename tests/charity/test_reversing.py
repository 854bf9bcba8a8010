"""A donation made by mistake: everything it did is undone, once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.charity import reversing
from backend.charity.models import Donation
from backend.kit import clock, db, ids
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger.book import AccountFrozen
from backend.tiers import badges
from tests.builders import a_gift, a_member, balance
from tests.charity.giving import a_project, counted, donation, gives
from tests.rewards.builders import frozen

pytestmark = pytest.mark.usefixtures("database")


async def reverses(donation_id: UUID, key: UUID | None = None, reason: str = "a slip") -> Done[Donation]:
    asked: dict[str, Any] = {"key": key or ids.new(), "reason": reason, "actor": "operator:olga"}
    return await db.transact(reversing.reverse_donation, donation_id=donation_id, **asked)


async def her_badges(member_id: UUID) -> list[str]:
    async with db.read() as session:
        return [badge.code for badge in await badges.of(session, member_id)]


async def test_points_go_back_to_their_lots_and_the_match_into_the_budget() -> None:
    ann, bob = [await a_member(name, points=500) for name in ("ann", "bob")]
    project = await a_project(match_budget_minor=250)
    mistaken = (await gives(ann, project, 200)).value.donation
    await gives(bob, project, 100)
    before = await counted(project)
    assert (before.points, before.donors, before.matched_minor, before.match_left_minor) == (300, 2, 250, 0)
    done = await reverses(mistaken.id)
    assert (done.value.reason, done.replayed, await balance(ann)) == ("a slip", False, (500, 0))
    now = await counted(project)
    assert (now.points, now.donors, now.matched_minor, now.match_left_minor) == (100, 1, 50, 200)
    assert now.version > before.version
    await gives(bob, project, 80)
    assert (await counted(project)).matched_minor == 50 + 80


async def test_the_last_donation_takes_the_badge_along_and_no_other_does() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    first, second = [(await gives(ann, project, 10)).value.donation for _ in range(2)]
    await reverses(first.id)
    assert await her_badges(ann) == ["DONOR"]
    assert (await counted(project)).donors == 1
    await reverses(second.id)
    assert await her_badges(ann) == []
    assert (await counted(project)).donors == 0
    assert (await gives(ann, project, 10)).value.badge is not None


async def test_again_with_the_same_key_or_another_changes_nothing() -> None:
    ann, project, key = await a_member("ann", points=500), await a_project(), ids.new()
    given = (await gives(ann, project, 100)).value.donation
    for one, replayed in ((key, False), (key, True), (ids.new(), True)):
        assert (await reverses(given.id, one)).replayed is replayed
    assert await balance(ann) == (500, 0)


async def test_one_that_waits_to_be_counted_is_never_counted() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    given = (await gives(ann, project, 100)).value.donation
    await reverses(given.id)
    assert (await counted(project)).version == 0
    assert (await donation(given.id)).counted_as is None


async def test_points_whose_time_has_passed_come_back_for_a_few_days() -> None:
    ann, project = await a_member("ann"), await a_project()
    await a_gift(ann, 100, expires_in=timedelta(days=1))
    given = (await gives(ann, project, 100)).value.donation
    clock.turn(timedelta(days=3))
    await reverses(given.id)
    assert await balance(ann) == (100, 0)


async def test_what_cannot_be_reversed() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    given = (await gives(ann, project, 100)).value.donation
    with pytest.raises(InvalidInput):
        await reverses(given.id, reason="  ")
    with pytest.raises(NotFound):
        await reverses(ids.new())
    await frozen(ann)
    with pytest.raises(AccountFrozen):
        await reverses(given.id)
