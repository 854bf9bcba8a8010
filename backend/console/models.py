"""What operators did that crosses the domains."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class AccountMerge(SQLModel, table=True):
    """One member's account became part of another's, until `unmerged_at` if that is set. Never removed."""

    __tablename__ = "account_merge"
    __table_args__ = (Index("account_merge_into", "into_id", "merged_at"),)
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Also the id of her MERGE_OUT entry."""
    into_id: UUID
    brought: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """The members whose accounts had become part of hers before, by id."""
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    """The number of MERGE_OUT in her chain."""
    into_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    """The number of MERGE_IN in the other one."""
    merged_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    merged_by: str
    reason: str
    unmerged_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    unmerged_by: str | None = None
