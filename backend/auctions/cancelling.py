"""Cancelling an auction: nobody gets it, and everything is given back."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import entering, finding, releasing, reserving, standing
from backend.auctions.facts import StandingChanged
from backend.auctions.models import RUNNING, Auction, AuctionState
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.outbox import announce
from backend.ledger import posting
from backend.rewards import prizes

REASON_CHARACTERS_MAX = 500


async def cancel_auction(session: AsyncSession, *, key: UUID, auction_id: UUID, reason: str) -> Done[Auction]:
    """End an auction that is not closed yet without a winner; the leader's points are hers again, unless she is frozen.

    Then they wait for her thaw. The same key again changes nothing. Raises NotFound, InvalidInput, AuctionOver.
    """
    auction = await finding.locked(session, auction_id)
    if auction.cancel_key == key:
        return Done(auction, replayed=True)
    if not 0 < len(reason.strip()) <= REASON_CHARACTERS_MAX:
        raise InvalidInput("reason", f"Say why in 1 to {REASON_CHARACTERS_MAX} characters.")
    if auction.state not in RUNNING:
        raise entering.AuctionOver
    auction.cancel_key, auction.reason, auction.closed_at = key, reason.strip(), clock.now()
    auction.state, auction.version = AuctionState.CANCELLED.value, auction.version + 1
    if auction.leader_id is not None:
        leader = (await finding.bidders(session, auction.id, [auction.leader_id]))[auction.leader_id]
        book = await posting.open_book(session, leader.member_id, hold_ids=reserving.hold_ids(leader))
        releasing.release(book, leader, auction, AuctionState.CANCELLED)
        await posting.write(session, [book])
    announce(session, StandingChanged(standing=standing.of(auction)))
    await prizes.put_back(session, auction.sku, 1)
    return Done(auction)
