"""Paid orders, and what was given back of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, false, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class Purchase(SQLModel, table=True):
    """One paid order of one member. `recorded_at` may be long after `paid_at`."""

    __tablename__ = "purchase"
    __table_args__ = (
        Index("purchase_order", "source", "order_ref", unique=True),
        Index("purchase_paid_at", "member_id", "paid_at"),
        CheckConstraint("total_minor >= 0", "not_below_zero"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= total_minor", "never_more_than_was_paid"),
    )
    member_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True)
    order_ref: str = Field(primary_key=True)
    paid_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    total_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    refunded_minor: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    """What its refunds say was given back: `refunding.given_back` works it out."""
    undone: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    """Given back as a whole: it counts as if it had never been."""


class Refund(SQLModel, table=True):
    """Money given back for one order; it may be recorded before the order is."""

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount_minor > 0", "gives_something_back"),)
    member_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True)
    order_ref: str = Field(primary_key=True)
    refund_ref: str = Field(primary_key=True)
    amount_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """None: whatever is left of it."""
    refunded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
