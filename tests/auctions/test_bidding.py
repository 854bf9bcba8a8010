"""Bids: who leads, for how much, and whose points are held meanwhile."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from backend.auctions import bidding, entering
from backend.kit import clock
from backend.kit.errors import NotFound, Refused
from backend.ledger.book import AccountFrozen, KeyReused
from backend.ledger.posting import InsufficientPoints
from tests.auctions.builders import an_auction, bids, price_and_leader, standing_of, thawed, time_passes, two
from tests.builders import a_member, balance
from tests.rewards.builders import frozen

pytestmark = pytest.mark.usefixtures("database")


async def test_the_leader_holds_her_maximum_and_the_outbid_gets_hers_back() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    assert await balance(ann) == (60, 40)
    await bids(ben, auction, 60)
    assert (await balance(ann), await balance(ben)) == ((100, 0), (40, 60))
    assert await price_and_leader(auction) == (50, ben)


async def test_a_lone_bidder_leads_for_one_step_where_bidding_opens_at_nothing() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    before = await standing_of(auction)
    assert (before.price, before.minimum_bid, before.leader_alias) == (0, 10, None)
    await bids(ann, auction, 90)
    after = await standing_of(auction)
    assert (after.price, after.minimum_bid, after.leader_alias) == (10, 20, "A**")


async def test_a_lone_bidder_leads_for_the_opening_price() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(opening_points=35)
    await bids(ann, auction, 90)
    assert await price_and_leader(auction) == (35, ann)


async def test_a_lower_maximum_drives_the_price_and_holds_nothing() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 80)
    done = await bids(ben, auction, 33)
    assert (done.value.price, done.value.led) == (43, False)
    assert await price_and_leader(auction) == (43, ann)
    assert (await balance(ann), await balance(ben)) == ((20, 80), (100, 0))


async def test_the_price_is_never_more_than_the_leader_would_pay() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 80)
    await bids(ben, auction, 84)
    assert await price_and_leader(auction) == (84, ben)


async def test_of_equal_maxima_the_earlier_leads() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 80)
    await bids(ben, auction, 80)
    assert await price_and_leader(auction) == (80, ann)
    assert await balance(ben) == (100, 0)


async def test_raising_ones_own_maximum_holds_more_and_leaves_the_price() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 50)
    await bids(ben, auction, 20)
    await bids(ann, auction, 90)
    assert await price_and_leader(auction) == (30, ann)
    assert await balance(ann) == (10, 90)


async def test_a_reserve_is_the_price_once_a_maximum_reaches_it() -> None:
    ann, ben = await two(900)
    auction = await an_auction(reserve_points=300)
    await bids(ann, auction, 100)
    assert ((await standing_of(auction)).price, (await standing_of(auction)).reserve_met) == (10, False)
    await bids(ben, auction, 400)
    assert ((await standing_of(auction)).price, (await standing_of(auction)).reserve_met) == (300, True)


async def test_the_leader_who_raises_past_the_reserve_leads_for_it() -> None:
    ann, auction = await a_member("Ann", points=900), await an_auction(reserve_points=300)
    await bids(ann, auction, 100)
    await bids(ann, auction, 350)
    assert await price_and_leader(auction) == (300, ann)


async def test_a_bid_sent_twice_is_one_bid() -> None:
    ann, ben, auction, once = (
        await a_member("Ann", points=100),
        await a_member("Ben", points=100),
        await an_auction(),
        uuid4(),
    )
    first = await bids(ann, auction, 40, key=once)
    again = await bids(ann, auction, 40, key=once)
    assert (first.replayed, again.replayed, again.value.id) == (False, True, first.value.id)
    await bids(ben, auction, 60)
    assert (await bids(ann, auction, 40, key=once)).replayed
    assert (await balance(ann), (await standing_of(auction)).bid_count) == ((100, 0), 2)


async def test_a_key_is_not_for_another_bid() -> None:
    ann, auction, other, once = await a_member("Ann", points=100), await an_auction(), await an_auction(), uuid4()
    await bids(ann, auction, 40, key=once)
    for where, maximum in ((auction, 50), (other, 40)):
        with pytest.raises(KeyReused):
            await bids(ann, where, maximum, key=once)


@pytest.mark.parametrize(
    ("said", "maximum", "refusal", "told"),
    [
        ({}, 9, bidding.BidTooLow, {"minimum": 10}),
        ({}, -5, bidding.BidTooLow, {"minimum": 10}),
        ({"opening_points": 70}, 69, bidding.BidTooLow, {"minimum": 70}),
        ({}, 101, InsufficientPoints, {"missing": 1}),
        ({"maximum_per_member": 60}, 61, bidding.BidOverCap, {"cap": 60}),
        ({"ends_in": timedelta(seconds=1)}, 40, entering.AuctionOver, {}),
    ],
)
async def test_a_refused_bid_changes_nothing(
    said: dict[str, object], maximum: int, refusal: type[Refused], told: dict[str, object]
) -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(**said)  # type: ignore[arg-type]
    if refusal is entering.AuctionOver:
        await time_passes(timedelta(seconds=1))
    with pytest.raises(refusal) as refused:
        await bids(ann, auction, maximum)
    assert {name: getattr(refused.value, name) for name in told} == told
    assert await balance(ann) == (100, 0)


async def test_a_bid_below_the_leaders_next_step_is_told_the_minimum() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    with pytest.raises(bidding.BidTooLow) as low:
        await bids(ben, auction, 19)
    with pytest.raises(bidding.BidTooLow) as own:
        await bids(ann, auction, 40)
    assert (low.value.minimum, own.value.minimum) == (20, 41)


async def test_nobody_drives_up_a_price_with_points_she_has_not() -> None:
    ann, ben, auction = await a_member("Ann", points=500), await a_member("Ben", points=100), await an_auction()
    await bids(ann, auction, 400)
    with pytest.raises(InsufficientPoints) as refused:
        await bids(ben, auction, 300)
    assert refused.value.missing == 200
    assert await price_and_leader(auction) == (10, ann)


async def test_who_leads_may_bid_again_with_what_she_holds() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 80)
    await bids(ann, auction, 100)
    assert await balance(ann) == (0, 100)


async def test_a_scheduled_auction_takes_bids_from_its_hour_on() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(opens_in=timedelta(minutes=10))
    with pytest.raises(entering.AuctionNotOpen) as refused:
        await bids(ann, auction, 40)
    assert refused.value.opens_at == (await standing_of(auction)).opens_at
    await time_passes(timedelta(minutes=10))
    await bids(ann, auction, 40)
    assert (await standing_of(auction)).state == "OPEN"


async def test_an_auction_nobody_knows_takes_no_bid() -> None:
    ann = await a_member("Ann", points=100)
    with pytest.raises(NotFound):
        await bids(ann, UUID(int=7), 40)


async def test_the_frozen_do_not_bid() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await frozen(ann)
    with pytest.raises(AccountFrozen):
        await bids(ann, auction, 40)
    await bids(ben, auction, 90)
    with pytest.raises(AccountFrozen):
        await bids(ann, auction, 40)


async def test_a_leader_frozen_and_outbid_gets_her_points_when_she_is_thawed() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    await frozen(ann)
    await bids(ben, auction, 60)
    assert await price_and_leader(auction) == (50, ben)
    await time_passes(timedelta(minutes=1))
    assert await balance(ann) == (60, 40)
    await thawed(ann)
    await time_passes(timedelta(minutes=1))
    assert await balance(ann) == (100, 0)


async def test_one_thawed_and_not_yet_released_may_bid_with_all_she_has() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    await frozen(ann)
    await bids(ben, auction, 60)
    await thawed(ann)
    await bids(ann, auction, 95)
    assert await price_and_leader(auction) == (70, ann)
    assert await balance(ann) == (5, 95)


async def test_a_late_bid_moves_the_end_so_often_and_no_oftener() -> None:
    ann, ben = await two(900)
    auction = await an_auction(soft_close_seconds=60, extensions_max=2)
    planned = (await standing_of(auction)).ends_at
    await bids(ann, auction, 100)
    assert (await standing_of(auction)).ends_at == planned
    await time_passes(timedelta(minutes=59, seconds=30))
    for number, (who, maximum) in enumerate(((ben, 200), (ann, 300), (ben, 400)), 1):
        await bids(who, auction, maximum)
        assert (await standing_of(auction)).extensions == min(number, 2)
        await time_passes(timedelta(seconds=20))
    assert timedelta(seconds=45) < (await standing_of(auction)).ends_at - planned < timedelta(seconds=120)


async def test_raising_ones_own_maximum_late_moves_no_end() -> None:
    ann, auction = await a_member("Ann", points=900), await an_auction(soft_close_seconds=60)
    await bids(ann, auction, 100)
    await time_passes(timedelta(minutes=59, seconds=30))
    await bids(ann, auction, 300)
    assert (await standing_of(auction)).extensions == 0


async def test_an_end_nobody_has_seen_to_is_an_end() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(ends_in=timedelta(minutes=1))
    clock.turn(timedelta(minutes=1))
    with pytest.raises(entering.AuctionOver):
        await bids(ann, auction, 40)
    assert (await standing_of(auction)).state == "OPEN"
