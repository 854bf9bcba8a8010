"""Who may act in an auction, and as whom: what bidding and buying at once have in common."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import finding
from backend.auctions.models import Auction, AuctionBid, AuctionBidder, AuctionState
from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.members import enrolment, nicknames
from backend.members.models import Member


class AuctionNotOpen(Refused):
    """This auction has not begun yet."""

    def __init__(self, opens_at: datetime) -> None:
        super().__init__()
        self.opens_at = opens_at


class AuctionOver(Refused):
    """This auction is over."""


async def earlier(
    session: AsyncSession, member_id: UUID, bid_id: UUID, request: Mapping[str, Any]
) -> AuctionBid | None:
    """The bid that this key made, if it did. Raises KeyReused when it was for something else."""
    bid = await session.get(AuctionBid, (member_id, bid_id))
    if bid is not None and bid.request_hash != chain.digest(request):
        raise KeyReused
    return bid


def must_be_open(auction: Auction) -> None:
    """Asked under the lock: a bid that waited for it beyond the end came too late. Raises AuctionNotOpen, AuctionOver.

    One that comes before anybody has opened an auction whose time has come opens it.
    """
    moment = clock.now()
    if auction.state == AuctionState.SCHEDULED:
        if moment < auction.opens_at:
            raise AuctionNotOpen(auction.opens_at)
        auction.state = AuctionState.OPEN.value
    if auction.state != AuctionState.OPEN or moment >= auction.ends_at:
        raise AuctionOver


async def bidder_and_leader(
    session: AsyncSession, auction: Auction, member_id: UUID
) -> tuple[AuctionBidder, AuctionBidder | None]:
    """Her row in this auction, new or not, and the leader's, which may be the same. Raises NotEnrolled."""
    named = {member_id, auction.leader_id} - {None}
    known = await finding.bidders(session, auction.id, [one for one in named if one is not None])
    bidder = known.get(member_id) or await _new_bidder(session, auction, member_id)
    return bidder, known[auction.leader_id] if auction.leader_id is not None else None


async def _new_bidder(session: AsyncSession, auction: Auction, member_id: UUID) -> AuctionBidder:
    await enrolment.must_be_enrolled(session, member_id)
    alias = nicknames.masked((await session.get_one(Member, member_id)).nickname)
    return AuctionBidder(member_id=member_id, auction_id=auction.id, alias=alias, last_bid_at=clock.now())
