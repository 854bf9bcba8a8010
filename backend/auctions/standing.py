"""How an auction stands: the one value that queries, payloads, facts, subscriptions and phones all carry."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.auctions.models import Auction
from backend.auctions.pricing import Rules
from backend.programme.auctions import Step


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Of two standings of an auction, the one with the higher version is the later one."""

    auction_id: UUID
    version: int
    state: str
    price: int
    leader_alias: str | None
    bid_count: int
    minimum_bid: int
    step: int
    opens_at: datetime
    ends_at: datetime
    extensions: int
    reserve_met: bool
    buy_now_points: int | None


def of(auction: Auction) -> Standing:
    """How it stands now."""
    rules = rules_of(auction)
    step = rules.step(auction.price)
    copied = {field.name: getattr(auction, field.name) for field in fields(Standing) if hasattr(auction, field.name)}
    own = {
        "auction_id": auction.id,
        "minimum_bid": auction.price + step if auction.leader_id else rules.first(),
        "step": step,
        "buy_now_points": auction.buy_now_points if can_be_bought(auction) else None,
    }
    return Standing(**copied | own)


def heard(body: Mapping[str, Any]) -> Standing:
    """The standing that a fact carried over the wire."""
    moments = {name: datetime.fromisoformat(body[name]) for name in ("opens_at", "ends_at")}
    return Standing(**{**body, **moments, "auction_id": UUID(body["auction_id"])})


def rules_of(auction: Auction) -> Rules:
    """What its operator decided about the price."""
    steps = [Step.model_validate(step) for step in auction.steps]
    return Rules(auction.opening_points, steps, auction.reserve_points)


def can_be_bought(auction: Auction) -> bool:
    """Whether its price at once still stands: until the first bid, or with a reserve until that is reached.

    As eBay does it. What it takes besides, an auction that is open, its verb asks.
    """
    if auction.buy_now_points is None:
        return False
    return auction.leader_id is None or (auction.reserve_points is not None and not auction.reserve_met)
