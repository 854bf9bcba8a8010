"""The tables of auctions. An auction's row is the lock of all that concerns it; take it before any account."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class AuctionState(StrEnum):
    """Where an auction is in its life. Over but still OPEN: nobody has closed it yet, or the winner is frozen."""

    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    UNSOLD = "UNSOLD"
    CANCELLED = "CANCELLED"


HOLDS = text("hold_id IS NOT NULL")
RUNNING = (AuctionState.SCHEDULED.value, AuctionState.OPEN.value)


def _moment(*, nullable: bool = False) -> Any:
    given: Any = {"default": None} if nullable else {}
    return Field(sa_column=Column(Moment, nullable=nullable), **given)


def _points() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False))


def _maybe_points() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


class Auction(SQLModel, table=True):
    """One piece of a reward, and how the bidding for it stands. No maximum is kept here: what is here is public."""

    __tablename__ = "auction"
    __table_args__ = (
        CheckConstraint("price >= 0 AND bid_count >= 0 AND extensions >= 0", "counts"),
        CheckConstraint("(leader_id IS NULL) = (leading_bid_id IS NULL)", "one_leader"),
        Index("auction_due", "state", "ends_at", "id"),
        Index("auction_opening", "state", "opens_at", "id"),
    )
    id: UUID = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    story: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    reward_id: UUID
    sku: str
    state: str
    opens_at: datetime = _moment()
    ends_at: datetime = _moment()
    """As extended."""
    latest_end_at: datetime = _moment()
    """Its end if it is extended as often as it may be."""
    opening_points: int = _points()
    steps: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    reserve_points: int | None = _maybe_points()
    buy_now_points: int | None = _maybe_points()
    maximum_per_member: int | None = _maybe_points()
    soft_close_seconds: int
    extensions_max: int
    extensions: int = 0
    version: int = _points()
    price: int = _points()
    """What it would go for, or went for; before the first bid, where bidding opens."""
    bid_count: int = 0
    reserve_met: bool = True
    leader_id: UUID | None = None
    leader_alias: str | None = None
    leading_bid_id: UUID | None = None
    redemption_id: UUID | None = None
    """What the winner got."""
    created_at: datetime = _moment()
    closed_at: datetime | None = _moment(nullable=True)
    cancel_key: UUID | None = None
    reason: str | None = None
    """Why it was cancelled."""
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuctionBidder(SQLModel, table=True):
    """A member in one auction: her highest maximum, and what is reserved for it. Changed under the auction's lock."""

    __tablename__ = "auction_bidder"
    __table_args__ = (
        Index("auction_bidder_of", "auction_id", "member_id"),
        Index("auction_bidder_newest", "member_id", "last_bid_at", "auction_id"),
        Index("auction_bidder_holding", "hold_id", sqlite_where=HOLDS, postgresql_where=HOLDS),
    )
    member_id: UUID = Field(primary_key=True)
    auction_id: UUID = Field(primary_key=True)
    alias: str
    """What the others see of her name."""
    maximum: int = _points()
    hold_id: UUID | None = None
    """Her open hold: the leader's, or one that waits because her account is frozen."""
    last_bid_at: datetime = _moment()


class AuctionBid(SQLModel, table=True):
    """One bid, never changed; its id is derived from the key the phone made, so that a bid sent twice is one bid."""

    __tablename__ = "auction_bid"
    __table_args__ = (
        CheckConstraint("maximum > 0 AND price > 0 AND (price <= maximum OR NOT led)", "a_price_she_agreed_to"),
        Index("auction_bid_ladder", "auction_id", "version", unique=True),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    auction_id: UUID
    maximum: int = _points()
    price: int = _points()
    """What the auction stood at right after it."""
    led: bool
    """Whether she led right after it."""
    version: int = _points()
    """The version of the standing it led to."""
    placed_at: datetime = _moment()
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
