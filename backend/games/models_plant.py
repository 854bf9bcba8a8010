"""The tables of the plant: one after the other for each member, and what made it grow."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class Plant(SQLModel, table=True):
    """A member's plant. The one not harvested yet is the present one. Changed only under her account's lock."""

    __tablename__ = "plant"
    __table_args__ = (CheckConstraint("growth >= 0", "never_shrinks_below_nothing"),)
    member_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """1 for her first."""
    code: str = Field(unique=True)
    """Names it in the shared link; nobody can guess it."""
    growth: int = 0
    version: int = 0
    """Counts what happened to it."""
    planted_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    harvested_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    entry_id: UUID | None = None
    """The entry that earned its harvest."""


class PlantCare(SQLModel, table=True):
    """What its member did for her plant: each kind once a day, whichever plant it was."""

    __tablename__ = "plant_care"
    __table_args__ = (Index("plant_care_key", "member_id", "key", unique=True),)
    member_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    """In the programme's zone."""
    act: str = Field(primary_key=True)
    """WATER, CHECK_IN or ORDER."""
    number: int
    """The plant it went to."""
    growth: int
    key: UUID | None = None
    """The idempotency key of her own watering."""
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


class PlantHelp(SQLModel, table=True):
    """A friend helped a member's plant: once a day, says the key of this table."""

    __tablename__ = "plant_help"
    __table_args__ = (
        Index("plant_help_key", "helper_id", "key", unique=True),
        Index("plant_help_given", "helper_id", "day"),
    )
    member_id: UUID = Field(primary_key=True)
    """Whose plant it is."""
    day: date = Field(primary_key=True)
    helper_id: UUID = Field(primary_key=True)
    number: int
    growth: int
    key: UUID
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
