"""Buying at once: the auction ends with whoever pays its price before the bidding takes that away."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import bidding, closing, entering, finding, releasing, reserving, standing
from backend.auctions.models import AuctionBid, AuctionState
from backend.auctions.pricing import Result
from backend.kit import ids
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import chain, posting
from backend.rewards.redeeming import PriceChanged


class BuyNowGone(Refused):
    """It cannot be bought at once any more: the bidding has begun."""


async def buy_now(
    session: AsyncSession, *, key: UUID, auction_id: UUID, member_id: UUID, expected_points: int | None = None
) -> Done[AuctionBid]:
    """Burn the auction's price at once and close it; who led gets her points back. The same key returns the first one.

    It stands until the first bid, or with a reserve until that is reached (`standing.can_be_bought`).
    `expected_points`: the price she saw. Raises NotFound, KeyReused, AuctionNotOpen, AuctionOver, NotEnrolled,
    BuyNowGone, PriceChanged, AccountFrozen, InsufficientPoints.
    """
    auction = await finding.locked(session, auction_id)
    bid_id, request = ids.derived(member_id, f"buy now:{key}"), {"auction": str(auction_id)}
    if (earlier := await entering.earlier(session, member_id, bid_id, request)) is not None:
        return Done(earlier, replayed=True)
    entering.must_be_open(auction)
    bidder, leader = await entering.bidder_and_leader(session, auction, member_id)
    points = auction.buy_now_points
    if points is None or not standing.can_be_bought(auction):
        raise BuyNowGone
    if expected_points not in (None, points):
        raise PriceChanged(points)
    members = {bidder.member_id, (leader or bidder).member_id}
    books = await posting.open_books(session, members, hold_ids=reserving.hold_ids(bidder, leader))
    book, name = books[member_id], closing.name_of(auction)
    if leader is not None and leader is not bidder:
        releasing.release(books[leader.member_id], leader, auction, AuctionState.CLOSED)
    reserving.let_go(book, bidder, auction, "AUCTION_RAISED")
    result, request_hash = Result(points, leads=True), chain.digest(request)
    bid = bidding.made(auction, bidder, bid_id, maximum=points, result=result, request_hash=request_hash)
    auction.ends_at = bid.placed_at
    session.add_all([bid, bidder])
    posting.burn(book, points=points, **reserving.said(auction, name, "AUCTION_BOUGHT", actor="member"))
    await posting.write(session, [other for other in books.values() if other is not book])
    await closing.sell(session, auction, book, name)
    return Done(bid)
