"""What leaving, merging and an operator's hand do to a bid: nothing of it can be taken from under an auction."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from backend.console import merging, unmerging
from backend.console.merging import PointsUnderWay
from backend.kit import db
from backend.ledger import holding
from backend.ledger.holding import HoldBound
from backend.privacy import erasing
from backend.privacy.erasing import ErasureMustWait
from tests.auctions.builders import an_auction, bids, cancels, price_and_leader, row_of, standing_of, time_passes, two
from tests.auctions.test_on_the_wire import sees
from tests.builders import a_member, balance
from tests.privacy.test_exporting import exported

pytestmark = pytest.mark.usefixtures("database")
AN_HOUR = timedelta(hours=1)


async def leaves(member_id: UUID) -> None:
    await db.transact(erasing.erase_member, member_id=member_id, actor="member", reason="she leaves")


async def become_one(member_id: UUID, into_id: UUID) -> None:
    asked = {"key": uuid4(), "member_id": member_id, "into_id": into_id}
    await db.transact(merging.merge_members, **asked, reason="one person", actor="operator:paula")


async def part(member_id: UUID) -> None:
    asked = {"key": uuid4(), "member_id": member_id}
    await db.transact(unmerging.unmerge_members, **asked, reason="two sisters", actor="operator:paula")


async def test_who_leads_may_leave_when_she_leads_no_more() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    with pytest.raises(ErasureMustWait) as refused:
        await leaves(ann)
    assert refused.value.until == (await standing_of(auction)).ends_at
    await bids(ben, auction, 90)
    await leaves(ann)
    assert await balance(ann) == (0, 0)
    ladder = (await sees(None, auction))["bids"]
    assert [bid["alias"] for bid in ladder] == ["B**", "**"]


async def test_who_has_won_may_leave_and_is_named_no_more() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    await time_passes(AN_HOUR)
    await leaves(ann)
    assert ((await row_of(auction)).leader_alias, (await row_of(auction)).leader_id) == ("**", ann)


async def test_her_bids_are_in_what_she_takes_away_and_nobody_elses() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 47)
    await bids(ben, auction, 93)
    found = await exported(ann)
    assert [(one["maximum"], one["price"]) for one in found["bids"]] == [(47, 10)]
    assert [one["alias"] for one in found["auctions"]] == ["A**"]
    assert {one["maximum"] for one in found["auctions"]} == {47}
    assert {one["member_id"] for one in (*found["bids"], *found["auctions"])} == {str(ann)}


async def test_no_operator_takes_a_hold_from_under_an_auction() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    async with db.read() as session:
        [hold] = await holding.open_holds(session, ann)
    asked = {"key": uuid4(), "member_id": ann, "hold_id": hold.hold_id}
    with pytest.raises(HoldBound):
        await db.transact(holding.let_go_hold, **asked, reason="she asked", actor="operator:olga")
    await cancels(auction)
    assert await balance(ann) == (100, 0)


async def test_an_account_that_leads_becomes_part_of_no_other() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    for one, into in ((ann, ben), (ben, ann)):
        with pytest.raises(PointsUnderWay):
            await become_one(one, into)
    await time_passes(AN_HOUR)
    await become_one(ann, ben)
    assert await balance(ben) == (190, 0)


async def test_bids_follow_into_the_account_they_are_part_of() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    await bids(ben, auction, 60)
    await time_passes(AN_HOUR)
    cora = await a_member("Cora", points=5)
    await become_one(ann, cora)
    mine = (await sees(cora, auction))["mine"]
    assert (mine["maximum"], mine["outcome"]) == (40, "LOST")


async def test_one_who_bid_before_she_was_merged_bids_on_as_the_other() -> None:
    (ann, ben), auction = await two(), await an_auction()
    cora = await a_member("Cora", points=5)
    await bids(ann, auction, 40)
    await bids(ben, auction, 60)
    await become_one(ann, cora)
    await bids(cora, auction, 105)
    assert await price_and_leader(auction) == (70, cora)
    mine = (await sees(cora, auction))["mine"]
    assert (mine["maximum"], mine["held"], mine["leading"]) == (105, 105, True)
    with pytest.raises(PointsUnderWay):
        await part(ann)
    await time_passes(AN_HOUR)
    await part(ann)
    assert (await row_of(auction)).leader_id == cora
