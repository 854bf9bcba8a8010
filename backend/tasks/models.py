"""What members did: check-ins and the tasks they were awarded for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class CheckIn(SQLModel, table=True):
    """A day of a member that counts for her streak, checked in on the day or repaired afterwards."""

    __tablename__ = "check_in"
    __table_args__ = (Index("check_in_key", "member_id", "key", unique=True),)
    member_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    """In the programme's zone."""
    key: UUID
    """The idempotency key of the act: the same key again finds this row."""
    streak: int
    """Days in a row up to this one; a repair before it makes it longer."""
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    """What it earned: fixed on the day, 0 for a repair."""
    entry_id: UUID | None = None
    repaired: bool = False
    told_of: UUID | None = None
    """Whose check-in it was before her account became part of this one; none: her own."""
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class TaskAward(SQLModel, table=True):
    """A task's points were earned for this period, once."""

    __tablename__ = "task_award"
    member_id: UUID = Field(primary_key=True)
    task_code: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    """As `periods` names it: 2026-W47, 2026-11, ONCE."""
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    entry_id: UUID
    told_of: UUID | None = None
    """As in CheckIn."""
    awarded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
