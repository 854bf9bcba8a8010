"""What auctions tell everybody who watches, and those who bid."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.auctions.standing import Standing
from backend.kit.outbox import Fact
from backend.ledger.facts import MemberFact

STREAMS = "auction:"
"""What the name of every auction's stream begins with."""


def stream_of(auction_id: UUID) -> str:
    """The name of an auction's own stream of facts."""
    return f"{STREAMS}{auction_id}"


@dataclass(frozen=True, kw_only=True)
class StandingChanged(Fact):
    """An auction stands differently: opened, bid on, closed or cancelled. The higher version is the later one."""

    standing: Standing

    def stream(self) -> str:
        """The auction's own."""
        return stream_of(self.standing.auction_id)


@dataclass(frozen=True, kw_only=True)
class Outbid(MemberFact):
    """Somebody bid more: the `released` points she had reserved are hers again (0: once her account is thawed)."""

    auction_id: UUID
    title: Mapping[str, str]
    price: int
    minimum_bid: int
    released: int


@dataclass(frozen=True, kw_only=True)
class AuctionWon(MemberFact):
    """The auction is hers for `price`, which was burned."""

    auction_id: UUID
    title: Mapping[str, str]
    price: int
    redemption_id: UUID


@dataclass(frozen=True, kw_only=True)
class BidReleased(MemberFact):
    """She led when the auction was cancelled, ended unsold or was bought at once; what she had reserved is hers."""

    auction_id: UUID
    title: Mapping[str, str]
    state: str
    released: int
