"""What bids do to the books: the leader's maximum is held, and let go as soon as she leads no more.

A frozen account moves nothing. The hold of a leader who is frozen and then outbid waits as it is until she is thawed;
`releasing.release_waiting` lets it go then.
"""

from datetime import timedelta
from uuid import UUID

from backend.auctions.models import Auction, AuctionBidder
from backend.ledger import reserving
from backend.ledger.book import Book, Said
from backend.ledger.models import HoldState

PURPOSE = "AUCTION"
LAPSES_AFTER = timedelta(days=30)
"""So long after an auction's latest end a hold lives, that a late closing still finds it."""


def reserve(book: Book, bidder: AuctionBidder, auction: Auction, bid_id: UUID, points: int) -> None:
    """Hold `points` for her bid. Raises InsufficientPoints, AccountFrozen."""
    held = reserving.hold(
        book,
        points=points,
        lapses_at=auction.latest_end_at + LAPSES_AFTER,
        purpose=PURPOSE,
        **said(auction, f"bid:{bid_id}", "AUCTION_BID", actor="member"),
    )
    bidder.hold_id = held.hold_id


def let_go(book: Book, bidder: AuctionBidder, auction: Auction, code: str) -> int:
    """Give back what is held for her; `code` says why. How many points: 0 where her account is frozen, or none were."""
    if bidder.hold_id is None or book.account.frozen_at is not None:
        return 0
    held = book.holds[bidder.hold_id]
    bidder.hold_id = None
    if held.state != HoldState.OPEN:
        return 0
    reserving.let_go(book, held, **said(auction, f"bid over:{held.hold_id}", code))
    return held.points


def hold_ids(*bidders: AuctionBidder | None) -> list[UUID]:
    """The holds of these, to be loaded with their books."""
    return [bidder.hold_id for bidder in bidders if bidder is not None and bidder.hold_id is not None]


def said(auction: Auction, key: str, code: str, *, actor: str = "programme") -> Said:
    """What is said of any movement for an auction."""
    why = {"code": code, "title": dict(auction.title), "auction": str(auction.id)}
    return Said(key=key, actor=actor, why=why, reference=str(auction.id))
