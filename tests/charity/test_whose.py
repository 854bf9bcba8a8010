"""Whose gifts, badges and desks they are when accounts become one, come apart, or their member leaves."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from backend import worker
from backend.charity import charities, donations, reversing
from backend.charity.models import CharityStaff
from backend.console import merging, unmerging
from backend.kit import db, ids
from backend.members import families
from backend.privacy import erasing, exporting
from backend.tiers import badges
from tests.builders import a_member, balance
from tests.charity.giving import a_charity, a_project, counted, gives, totals

pytestmark = pytest.mark.usefixtures("database")
OLGA = {"reason": "one person", "actor": "operator:olga"}


async def become_one(member_id: UUID, into_id: UUID) -> None:
    asked: dict[str, Any] = {"key": uuid4(), "member_id": member_id, "into_id": into_id, **OLGA}
    await db.transact(merging.merge_members, **asked)


async def come_apart(member_id: UUID) -> None:
    asked: dict[str, Any] = {"key": uuid4(), "member_id": member_id, **OLGA}
    await db.transact(unmerging.unmerge_members, **asked)


async def has(member_id: UUID) -> tuple[list[str], list[int]]:
    """Her badges, and what she gave."""
    async with db.read() as session:
        hers = [badge.code for badge in await badges.of(session, member_id)]
        return hers, sorted(one.points for one in await donations.of_member(session, member_id, None, 50))


async def test_gifts_and_badge_follow_the_account_and_come_back_with_it() -> None:
    ann, bob = [await a_member(name, points=500) for name in ("ann", "bob")]
    project = await a_project()
    await gives(ann, project, 30)
    await become_one(ann, bob)
    assert await has(bob) == (["DONOR"], [30])
    # To her it is no news; her own badge is there all the same, should the two be taken apart.
    assert (await gives(bob, project, 40)).value.badge is None
    assert await has(bob) == (["DONOR"], [30, 40])
    async with db.read() as session:
        share = (await donations.shares(session, bob, [project.id]))[project.id]
    assert (share.points, share.donations) == (70, 2)
    await come_apart(ann)
    assert (await has(ann), await has(bob)) == ((["DONOR"], [30]), (["DONOR"], [40]))
    await counted(project)


async def test_what_waits_is_counted_and_told_to_whom_it_is_now() -> None:
    ann, bob = [await a_member(name, points=500) for name in ("ann", "bob")]
    project = await a_project()
    await gives(ann, project, 30)
    await become_one(ann, bob)
    while await worker.react_to_waiting():
        pass
    assert (await totals(project)).points == 30
    async with db.read() as session:
        assert await families.survivor(session, ann) == bob


async def test_a_gift_of_a_merged_account_can_be_reversed() -> None:
    ann, bob = [await a_member(name, points=500) for name in ("ann", "bob")]
    project = await a_project()
    given = (await gives(ann, project, 30)).value.donation
    await become_one(ann, bob)
    said: dict[str, Any] = {"reason": "a slip", "actor": "operator:olga"}
    await db.transact(reversing.reverse_donation, key=ids.new(), donation_id=given.id, **said)
    assert (await balance(bob), await has(bob)) == ((1000, 0), ([], [30]))


async def test_who_leaves_loses_her_desk_and_what_she_gave_stays_counted() -> None:
    charity = await a_charity()
    asked: dict[str, Any] = {"charity_id": charity.id, "phone": "+8613900000001", "actor": "operator:olga"}
    staff = (await db.transact(charities.add_staff, **asked)).value.member_id
    ann, project = await a_member("ann", points=100), await a_project()
    await gives(ann, project, 30)
    for member_id in (ann, staff):
        await db.transact(erasing.erase_member, member_id=member_id, actor="operator:olga", reason="asked")
    async with db.read() as session:
        assert await session.get(CharityStaff, staff) is None
        assert await charities.of_staff(session, staff) is None
    assert ((await counted(project)).points, (await totals(project)).donors) == (30, 1)


async def test_her_export_has_her_gifts_her_badge_and_her_desk() -> None:
    ann, project = await a_member("ann", points=100), await a_project()
    bob = await a_member("bob", points=100)
    for member_id, points in ((ann, 30), (bob, 40)):
        await gives(member_id, project, points, campaign="spring")
    document = orjson.loads(b"".join([piece async for piece in exporting.export(ann)]))
    assert [(one["points"], one["campaign"]) for one in document["donations"]] == [(30, "spring")]
    assert [one["code"] for one in document["badges"]] == ["DONOR"]
    assert document["charityDesks"] == []
    assert str(bob) not in orjson.dumps(document).decode()
