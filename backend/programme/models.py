"""Terms as they were published, one row a version."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class PublishedTerms(SQLModel, table=True):
    """One version of the terms, in force from `effective_from` until the next one's."""

    __tablename__ = "published_terms"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    effective_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    published_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    published_by: str
