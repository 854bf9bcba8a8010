"""Giving: the points are gone at once and once, and the badge comes with them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from backend.charity import donating, projects
from backend.kit import db, ids
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.models import Lot
from backend.ledger.posting import InsufficientPoints
from backend.members import enrolment
from backend.tiers import badges
from tests.builders import a_gift, a_member, balance, the_terms_become
from tests.charity.giving import a_project, counted, donation, gives, totals
from tests.rewards.builders import frozen

pytestmark = pytest.mark.usefixtures("database")


async def test_a_donation_burns_and_waits_to_be_counted() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    done = await gives(ann, project, 120, campaign="spring")
    given = done.value.donation
    assert (given.points, given.value_minor, given.matched_minor, given.campaign) == (120, 120, None, "spring")
    assert (await balance(ann), (await totals(project)).points) == ((380, 0), 0)
    now = await counted(project)
    assert (now.points, now.donors, now.matched_minor, now.version) == (120, 1, 120, 1)
    assert (await donation(given.id)).matched_minor == 120


async def test_the_same_key_gives_once_and_tells_the_first_result_with_its_badge() -> None:
    ann, project, key = await a_member("ann", points=500), await a_project(), ids.new()
    first, again = [await gives(ann, project, 100, key=key) for _ in range(2)]
    assert (first.replayed, again.replayed) == (False, True)
    assert again.value.donation.id == first.value.donation.id
    assert first.value.badge and again.value.badge and again.value.badge.code == badges.DONOR
    assert await balance(ann) == (400, 0)
    with pytest.raises(KeyReused):
        await gives(ann, project, 101, key=key)


async def test_points_that_expire_first_are_given_first() -> None:
    ann, project = await a_member("ann", points=100), await a_project()
    await a_gift(ann, 50, expires_in=timedelta(days=2))
    await gives(ann, project, 50)
    async with db.read() as session:
        lots = (await session.exec(select(Lot).order_by(col(Lot.expires_at)))).all()
    assert [lot.available for lot in lots] == [0, 100]


async def test_the_badge_is_earned_by_the_first_donation_only() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    first, second = [(await gives(ann, project, 10)).value.badge for _ in range(2)]
    assert first is not None and first.code == "DONOR" and second is None


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"points": 0}, donating.DonationTooSmall),
        ({"points": -5}, donating.DonationTooSmall),
        ({"points": 501}, InsufficientPoints),
        ({"points": 2**40}, InvalidInput),
        ({"campaign": "a b"}, InvalidInput),
        ({"campaign": ""}, InvalidInput),
        ({"project_id": ids.new()}, NotFound),
    ],
)
async def test_what_cannot_be_given(asked: dict[str, Any], refusal: type[Exception]) -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    with pytest.raises(refusal):
        await db.transact(
            donating.donate_points,
            **{"key": ids.new(), "member_id": ann, "project_id": project.id, "points": 10, **asked},
        )
    assert (await balance(ann), (await counted(project)).points) == ((500, 0), 0)


async def test_nobody_gives_to_a_closed_project_below_the_minimum_frozen_or_without_consent() -> None:
    ann, project = await a_member("ann", points=500), await a_project()
    await the_terms_become(donation_minimum=100)
    with pytest.raises(donating.DonationTooSmall) as small:
        await gives(ann, project, 99)
    assert small.value.minimum == 100
    await db.transact(projects.close_project, project_id=project.id)
    with pytest.raises(donating.ProjectClosed):
        await gives(ann, project, 100)
    other = await a_project("OTHER")
    await frozen(ann)
    with pytest.raises(AccountFrozen):
        await gives(ann, other, 100)
    stranger = (await db.transact(enrolment.first_sight, references=["bob"]))["bob"]
    with pytest.raises(enrolment.NotEnrolled):
        await gives(stranger, other, 100)
    assert (await counted(other)).version == 0
