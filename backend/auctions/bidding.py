"""Placing a bid: the higher maximum leads and is held, the one it beats gets its points back, in one act."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import entering, finding, pricing, reserving, standing
from backend.auctions.facts import Outbid, StandingChanged
from backend.auctions.models import Auction, AuctionBid, AuctionBidder
from backend.auctions.pricing import Result
from backend.kit import clock, ids
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.kit.outbox import announce
from backend.ledger import chain, posting
from backend.ledger.book import Book
from backend.ledger.posting import InsufficientPoints

WORTH_MOVING = 10
"""The end is moved when that gains at least so much, a tenth, of the soft close."""


class BidTooLow(Refused):
    """Bid a little more: at least the price and one step, or more than your own maximum."""

    def __init__(self, minimum: int) -> None:
        super().__init__()
        self.minimum = minimum


class BidOverCap(Refused):
    """In this auction nobody may bid that much."""

    def __init__(self, cap: int) -> None:
        super().__init__()
        self.cap = cap


async def place_bid(
    session: AsyncSession, *, key: UUID, auction_id: UUID, member_id: UUID, maximum: int
) -> Done[AuctionBid]:
    """Bid up to `maximum` points; the price is what `pricing` says. The same key returns the first bid.

    Leading, she holds all of her maximum; if not, nothing of hers is held, though she must have it. Raises NotFound,
    KeyReused, AuctionNotOpen, AuctionOver, NotEnrolled, BidOverCap, BidTooLow, AccountFrozen, InsufficientPoints.
    """
    auction = await finding.locked(session, auction_id)
    bid_id, request = ids.derived(member_id, f"bid:{key}"), {"auction": str(auction_id), "maximum": maximum}
    if (earlier := await entering.earlier(session, member_id, bid_id, request)) is not None:
        return Done(earlier, replayed=True)
    entering.must_be_open(auction)
    _must_be_enough(auction, member_id, maximum)
    bidder, leader = await entering.bidder_and_leader(session, auction, member_id)
    if bidder is leader and maximum <= bidder.maximum:
        raise BidTooLow(bidder.maximum + 1)
    holds = reserving.hold_ids(bidder, leader)
    books = await posting.open_books(session, _members(bidder, leader), hold_ids=holds)
    result = _result(auction, bidder, leader, maximum)
    released = _move_points(books, auction, bidder, leader, (bid_id, maximum, result))
    if result.price != auction.price or (result.leads and leader is not bidder):
        _keep_open(auction)
    bid = made(auction, bidder, bid_id, maximum=maximum, result=result, request_hash=chain.digest(request))
    session.add_all([bid, bidder])
    if leader is not None and result.leads and leader is not bidder:
        books[leader.member_id].tell(_outbid(auction, leader, released))
    await posting.write(session, books.values())
    announce(session, StandingChanged(standing=standing.of(auction)))
    return Done(bid)


def made(
    auction: Auction, bidder: AuctionBidder, bid_id: UUID, *, maximum: int, result: Result, request_hash: bytes
) -> AuctionBid:
    """A bid, and the auction and its bidder as they stand after it."""
    moment = clock.now()
    bidder.maximum, bidder.last_bid_at = max(bidder.maximum, maximum), moment
    auction.price, auction.bid_count, auction.version = result.price, auction.bid_count + 1, auction.version + 1
    if result.leads:
        auction.leader_id, auction.leader_alias, auction.leading_bid_id = bidder.member_id, bidder.alias, bid_id
        auction.reserve_met = standing.rules_of(auction).reached(maximum)
    return AuctionBid(
        member_id=bidder.member_id,
        id=bid_id,
        auction_id=auction.id,
        maximum=maximum,
        price=result.price,
        led=result.leads,
        version=auction.version,
        placed_at=moment,
        request_hash=request_hash,
    )


def _members(bidder: AuctionBidder, leader: AuctionBidder | None) -> set[UUID]:
    return {bidder.member_id} if leader is None else {bidder.member_id, leader.member_id}


def _must_be_enough(auction: Auction, member_id: UUID, maximum: int) -> None:
    # Asked before anything else is read: in a rush most bids are overtaken while they wait for the lock.
    if auction.maximum_per_member is not None and maximum > auction.maximum_per_member:
        raise BidOverCap(auction.maximum_per_member)
    minimum = standing.of(auction).minimum_bid
    if maximum < minimum and auction.leader_id != member_id:
        raise BidTooLow(minimum)


def _result(auction: Auction, bidder: AuctionBidder, leader: AuctionBidder | None, maximum: int) -> Result:
    rules = standing.rules_of(auction)
    if leader is None:
        return pricing.alone(rules, maximum)
    if leader is bidder:
        return pricing.raised(rules, auction.price, maximum)
    return pricing.against(rules, auction.price, leader.maximum, maximum)


def _move_points(
    books: Mapping[UUID, Book],
    auction: Auction,
    bidder: AuctionBidder,
    leader: AuctionBidder | None,
    bid: tuple[UUID, int, Result],
) -> int:
    book, (bid_id, maximum, result) = books[bidder.member_id], bid
    if not result.leads:
        book.must_move()
        # A maximum nobody could pay must not drive up what another pays.
        if (missing := maximum - book.burnable()) > 0:
            raise InsufficientPoints(missing)
        return 0
    reserving.let_go(book, bidder, auction, "AUCTION_RAISED")
    released = 0
    if leader is not None and leader is not bidder:
        released = reserving.let_go(books[leader.member_id], leader, auction, "AUCTION_OUTBID")
    reserving.reserve(book, bidder, auction, bid_id, maximum)
    return released


def _keep_open(auction: Auction) -> None:
    soft_close = timedelta(seconds=auction.soft_close_seconds)
    gained = clock.now() + soft_close - auction.ends_at
    # In a rush each bid would move the end by a moment, and all the times it may be moved were gone in a second.
    if gained > timedelta(0) and gained >= soft_close / WORTH_MOVING and auction.extensions < auction.extensions_max:
        auction.ends_at, auction.extensions = auction.ends_at + gained, auction.extensions + 1


def _outbid(auction: Auction, leader: AuctionBidder, released: int) -> Outbid:
    return Outbid(
        member_id=leader.member_id,
        auction_id=auction.id,
        title=auction.title,
        price=auction.price,
        minimum_bid=standing.of(auction).minimum_bid,
        released=released,
    )
