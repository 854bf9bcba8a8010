"""Events as they came, the rules, and what each rule gives for each order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class EventSource(SQLModel, table=True):
    """A mall, till or import that may send events, and the sealed key it signs them with."""

    __tablename__ = "event_source"
    name: str = Field(primary_key=True)
    key_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class IncomingEvent(SQLModel, table=True):
    """One event, kept as it came. `body_hash` tells the same event again from another one under its id."""

    __tablename__ = "incoming_event"
    __table_args__ = (Index("incoming_event_received", "received_at", "source", "event_id"),)
    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    type: str
    subject: str
    occurred_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RuleVersion(SQLModel, table=True):
    """One version of an earning rule, in force from `effective_from` until the next version's."""

    __tablename__ = "rule_version"
    code: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    explanation: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    condition: str
    base: str
    factors: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    cap_points: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    effective_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    reason: str | None = None
    saved_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    saved_by: str
    save_key: UUID | None = Field(default=None, unique=True)


class Accrual(SQLModel, table=True):
    """What one rule gives for one order now; its lot has the id `entry_id`."""

    __tablename__ = "accrual"
    member_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True)
    order_ref: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    version: int
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    factors: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    entry_id: UUID
    corrections: int = 0
    withheld: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    """What an operator clawed back of it: it comes off whatever the rule gives, now and later."""
