"""The tables of draws: pools, their rounds with prizes, and what members drew."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class PoolKind(StrEnum):
    """How a pool is shown; both are drawn alike."""

    BLIND_BOX = "BLIND_BOX"
    LOTTERY = "LOTTERY"


class PrizeKind(StrEnum):
    """What a prize is: a reward, points, or a thank-you."""

    REWARD = "REWARD"
    POINTS = "POINTS"
    NOTHING = "NOTHING"


def _moment() -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=True))


class DrawPool(SQLModel, table=True):
    """What is drawn from. Only its budget ever changes; its row is the lock of its list of rounds."""

    __tablename__ = "draw_pool"
    __table_args__ = (CheckConstraint("points > 0 AND budget_minor >= 0 AND weekly_limit > 0", "can_be_drawn_from"),)
    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    kind: str
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    """What one draw costs."""
    weekly_limit: int
    """Draws of one member in one week of the programme."""
    budget_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    """All its rounds together never give away more than this."""
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DrawRound(SQLModel, table=True):
    """A pool for a time. `terms` is what was published, byte for byte: nothing changes it."""

    __tablename__ = "draw_round"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at AND drawn >= 0", "has_a_time"),
        Index("draw_round_number", "pool_id", "number", unique=True),
        Index(
            "draw_round_unrevealed",
            "closes_at",
            "id",
            sqlite_where=text("revealed_at IS NULL"),
            postgresql_where=text("revealed_at IS NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    pool_id: UUID
    number: int
    """From 1, without gaps."""
    terms: str
    """The published terms as JSON text; its SHA-256 is the round's terms hash, which covers the commitment too."""
    commitment: str
    """The SHA-256 of the seed, in hexadecimal."""
    seed_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The seed until it is revealed."""
    seed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The seed since then."""
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    rule: str
    opens_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    closes_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    """At the latest: it closes before when an operator closes it or the last piece is drawn."""
    closed_at: datetime | None = _moment()
    revealed_at: datetime | None = _moment()
    drawn: int = 0
    """How many draws were made: the number of the last one."""
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DrawPrize(SQLModel, table=True):
    """A prize of a round: its place on the list, from 0, and how many are left. Only `left` ever changes."""

    __tablename__ = "draw_prize"
    __table_args__ = (
        CheckConstraint('weight > 0 AND ("left" IS NULL OR ("left" >= 0 AND "left" <= pieces))', "never_overdrawn"),
    )
    round_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)
    kind: str
    name: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    reward_id: UUID | None = None
    points: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """What a prize of points gives."""
    value_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    """What it was worth when the round was published."""
    weight: int = Field(sa_column=Column(BigInteger, nullable=False))
    pieces: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    left: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class Draw(SQLModel, table=True):
    """One go of a member. Never changed, never removed."""

    __tablename__ = "draw"
    __table_args__ = (
        Index("draw_by_id", "id", unique=True),
        Index("draw_in_order", "round_id", "number", unique=True),
        Index("draw_newest", "member_id", "drawn_at", "id"),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Made on her phone."""
    round_id: UUID
    number: int
    """Its place in the round, from 1, without gaps: the order in which the prizes went."""
    fell_on: int
    """The place its number fell on."""
    given: int
    """The place of what she got."""
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    """What she paid."""
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The HMAC under the round's seed."""
    entry_id: UUID
    """The burn that paid for it."""
    redemption_id: UUID | None = None
    """The reward, as the redemption it is."""
    earned_id: UUID | None = None
    """The entry that gave points."""
    drawn_at: datetime = Field(sa_column=Column(Moment, nullable=False))
