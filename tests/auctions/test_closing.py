"""The end: one winner pays the price, everyone else is whole, and it happens once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import col, select

from backend.auctions import buying_now, closing, creating, entering
from backend.kit import db
from backend.kit.errors import InvalidInput
from backend.ledger.book import KeyReused
from backend.ledger.posting import InsufficientPoints
from backend.rewards.models import Redemption, RedemptionOrigin, RewardKind
from backend.rewards.redeeming import PriceChanged
from backend.rewards.why_not import OutOfStock
from tests.auctions.builders import (
    WORDS,
    an_auction,
    bids,
    buys,
    cancels,
    price_and_leader,
    row_of,
    standing_of,
    thawed,
    time_passes,
    two,
)
from tests.builders import a_member, balance
from tests.rewards.builders import a_reward, frozen, left_of

pytestmark = pytest.mark.usefixtures("database")
AN_HOUR = timedelta(hours=1)


async def prizes_of(member_id: object) -> list[Redemption]:
    async with db.read() as session:
        return list((await session.exec(select(Redemption).where(col(Redemption.member_id) == member_id))).all())


async def test_the_winner_pays_the_price_and_gets_the_piece_and_the_rest_of_her_points() -> None:
    reward = await a_reward("VASE", stock=3)
    (ann, ben), auction = await two(), await an_auction(reward=reward)
    assert await left_of(reward) == 2
    await bids(ann, auction, 40)
    await bids(ben, auction, 90)
    await time_passes(AN_HOUR)
    row = await row_of(auction)
    assert (row.state, row.price, row.leader_id) == ("CLOSED", 50, ben)
    assert (await balance(ann), await balance(ben)) == ((100, 0), (50, 0))
    [prize] = await prizes_of(ben)
    assert (prize.id, prize.sku, prize.points, prize.origin) == (row.redemption_id, "VASE", 0, RedemptionOrigin.AUCTION)
    assert await left_of(reward) == 2


async def test_a_coupon_won_at_auction_gives_its_code_at_once() -> None:
    reward = await a_reward("TICKET", kind=RewardKind.COUPON, codes=2)
    ann, auction = await a_member("Ann", points=100), await an_auction(reward=reward)
    await bids(ann, auction, 40)
    await time_passes(AN_HOUR)
    [prize] = await prizes_of(ann)
    assert (prize.state, prize.code_sealed is not None) == ("FULFILLED", True)


async def test_closing_again_changes_nothing() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    await time_passes(AN_HOUR)
    before = await standing_of(auction)
    assert not await db.transact(closing.move_on, auction_id=auction)
    await time_passes(AN_HOUR)
    assert (await standing_of(auction), await balance(ann)) == (before, (90, 0))


async def test_without_a_bid_the_piece_is_on_the_shelf_again() -> None:
    reward = await a_reward("VASE", stock=1)
    auction = await an_auction(reward=reward)
    assert await left_of(reward) == 0
    await time_passes(AN_HOUR)
    assert ((await standing_of(auction)).state, await left_of(reward)) == ("UNSOLD", 1)


async def test_below_the_reserve_nothing_is_sold() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(reserve_points=80)
    await bids(ann, auction, 70)
    await time_passes(AN_HOUR)
    assert ((await standing_of(auction)).state, await balance(ann)) == ("UNSOLD", (100, 0))


async def test_a_frozen_winner_is_waited_for() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    await frozen(ann)
    await time_passes(AN_HOUR)
    assert ((await standing_of(auction)).state, await balance(ann)) == ("OPEN", (60, 40))
    with pytest.raises(entering.AuctionOver):
        await bids(ben, auction, 90)
    await thawed(ann)
    await time_passes(timedelta(seconds=1))
    assert ((await standing_of(auction)).state, await balance(ann)) == ("CLOSED", (90, 0))


async def test_a_winner_frozen_until_her_hold_lapsed_does_not_get_it() -> None:
    reward = await a_reward("VASE", stock=1)
    ann, auction = await a_member("Ann", points=100), await an_auction(reward=reward)
    await bids(ann, auction, 40)
    await frozen(ann)
    await time_passes(timedelta(days=32))
    await thawed(ann)
    await time_passes(timedelta(seconds=1))
    assert ((await standing_of(auction)).state, await left_of(reward)) == ("UNSOLD", 1)
    assert await balance(ann) == (100, 0)


async def test_an_auction_opens_by_itself() -> None:
    auction = await an_auction(opens_in=AN_HOUR)
    before = await standing_of(auction)
    await time_passes(AN_HOUR)
    after = await standing_of(auction)
    assert (before.state, after.state, after.version) == ("SCHEDULED", "OPEN", before.version + 1)


async def test_cancelling_gives_everything_back_once() -> None:
    reward, once = await a_reward("VASE", stock=1), uuid4()
    ann, auction = await a_member("Ann", points=100), await an_auction(reward=reward)
    await bids(ann, auction, 40)
    assert not (await cancels(auction, key=once)).replayed
    assert (await cancels(auction, key=once)).replayed
    assert (await balance(ann), await left_of(reward)) == ((100, 0), 1)
    with pytest.raises(entering.AuctionOver):
        await cancels(auction)
    with pytest.raises(entering.AuctionOver):
        await bids(ann, auction, 90)
    await time_passes(AN_HOUR)
    assert (await standing_of(auction)).state == "CANCELLED"


async def test_a_frozen_leader_of_a_cancelled_auction_gets_her_points_when_she_is_thawed() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    await frozen(ann)
    await cancels(auction)
    assert await balance(ann) == (60, 40)
    await thawed(ann)
    await time_passes(timedelta(seconds=1))
    assert await balance(ann) == (100, 0)


async def test_a_closed_auction_cannot_be_cancelled() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    await time_passes(AN_HOUR)
    with pytest.raises(entering.AuctionOver):
        await cancels(auction)
    assert await balance(ann) == (90, 0)


async def test_buying_at_once_ends_it() -> None:
    (ann, ben), auction, once = await two(), await an_auction(buy_now_points=70), uuid4()
    done = await buys(ann, auction, key=once, expects=70)
    assert (done.value.price, await balance(ann)) == (70, (30, 0))
    assert (await buys(ann, auction, key=once, expects=70)).replayed
    assert ((await standing_of(auction)).state, len(await prizes_of(ann))) == ("CLOSED", 1)
    with pytest.raises(entering.AuctionOver):
        await buys(ben, auction)
    await time_passes(AN_HOUR)
    assert await price_and_leader(auction) == (70, ann)


async def test_the_first_bid_takes_the_price_at_once_away() -> None:
    (ann, ben), auction = await two(), await an_auction(buy_now_points=70)
    assert (await standing_of(auction)).buy_now_points == 70
    await bids(ann, auction, 40)
    assert (await standing_of(auction)).buy_now_points is None
    with pytest.raises(buying_now.BuyNowGone):
        await buys(ben, auction)


async def test_with_a_reserve_it_can_be_bought_until_that_is_reached() -> None:
    ann, ben = await two(900)
    auction, other = [await an_auction(buy_now_points=700, reserve_points=300) for _ in range(2)]
    await bids(ann, auction, 100)
    await buys(ben, auction)
    assert (await balance(ann), await balance(ben)) == ((900, 0), (200, 0))
    await bids(ann, other, 300)
    with pytest.raises(buying_now.BuyNowGone):
        await buys(ben, other)


async def test_the_leader_may_buy_with_what_she_holds() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(buy_now_points=95, reserve_points=90)
    await bids(ann, auction, 80)
    await buys(ann, auction)
    assert ((await standing_of(auction)).state, await balance(ann)) == ("CLOSED", (5, 0))


async def test_a_purchase_that_is_refused_changes_nothing() -> None:
    ann, auction = await a_member("Ann", points=60), await an_auction(buy_now_points=70)
    with pytest.raises(InsufficientPoints):
        await buys(ann, auction)
    with pytest.raises(PriceChanged):
        await buys(ann, auction, expects=50)
    with pytest.raises(buying_now.BuyNowGone):
        await buys(ann, await an_auction())
    assert ((await standing_of(auction)).state, await balance(ann)) == ("OPEN", (60, 0))


async def test_an_auction_takes_a_piece_and_there_must_be_one() -> None:
    reward = await a_reward("VASE", stock=1)
    await an_auction(reward=reward)
    with pytest.raises(OutOfStock):
        await an_auction(reward=reward)


async def test_an_auction_is_created_once_a_key_and_numbered() -> None:
    reward, once, ends_at = await a_reward("VASE", stock=5), uuid4(), (await row_of(await an_auction())).ends_at
    asked = {"key": once, "reward_id": reward.id, "title": WORDS, "story": WORDS, "ends_at": ends_at}
    first, again = [await db.transact(creating.create_auction, **asked) for _ in range(2)]  # type: ignore[arg-type]
    assert (first.value.number, again.value.number, again.replayed, await left_of(reward)) == (2, 2, True, 4)
    with pytest.raises(KeyReused):
        await db.transact(creating.create_auction, **{**asked, "opening_points": 5})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"ends_in": timedelta(0)}, "endsAt"),
        ({"ends_in": timedelta(days=61)}, "endsAt"),
        ({"opens_in": timedelta(days=500)}, "opensAt"),
        ({"title": {"zh_cn": "", "en": "Vase"}}, "title"),
        ({"opening_points": -1}, "openingPoints"),
        ({"reserve_points": 10}, "reservePoints"),
        ({"buy_now_points": 10}, "buyNowPoints"),
        ({"buy_now_points": 70, "reserve_points": 80}, "buyNowPoints"),
        ({"maximum_per_member": 9}, "maximumPerMember"),
        ({"maximum_per_member": 60, "buy_now_points": 70}, "maximumPerMember"),
        ({"soft_close_seconds": 3601}, "softCloseSeconds"),
        ({"extensions_max": -1}, "extensionsMax"),
        ({"steps": []}, "steps"),
        ({"steps": [{"points": 0}]}, "steps"),
        ({"steps": [{"below": 100, "points": 5}]}, "steps"),
        ({"steps": [{"below": 100, "points": 5}, {"below": 100, "points": 6}, {"points": 7}]}, "steps"),
    ],
)
async def test_an_auction_that_makes_no_sense_is_not_put_up(said: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await an_auction(**said)  # type: ignore[arg-type]
    assert refused.value.field == field
