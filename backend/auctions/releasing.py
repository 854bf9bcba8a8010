"""Giving back what was reserved for an auction that is not hers any more."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import finding, reserving
from backend.auctions.facts import BidReleased
from backend.auctions.finding import AUCTION, BIDDER
from backend.auctions.models import RUNNING, Auction, AuctionBidder, AuctionState
from backend.kit.columns import table_of
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.models import Account

ACCOUNT = table_of(Account)
WAITING_MAX = 100
CODES = {
    AuctionState.CLOSED: "AUCTION_LOST",
    AuctionState.UNSOLD: "AUCTION_UNSOLD",
    AuctionState.CANCELLED: "AUCTION_CANCELLED",
}


def release(book: Book, bidder: AuctionBidder, auction: Auction, state: AuctionState) -> None:
    """She leads no more, for the auction ends in `state`: her points are hers again, and she is told."""
    released = reserving.let_go(book, bidder, auction, CODES[state])
    named: Any = {"member_id": book.member_id, "auction_id": auction.id, "title": auction.title}
    book.tell(BidReleased(**named, state=state.value, released=released))


async def waiting(session: AsyncSession) -> Sequence[Any]:
    """Up to WAITING_MAX bidders who do not lead and still hold points: they were frozen then and are not now."""
    leads = (AUCTION.c.leader_id == BIDDER.c.member_id) & AUCTION.c.state.in_(RUNNING)
    bidders = BIDDER.join(AUCTION, AUCTION.c.id == BIDDER.c.auction_id)
    query = (
        select(BIDDER.c.auction_id, BIDDER.c.member_id)
        .select_from(bidders.join(ACCOUNT, ACCOUNT.c.member_id == BIDDER.c.member_id))
        .where(BIDDER.c.hold_id.is_not(None), ~leads, ACCOUNT.c.frozen_at.is_(None))
        .order_by(BIDDER.c.auction_id, BIDDER.c.member_id)
        .limit(WAITING_MAX)
    )
    return (await (await session.connection()).execute(query)).all()


async def release_waiting(session: AsyncSession, *, auction_id: UUID, member_id: UUID) -> bool:
    """Let go what waited for her account to be thawed; whether anything did."""
    auction = await finding.locked(session, auction_id)
    bidder = (await finding.bidders(session, auction_id, [member_id])).get(member_id)
    if bidder is None or bidder.hold_id is None or _leads(auction, member_id):
        return False
    book = await posting.open_book(session, member_id, hold_ids=reserving.hold_ids(bidder))
    code = "AUCTION_OUTBID" if auction.state in RUNNING else CODES[AuctionState(auction.state)]
    reserving.let_go(book, bidder, auction, code)
    await posting.write(session, [book])
    return bidder.hold_id is None


def _leads(auction: Auction, member_id: UUID) -> bool:
    return auction.leader_id == member_id and auction.state in RUNNING
