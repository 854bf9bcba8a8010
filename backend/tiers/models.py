"""The table of honours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class MemberBadge(SQLModel, table=True):
    """A member earned a badge, once. `because`: the id of what earned it, a donation for example."""

    __tablename__ = "member_badge"
    member_id: UUID = Field(primary_key=True)
    code: str = Field(primary_key=True)
    because: UUID
    earned_at: datetime = Field(sa_column=Column(Moment, nullable=False))
