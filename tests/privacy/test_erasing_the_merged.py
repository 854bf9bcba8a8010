"""A person with two accounts that were made one leaves as one person, and is taken away whole."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.console import merging, unmerging
from backend.kit import db
from backend.kit.errors import NotFound
from backend.members import delivery, enrolment, recognising
from backend.members.models import Member
from backend.privacy import erasing
from tests.builders import a_member, a_refund, an_order, balance, take_in
from tests.privacy.test_erasing import AT_HOME, erase, everything_kept, somebody, sound
from tests.privacy.test_exporting import exported
from tests.rewards.builders import a_reward, left_of, redeems

pytestmark = pytest.mark.usefixtures("database")
OTHER_PHONE = "+8613987654321"
OLGA = {"reason": "one person", "actor": "operator:olga"}


async def merge(member_id: UUID, into_id: UUID) -> None:
    await db.transact(merging.merge_members, key=uuid4(), member_id=member_id, into_id=into_id, **OLGA)


async def unmerge(member_id: UUID) -> Any:
    return await db.transact(unmerging.unmerge_members, key=uuid4(), member_id=member_id, **OLGA)


async def two_of_one() -> tuple[UUID, UUID]:
    """The survivor, and the account that became part of hers; both name the person."""
    survivor = await somebody()
    await db.transact(enrolment.register, reference="Mina", phone=OTHER_PHONE)
    other = await a_member("Mina", points=50)
    await db.transact(delivery.save_home, member_id=other, **AT_HOME | {"address": "成都市锦江区春熙路 8 号"})
    await an_order("Mina", 12.0, ref="order-of-minas")
    return survivor, other


@pytest.mark.parametrize("named", ["the survivor", "the other"])
async def test_whichever_is_named_the_whole_person_goes(named: str) -> None:
    survivor, other = await two_of_one()
    cup = await a_reward("CUP", points=5, stock=3)
    await redeems(other, cup)
    await merge(other, survivor)
    async with db.read() as session:
        lost = await erasing.loss(session, survivor)
    assert lost.redemptions == 1
    done = await erase(survivor if named == "the survivor" else other, accepted_points=lost.points)
    assert (done.value.id, done.replayed) == (survivor, False)
    kept = await everything_kept()
    words = ("Wilhelmina", "Mina", "13812345678", "13987654321", "139****4321", "司马相如", "景山前街", "春熙路")
    assert [word for word in words if word in kept] == []
    async with db.read() as session:
        for one in (survivor, other):
            assert (await session.get_one(Member, one)).erased_at is not None
            assert await recognising.find(session, str(one)) is None
    assert [await balance(one) for one in (survivor, other)] == [(0, 0), (0, 0)]
    assert await left_of(cup) == 3
    assert [(await erase(one)).replayed for one in (survivor, other)] == [True, True]
    await sound()


async def test_after_taking_apart_only_the_one_who_asked_goes() -> None:
    survivor, other = await two_of_one()
    await merge(other, survivor)
    await unmerge(other)
    before = await balance(survivor)
    await erase(other)
    kept = await everything_kept()
    assert "Wilhelmina" in kept and "139****4321" not in kept and "春熙路" not in kept
    assert (await balance(survivor), await balance(other)) == (before, (0, 0))
    await sound()


async def test_nobody_erased_is_merged_or_taken_apart() -> None:
    survivor, other = await two_of_one()
    gone, stays = await a_member("Gone", points=1), await a_member("Stays", points=1)
    await erase(gone)
    for pair in ((gone, stays), (stays, gone)):
        with pytest.raises(NotFound):
            await merge(*pair)
    await merge(other, survivor)
    await erase(survivor)
    with pytest.raises(NotFound):
        await unmerge(other)
    await sound()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_erased_and_merged_at_once_is_one_after_the_other(database_url: str) -> None:
    for leaving in (0, 1):
        pair = [await a_member(f"m{leaving}{n}", points=10) for n in range(2)]
        told = await asyncio.gather(
            merge(pair[1], pair[0]), erase(pair[leaving]), merge(pair[1], pair[0]), return_exceptions=True
        )
        bugs = [
            one for one in told if isinstance(one, Exception) and not isinstance(one, NotFound | merging.AlreadyMerged)
        ]
        assert bugs == []
        async with db.read() as session:
            rows = [await session.get_one(Member, one) for one in pair]
        merged = rows[1].merged_into is not None
        assert [row.erased_at is not None for row in rows] == [merged or leaving == 0, merged or leaving == 1]
    await sound()


async def test_she_takes_away_what_is_kept_of_both_with_the_merge_and_the_refunds() -> None:
    survivor, other = await two_of_one()
    await merge(other, survivor)
    await take_in([await a_refund("Mina", "order-of-minas", 3.0, ref="of-the-lid")])
    found = await exported(survivor)
    assert {one["phone"] for one in found["member"]} == {"+8613812345678", OTHER_PHONE}
    assert {one["order_ref"] for one in found["orders"]} == {"order-of-hers", "order-by-phone", "order-of-minas"}
    [merged] = found["merges"]
    assert (merged["member_id"], merged["into_id"]) == (str(other), str(survivor))
    assert merged["unmerged_at"] is None and merged["reason"] == "one person"
    [refund] = found["refunds"]
    assert (refund["refund_ref"], refund["order_ref"], refund["amount_minor"]) == ("of-the-lid", "order-of-minas", 300)
    assert {one["kind"] for one in found["entries"]} >= {"MERGE_OUT", "MERGE_IN", "CLAW_BACK"}
