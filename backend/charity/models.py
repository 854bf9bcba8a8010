"""The tables of charities, projects, donations and statements."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment

WAITING = text("counted_as IS NULL AND reversed_at IS NULL")


class ProjectState(StrEnum):
    """OPEN takes donations; CLOSED has taken its last one."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


def _points(name: str) -> Any:
    return Field(default=0, sa_column=Column(name, BigInteger, nullable=False))


def _moment() -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=True))


class Charity(SQLModel, table=True):
    """An organisation that may be given to. `registration`: its number in the public register."""

    __tablename__ = "charity"
    id: UUID = Field(primary_key=True)
    name: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    registration: str = Field(unique=True)
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CharityStaff(SQLModel, table=True):
    """A member who may see the desk of one charity, until the row goes."""

    __tablename__ = "charity_staff"
    __table_args__ = (Index("charity_staff_of", "charity_id", "member_id"),)
    member_id: UUID = Field(primary_key=True)
    charity_id: UUID
    added_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    added_by: str


class CharityProject(SQLModel, table=True):
    """What one gives to. Read by every donation without a lock; changed under the lock of its totals."""

    __tablename__ = "charity_project"
    __table_args__ = (
        CheckConstraint("goal_points > 0 AND tile_points > 0", "has_a_goal"),
        CheckConstraint("match_rate_bp >= 0 AND match_budget_minor >= 0", "matches_what_it_has"),
        Index("charity_project_newest", "created_at", "id"),
        Index("charity_project_of", "charity_id", "id"),
    )
    id: UUID = Field(primary_key=True)
    charity_id: UUID
    code: str = Field(unique=True)
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    story: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    impact: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    state: str = ProjectState.OPEN.value
    goal_points: int = Field(sa_column=Column(BigInteger, nullable=False))
    tile_points: int = Field(sa_column=Column(BigInteger, nullable=False))
    match_rate_bp: int
    match_budget_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    closed_at: datetime | None = _moment()
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CharityTotals(SQLModel, table=True):
    """A project's donations that were counted, in one row: whoever counts or changes the project locks it."""

    __tablename__ = "charity_totals"
    __table_args__ = (CheckConstraint("points >= 0 AND donors >= 0 AND matched_minor >= 0", "not_below_zero"),)
    project_id: UUID = Field(primary_key=True)
    points: int = _points("points")
    value_minor: int = _points("value_minor")
    matched_minor: int = _points("matched_minor")
    donors: int = _points("donors")
    counted: int = _points("counted")
    """How many donations were ever counted: the next one gets this number plus one."""
    version: int = _points("version")
    counted_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class Donation(SQLModel, table=True):
    """Points a member gave to a project. What was given never changes; counted once, under the project's lock."""

    __tablename__ = "donation"
    __table_args__ = (
        CheckConstraint("points > 0 AND matched_minor >= 0", "gives_something"),
        Index("donation_newest", "member_id", "donated_at", "id"),
        Index("donation_to", "member_id", "project_id"),
        Index("donation_by_id", "id"),
        Index("donation_of_day", "project_id", "day"),
        Index("donation_waiting", "project_id", "donated_at", sqlite_where=WAITING, postgresql_where=WAITING),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Also the id of the entry that burned for it."""
    project_id: UUID
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    value_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Its worth at the reference value of that time."""
    campaign: str | None = None
    day: date
    """The programme's calendar day of it."""
    donated_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    counted_as: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Its number among the project's donations, in the order they were matched; null until counted."""
    matched_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    reversed_at: datetime | None = _moment()
    reason: str | None = None
    """Why it was reversed."""

    @property
    def entry_id(self) -> UUID:
        """The burn that paid for it: its hash is the receipt."""
        return self.id


class CharityUpdate(SQLModel, table=True):
    """News of a project, for everyone who gave or might."""

    __tablename__ = "charity_update"
    __table_args__ = (Index("charity_update_newest", "project_id", "posted_at", "id"),)
    id: UUID = Field(primary_key=True)
    project_id: UUID
    title: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    words: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    posted_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CharityStatement(SQLModel, table=True):
    """A charity's month, for ever. `document` is the CSV file whose bytes are signed; `lines` says the same."""

    __tablename__ = "charity_statement"
    charity_id: UUID = Field(primary_key=True)
    month: date = Field(primary_key=True)
    id: UUID = Field(unique=True)
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    value_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    matched_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    lines: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    document: str
    key_id: str
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
