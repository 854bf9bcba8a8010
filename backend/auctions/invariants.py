"""What must always hold of auctions, recomputed from the rows and from the books' own holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions.finding import AUCTION, BID, BIDDER
from backend.auctions.models import RUNNING, AuctionState
from backend.auctions.reserving import PURPOSE
from backend.kit import promises
from backend.kit.columns import table_of
from backend.ledger.models import Account, Entry, EntryKind, Hold, HoldState
from backend.rewards.models import Redemption

ACCOUNT, ENTRY, HOLD, REDEMPTION = table_of(Account), table_of(Entry), table_of(Hold), table_of(Redemption)
LEADS = and_(AUCTION.c.leader_id == BIDDER.c.member_id, AUCTION.c.state.in_(RUNNING))
SOLD = AUCTION.c.state == AuctionState.CLOSED.value
OPEN_HOLD = and_(HOLD.c.state == HoldState.OPEN.value, HOLD.c.purpose == PURPOSE)


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return await promises.broken(session, _promises)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("auction {}: its leader's maximum is {}, her hold reserves {}", _leaders_hold_something_else()),
        ("auction {}: member {} holds points and does not lead", _others_hold()),
        ("hold {} of member {} is for no auction", _stray_holds()),
        ("auction {}: {} bids, the row says {}", _miscounted()),
        ("auction {}: member {} bid {}, the leader's maximum is {}", _higher_than_the_leader()),
        ("auction {}: sold for {}, which its winner did not pay exactly once", _unpaid()),
        ("auction {}: {} and {} redemptions of it", _wrongly_awarded()),
    )


def _of_hold() -> Any:
    return and_(HOLD.c.member_id == BIDDER.c.member_id, HOLD.c.hold_id == BIDDER.c.hold_id, OPEN_HOLD)


def _leaders_hold_something_else() -> Select[Any]:
    held = func.coalesce(HOLD.c.points, 0)
    bidders = AUCTION.join(BIDDER, BIDDER.c.auction_id == AUCTION.c.id).outerjoin(HOLD, _of_hold())
    return select(AUCTION.c.id, BIDDER.c.maximum, held).select_from(bidders).where(LEADS, held != BIDDER.c.maximum)


def _others_hold() -> Select[Any]:
    # One who was frozen when she was outbid keeps her hold until she is thawed and the schedule has been round.
    freezes = and_(
        ENTRY.c.member_id == BIDDER.c.member_id,
        ENTRY.c.kind == EntryKind.FREEZE.value,
        ENTRY.c.created_at >= AUCTION.c.created_at,
    )
    never_frozen = ~select(ENTRY.c.entry_id).where(freezes).exists()
    bidders = AUCTION.join(BIDDER, BIDDER.c.auction_id == AUCTION.c.id).join(HOLD, _of_hold())
    return select(AUCTION.c.id, BIDDER.c.member_id).select_from(bidders).where(~LEADS, never_frozen)


def _stray_holds() -> Select[Any]:
    known = and_(BIDDER.c.member_id == HOLD.c.member_id, BIDDER.c.hold_id == HOLD.c.hold_id)
    holds = HOLD.outerjoin(BIDDER, known)
    return select(HOLD.c.hold_id, HOLD.c.member_id).select_from(holds).where(OPEN_HOLD, BIDDER.c.hold_id.is_(None))


def _miscounted() -> Select[Any]:
    counted = func.count(BID.c.id)
    return (
        select(AUCTION.c.id, counted, AUCTION.c.bid_count)
        .select_from(AUCTION.outerjoin(BID, BID.c.auction_id == AUCTION.c.id))
        .group_by(AUCTION.c.id, AUCTION.c.bid_count)
        .having(counted != AUCTION.c.bid_count)
    )


def _higher_than_the_leader() -> Select[Any]:
    leader = BIDDER.alias("leader")
    hers = and_(leader.c.auction_id == AUCTION.c.id, leader.c.member_id == AUCTION.c.leader_id)
    rows = AUCTION.join(BID, BID.c.auction_id == AUCTION.c.id).outerjoin(leader, hers)
    higher = or_(leader.c.maximum.is_(None), BID.c.maximum > leader.c.maximum)
    # Whoever buys at once pays less than a maximum below the reserve might come to.
    return select(AUCTION.c.id, BID.c.member_id, BID.c.maximum, leader.c.maximum).select_from(rows).where(higher, ~SOLD)


def _unpaid() -> Select[Any]:
    paid = and_(
        ENTRY.c.member_id == AUCTION.c.leader_id,
        ENTRY.c.entry_id == AUCTION.c.redemption_id,
        ENTRY.c.kind.in_([EntryKind.CAPTURE.value, EntryKind.BURN.value]),
        ENTRY.c.points == -AUCTION.c.price,
    )
    return (
        select(AUCTION.c.id, AUCTION.c.price)
        .select_from(AUCTION.outerjoin(ENTRY, paid))
        .where(SOLD, ENTRY.c.entry_id.is_(None))
    )


def _wrongly_awarded() -> Select[Any]:
    given = func.count(REDEMPTION.c.id)
    hers = and_(REDEMPTION.c.id == AUCTION.c.redemption_id, REDEMPTION.c.sku == AUCTION.c.sku)
    return (
        select(AUCTION.c.id, AUCTION.c.state, given)
        .select_from(AUCTION.outerjoin(REDEMPTION, hers))
        .group_by(AUCTION.c.id, AUCTION.c.state)
        .having(or_(and_(SOLD, given != 1), and_(~SOLD, given != 0)))
    )
