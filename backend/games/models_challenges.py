"""The tables of challenges: what operators offer, and what members staked on it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment

RUNNING = text("state = 'RUNNING'")


class ChallengeKind(StrEnum):
    """What is counted: paid orders, money spent in minor units, days checked in, or points given to projects."""

    ORDERS = "ORDERS"
    SPEND = "SPEND"
    CHECK_INS = "CHECK_INS"
    DONATIONS = "DONATIONS"


class StakeState(StrEnum):
    """RUNNING holds the stake. WON gave it back with the bonus, LOST captured it, CANCELLED gave it back alone."""

    RUNNING = "RUNNING"
    WON = "WON"
    LOST = "LOST"
    CANCELLED = "CANCELLED"


def _points() -> Any:
    return Field(sa_column=Column(BigInteger, nullable=False))


def _maybe_points() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def _moment() -> Any:
    return Field(sa_column=Column(Moment, nullable=False))


def _maybe_moment() -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=True))


class Challenge(SQLModel, table=True):
    """What an operator offers. Nothing of it changes once it is made, but how much is taken up and its cancelling."""

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("promised >= 0 AND promised <= bonus_budget", "never_promises_more_than_its_budget"),
        CheckConstraint("joined >= 0 AND (places IS NULL OR joined <= places)", "never_more_than_its_places"),
        CheckConstraint("stake_minimum > 0 AND stake_minimum <= stake_maximum", "has_a_stake"),
        Index("challenge_closes", "closes_at", "id"),
    )
    id: UUID = Field(primary_key=True)
    kind: str
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    story: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    goal: int = _points()
    """Orders, minor units of money, days, or points."""
    days: int
    """So many whole days of the programme after the one it is taken up on, which counts too."""
    stake_minimum: int = _points()
    stake_maximum: int = _points()
    bonus_bp: int | None = None
    """Basis points of the stake, at most `bonus_cap`; null: the bonus is `bonus_points`."""
    bonus_cap: int | None = _maybe_points()
    bonus_points: int | None = _maybe_points()
    bonus_budget: int = _points()
    """The most that all bonuses together may come to."""
    promised: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Bonuses of stakes that are running or were won."""
    places: int | None = None
    joined: int = 0
    times_per_member: int = 1
    opens_at: datetime = _moment()
    closes_at: datetime = _moment()
    """Taken up from `opens_at` until, not at, this moment."""
    grace_hours: int = 0
    """So long after its end news of what happened before is waited for."""
    created_at: datetime = _moment()
    cancelled_at: datetime | None = _maybe_moment()
    reason: str | None = None
    """Why it was cancelled."""
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ChallengeStake(SQLModel, table=True):
    """What a member staked on a challenge, once. Changed only under her account's lock."""

    __tablename__ = "challenge_stake"
    __table_args__ = (
        Index(
            "challenge_stake_one_running",
            "challenge_id",
            "member_id",
            unique=True,
            sqlite_where=RUNNING,
            postgresql_where=RUNNING,
        ),
        Index("challenge_stake_due", "settle_at", "member_id", sqlite_where=RUNNING, postgresql_where=RUNNING),
        CheckConstraint("stake > 0 AND bonus > 0", "is_for_something"),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Also the id of the entry that held the stake, and so of the hold."""
    challenge_id: UUID
    stake: int = _points()
    bonus: int = _points()
    """What winning it earns: promised when she agreed, whatever the terms say later."""
    state: str
    started_at: datetime = _moment()
    ends_at: datetime = _moment()
    """What happens from here on does not count."""
    settle_at: datetime = _moment()
    """`ends_at` and the grace: missed by then, it is lost."""
    settled_at: datetime | None = _maybe_moment()
    counted: int | None = _maybe_points()
    """How far she was when it was settled."""
    bonus_entry_id: UUID | None = None
    taken_back_at: datetime | None = _maybe_moment()
    """When the bonus was taken back, because orders that had won it were given back."""
