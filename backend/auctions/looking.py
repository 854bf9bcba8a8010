"""How an auction stands, for the audit: locked as its verbs lock it, and without anybody's maximum."""

from uuid import UUID

from backend.auctions.finding import AUCTION
from backend.kit import audit


def at_auction(auction_id: UUID) -> audit.Subject:
    """An auction's row: all of it is public, but who leads and the reserve."""
    return audit.Subject("Auction", str(auction_id), audit.row(AUCTION, AUCTION.c.id == auction_id))
