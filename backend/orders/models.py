"""Paid orders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class Purchase(SQLModel, table=True):
    """One paid order of one member. `recorded_at` may be long after `paid_at`."""

    __tablename__ = "purchase"
    __table_args__ = (
        Index("purchase_order", "source", "order_ref", unique=True),
        Index("purchase_paid_at", "member_id", "paid_at"),
        CheckConstraint("total_minor >= 0", "not_below_zero"),
    )
    member_id: UUID = Field(primary_key=True)
    source: str = Field(primary_key=True)
    order_ref: str = Field(primary_key=True)
    paid_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    total_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
