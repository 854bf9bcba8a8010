"""Many at once about one auction: one winner, her hold her maximum at every instant, and everybody else whole."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.auctions import bidding, closing, entering, pricing, standing
from backend.auctions.models import AuctionBid
from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger.models import Account
from tests.auctions.builders import an_auction, bids, buys, cancels, price_and_leader, row_of, two
from tests.auctions.crowd import a_crowd, outcomes, total_points, watched, who_holds
from tests.builders import a_member, balance
from tests.rewards.builders import frozen

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
CLIENTS = 500
POINTS = 20_000
LAST_SECONDS = 10.0


async def made(auction_id: UUID) -> Sequence[AuctionBid]:
    """The bids that were taken, in the order in which they were."""
    async with db.read() as session:
        query = select(AuctionBid).where(col(AuctionBid.auction_id) == auction_id).order_by(col(AuctionBid.version))
        return (await session.exec(query)).all()


async def told_again(auction_id: UUID) -> tuple[int, UUID]:
    """Price and leader as the bare rules have them, from the bids that were taken."""
    rules, (first, *others) = standing.rules_of(await row_of(auction_id)), await made(auction_id)
    price, leader, leading = pricing.alone(rules, first.maximum).price, first.member_id, first.maximum
    for bid in others:
        mine = bid.member_id == leader
        result = (
            pricing.raised(rules, price, bid.maximum) if mine else pricing.against(rules, price, leading, bid.maximum)
        )
        assert (result.price, result.leads) == (bid.price, bid.led)
        price = result.price
        leader, leading = (bid.member_id, bid.maximum) if result.leads else (leader, leading)
    return price, leader


@pytest.mark.timeout(300)
async def test_of_five_hundred_in_the_last_ten_seconds_one_wins_and_all_others_are_whole() -> None:
    crowd, chance = await a_crowd(CLIENTS, points=POINTS), random.Random(7)
    auction = await an_auction(ends_in=timedelta(seconds=LAST_SECONDS))

    async def client(member_id: UUID) -> str:
        await asyncio.sleep(chance.uniform(0, LAST_SECONDS - 1))
        rises = int(100 + POINTS * min(1.0, chance.random() ** 2))
        return str((await bids(member_id, auction, min(rises, POINTS))).value.led)

    async def rush() -> list[Any]:
        return await outcomes(client(member_id) for member_id in crowd)

    told, looks = await watched(auction, rush)
    leads = (await row_of(auction)).ends_at - clock.now()
    await asyncio.sleep(max(0.0, leads.total_seconds()))
    await asyncio.gather(*(schedule.move_auctions_on() for _ in range(2)))
    price, winner = await told_again(auction)
    assert await price_and_leader(auction) == (price, winner)
    assert (await row_of(auction)).state == "CLOSED"
    async with db.read() as session:
        accounts = (await session.exec(select(Account))).all()
    assert {one.member_id: (one.available, one.held) for one in accounts} == {
        one: (POINTS - (price if one == winner else 0), 0) for one in crowd
    }
    said = Counter(one if isinstance(one, str) else type(one).__name__ for one in told)
    assert said.keys() <= {"True", "False", "BidTooLow", "AuctionOver"} and said["True"] > 1 and looks > 20, said


async def test_a_rush_of_maxima_holds_only_the_highest() -> None:
    crowd = await a_crowd(40, points=POINTS)
    auction, chance = await an_auction(), random.Random(3)
    wanted = {member_id: chance.randint(10, POINTS) for member_id in crowd}

    async def rush() -> list[Any]:
        return await outcomes(bids(member_id, auction, maximum) for member_id, maximum in wanted.items())

    _, looks = await watched(auction, rush)
    highest = max(wanted.values())
    held, should = await who_holds(auction)
    assert held == should == {next(one for one, maximum in wanted.items() if maximum == highest): highest}
    assert await price_and_leader(auction) == await told_again(auction) and looks > 3


async def test_without_taking_turns_the_database_alone_keeps_the_order() -> None:
    crowd = await a_crowd(15, points=POINTS)
    auction = await an_auction()

    async def straight(member_id: UUID, maximum: int) -> Done[AuctionBid]:
        asked: dict[str, Any] = {"key": uuid4(), "auction_id": auction, "member_id": member_id}
        return await db.transact(bidding.place_bid, **asked, maximum=maximum)

    _, _ = await watched(auction, lambda: outcomes(straight(one, 1000 + 7 * n) for n, one in enumerate(crowd)))
    assert await price_and_leader(auction) == await told_again(auction)


async def test_bidders_in_several_auctions_at_once_do_not_wait_in_a_ring() -> None:
    crowd = await a_crowd(6, points=POINTS)
    auctions = [await an_auction() for _ in range(3)]
    steps = [(who, where, 100 * n) for n, who in enumerate(crowd * 2, 1) for where in auctions]
    random.Random(5).shuffle(steps)
    before = await total_points()
    told = await outcomes(bids(who, where, maximum) for who, where, maximum in steps)
    assert sum(isinstance(one, Done) for one in told) >= len(auctions)
    for where in auctions:
        assert await price_and_leader(where) == await told_again(where)
    assert await total_points() == before


async def test_one_bid_sent_ten_times_at_once_is_one_bid() -> None:
    ann, auction, once = await a_member("Ann", points=100), await an_auction(), uuid4()
    told = await outcomes(bids(ann, auction, 40, key=once) for _ in range(10))
    assert Counter(one.replayed for one in told) == {False: 1, True: 9}
    assert ((await row_of(auction)).bid_count, await balance(ann)) == (1, (60, 40))


async def test_two_workers_close_it_once() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    clock.turn(timedelta(hours=1))
    closed = await asyncio.gather(*(db.transact(closing.move_on, auction_id=auction) for _ in range(8)))
    assert Counter(closed) == {True: 1, False: 7}
    assert ((await row_of(auction)).state, await balance(ann)) == ("CLOSED", (90, 0))


async def test_a_worker_that_dies_while_closing_leaves_it_to_the_next() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    clock.turn(timedelta(hours=1))

    class Died(Exception):
        pass

    async def close_and_die(session: AsyncSession) -> None:
        assert await closing.move_on(session, auction_id=auction)
        await session.flush()
        raise Died

    with pytest.raises(Died):
        await db.transact(close_and_die)
    assert ((await row_of(auction)).state, await balance(ann)) == ("OPEN", (60, 40))
    await schedule.move_auctions_on()
    await schedule.move_auctions_on()
    assert ((await row_of(auction)).state, await balance(ann)) == ("CLOSED", (90, 0))


async def test_a_closer_does_not_wait_for_a_bid_and_closes_after_it() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction()
    await bids(ann, auction, 40)
    clock.turn(timedelta(hours=1))
    held, go = asyncio.Event(), asyncio.Event()

    async def linger(session: AsyncSession) -> None:
        await session.get(type(await row_of(auction)), auction, with_for_update=True)
        held.set()
        await go.wait()

    lingering = asyncio.create_task(db.transact(linger))
    await held.wait()
    async with asyncio.timeout(30):
        assert not await db.transact(closing.move_on, auction_id=auction)
    go.set()
    await lingering
    assert await db.transact(closing.move_on, auction_id=auction)


@pytest.mark.parametrize("again", range(3))
async def test_cancelling_against_bids_leaves_nobody_holding(again: int) -> None:
    crowd = await a_crowd(8, points=POINTS)
    auction = await an_auction()
    acts = [*(bids(one, auction, 100 * n) for n, one in enumerate(crowd, 1)), cancels(auction)]
    random.Random(again).shuffle(acts)
    told = await outcomes(acts)
    assert {type(one) for one in told} <= {Done, entering.AuctionOver, bidding.BidTooLow}
    assert ((await row_of(auction)).state, await who_holds(auction)) == ("CANCELLED", ({}, {}))


@pytest.mark.parametrize("again", range(3))
async def test_buying_at_once_against_a_bid_gives_it_to_one_of_them(again: int) -> None:
    (ann, ben), auction = await two(500), await an_auction(buy_now_points=300)
    acts = [bids(ann, auction, 200), buys(ben, auction)]
    random.Random(again).shuffle(acts)
    told = await outcomes(acts)
    assert sum(isinstance(one, Done) for one in told) == 1
    row = await row_of(auction)
    bought = row.state == "CLOSED"
    assert (row.leader_id, row.price) == ((ben, 300) if bought else (ann, 10))
    assert await balance(ben) == ((200, 0) if bought else (500, 0))
    assert await balance(ann) == ((500, 0) if bought else (300, 200))


async def test_of_many_who_buy_at_once_one_does() -> None:
    crowd = await a_crowd(10, points=POINTS)
    auction = await an_auction(buy_now_points=300)
    told = await outcomes(buys(one, auction) for one in crowd)
    assert Counter(type(one) for one in told) == {Done: 1, entering.AuctionOver: 9}
    assert await total_points() == 10 * POINTS - 300


async def test_freezing_against_being_outbid_loses_no_point() -> None:
    (ann, ben), auction = await two(), await an_auction()
    await bids(ann, auction, 40)
    await outcomes([frozen(ann), bids(ben, auction, 80)])
    assert await price_and_leader(auction) == (50, ben)
    assert await balance(ann) in ((100, 0), (60, 40))
    assert await total_points() == 200


async def test_a_bid_that_waits_beyond_the_end_is_too_late() -> None:
    ann, auction = await a_member("Ann", points=100), await an_auction(ends_in=timedelta(seconds=1))
    held, go = asyncio.Event(), asyncio.Event()

    async def linger(session: AsyncSession) -> None:
        await session.get(type(await row_of(auction)), auction, with_for_update=True)
        held.set()
        await go.wait()

    lingering = asyncio.create_task(db.transact(linger))
    await held.wait()
    bid = asyncio.create_task(bids(ann, auction, 40))
    await asyncio.sleep(1.2)
    go.set()
    await lingering
    with pytest.raises(entering.AuctionOver):
        await bid
    assert await balance(ann) == (100, 0)
