"""Opening and closing in time, exactly once: whoever has the auction's lock does it, and whoever comes second sees it.

A winner whose account is frozen moves nothing: the auction stays as it is, over but not closed, with her hold in
place, and closing is tried again until she is thawed. Should her hold lapse meanwhile, the auction ends unsold.
"""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions import finding, releasing, reserving, standing
from backend.auctions.facts import AuctionWon, StandingChanged
from backend.auctions.models import RUNNING, Auction, AuctionState
from backend.kit import clock
from backend.kit.outbox import announce
from backend.ledger import posting, reserving as ledger
from backend.ledger.book import Book
from backend.rewards import catalogue, prizes
from backend.rewards.models import RedemptionOrigin


async def move_on(session: AsyncSession, *, auction_id: UUID) -> bool:
    """Open or close an auction whose time has come; whether it did. Somebody else at it: nothing happens here."""
    due = select(Auction).where(Auction.id == auction_id).with_for_update(skip_locked=True)
    auction = (await session.exec(due, execution_options={"populate_existing": True})).first()
    moment = clock.now()
    if auction is None or auction.state not in RUNNING:
        return False
    if auction.state == AuctionState.SCHEDULED and moment >= auction.opens_at:
        return _changed(session, auction, AuctionState.OPEN)
    if auction.state == AuctionState.OPEN and moment >= auction.ends_at:
        return await _close(session, auction)
    return False


async def _close(session: AsyncSession, auction: Auction) -> bool:
    if auction.leader_id is None:
        return await unsold(session, auction)
    leader = (await finding.bidders(session, auction.id, [auction.leader_id]))[auction.leader_id]
    book = await posting.open_book(session, leader.member_id, hold_ids=reserving.hold_ids(leader))
    if book.account.frozen_at is not None:
        return False
    held = book.holds.get(leader.hold_id) if leader.hold_id else None
    if not auction.reserve_met or held is None or not held.stands(clock.now()):
        releasing.release(book, leader, auction, AuctionState.UNSOLD)
        await posting.write(session, [book])
        return await unsold(session, auction)
    name = name_of(auction)
    ledger.capture(book, held, points=auction.price, **reserving.said(auction, name, "AUCTION_WON"))
    leader.hold_id = None
    await sell(session, auction, book, name)
    return True


async def sell(session: AsyncSession, auction: Auction, book: Book, name: str) -> None:
    """The auction is the leader's: the entry `name` of her open book has paid for it."""
    auction.redemption_id = book.entry_id(name)
    book.tell(
        AuctionWon(
            member_id=book.member_id,
            auction_id=auction.id,
            title=auction.title,
            price=auction.price,
            redemption_id=auction.redemption_id,
        )
    )
    auction.closed_at = clock.now()
    _changed(session, auction, AuctionState.CLOSED)
    reward = await catalogue.find(session, auction.reward_id)
    await posting.write(session, [book])
    await prizes.award(
        session, book, name=name, reward=reward, origin=RedemptionOrigin.AUCTION, won_by=auction.redemption_id
    )


async def unsold(session: AsyncSession, auction: Auction) -> bool:
    """Nobody gets it: the piece that was set aside is on the shelf again."""
    auction.closed_at = clock.now()
    _changed(session, auction, AuctionState.UNSOLD)
    await prizes.put_back(session, auction.sku, 1)
    return True


def name_of(auction: Auction) -> str:
    """The key of the one entry that an auction's winner pays with."""
    return f"auction:{auction.id}"


def _changed(session: AsyncSession, auction: Auction, state: AuctionState) -> bool:
    auction.state, auction.version = state.value, auction.version + 1
    announce(session, StandingChanged(standing=standing.of(auction)))
    return True
