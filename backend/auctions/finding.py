"""Finding auctions: one, locked or not, page by page, its ladder, and a member's own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, or_, select as select_columns, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions.models import Auction, AuctionBid, AuctionBidder, AuctionState
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.members import families

AUCTION, BIDDER, BID = table_of(Auction), table_of(AuctionBidder), table_of(AuctionBid)
LADDER_MAX = 50
DUE_MAX = 100
Place = tuple[datetime, UUID]


async def locked(session: AsyncSession, auction_id: UUID) -> Auction:
    """The auction as it stands, and until the commit nobody else changes it. Raises NotFound."""
    found = await session.get(Auction, auction_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def bidders(session: AsyncSession, auction_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, AuctionBidder]:
    """Those of the members who bid in it. Asked under the auction's lock."""
    hers = col(AuctionBidder.member_id).in_(member_ids)
    query = select(AuctionBidder).where(AuctionBidder.auction_id == auction_id, hers)
    rows = await session.exec(query, execution_options={"populate_existing": True})
    return {row.member_id: row for row in rows}


async def soonest(
    session: AsyncSession, states: Collection[AuctionState], after: Place | None, count: int
) -> Sequence[Auction]:
    """Auctions in one of the states, the first to end first."""
    ends, which = AUCTION.c.ends_at, AUCTION.c.id
    query = select(Auction).where(AUCTION.c.state.in_([state.value for state in states]))
    if after is not None:
        query = query.where(tuple_(ends, which) > _place(after, ends, which))
    return (await session.exec(query.order_by(ends, which).limit(count))).all()


async def latest(
    session: AsyncSession, states: Collection[AuctionState], after: Place | None, count: int
) -> Sequence[Auction]:
    """Auctions in one of the states, the last to have ended first."""
    ends, which = AUCTION.c.ends_at, AUCTION.c.id
    query = select(Auction).where(AUCTION.c.state.in_([state.value for state in states]))
    if after is not None:
        query = query.where(tuple_(ends, which) < _place(after, ends, which))
    return (await session.exec(query.order_by(ends.desc(), which.desc()).limit(count))).all()


async def of_member(
    session: AsyncSession, member_id: UUID, after: Place | None, count: int
) -> Sequence[tuple[datetime, Auction]]:
    """The auctions she bid on, the last she bid on first, with when that was."""
    part_ids = await families.part_ids(session, member_id)
    last = func.max(BIDDER.c.last_bid_at).label("last")
    mine = (
        select_columns(BIDDER.c.auction_id, last).where(BIDDER.c.member_id.in_(part_ids)).group_by(BIDDER.c.auction_id)
    ).subquery()
    query = select(mine.c.last, Auction).join(mine, mine.c.auction_id == AUCTION.c.id)
    if after is not None:
        query = query.where(tuple_(mine.c.last, AUCTION.c.id) < _place(after, BIDDER.c.last_bid_at, AUCTION.c.id))
    return (await session.exec(query.order_by(mine.c.last.desc(), AUCTION.c.id.desc()).limit(count))).all()


async def ladder(session: AsyncSession, auction_id: UUID, count: int) -> Sequence[Any]:
    """The newest bids of an auction with their bidders' aliases, newest first."""
    hers = (BIDDER.c.auction_id == BID.c.auction_id) & (BIDDER.c.member_id == BID.c.member_id)
    query = (
        select_columns(BID.c.id, BID.c.member_id, BID.c.price, BID.c.placed_at, BIDDER.c.alias)
        .select_from(BID.join(BIDDER, hers))
        .where(BID.c.auction_id == auction_id)
        .order_by(BID.c.version.desc())
        .limit(min(count, LADDER_MAX))
    )
    return (await (await session.connection()).execute(query)).all()


async def due(session: AsyncSession, moment: datetime, after: Place | None) -> Sequence[Any]:
    """Up to DUE_MAX auctions that have to open or to close, beyond `after`, the first to end first."""
    ready = or_(
        (AUCTION.c.state == AuctionState.SCHEDULED.value) & (AUCTION.c.opens_at <= moment),
        (AUCTION.c.state == AuctionState.OPEN.value) & (AUCTION.c.ends_at <= moment),
    )
    query = select_columns(AUCTION.c.id, AUCTION.c.ends_at).where(ready)
    if after is not None:
        query = query.where(tuple_(AUCTION.c.ends_at, AUCTION.c.id) > _place(after, AUCTION.c.ends_at, AUCTION.c.id))
    query = query.order_by(AUCTION.c.ends_at, AUCTION.c.id).limit(DUE_MAX)
    return (await (await session.connection()).execute(query)).all()


def _place(after: Place, moment: Any, which: Any) -> Any:
    return tuple_(literal(after[0], moment.type), literal(after[1], which.type))
