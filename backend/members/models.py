"""The tables about members. What names a person is sealed; member_id leads every key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment

PARTS = text("merged_into IS NOT NULL")


class Member(SQLModel, table=True):
    """Someone the programme has seen; enrolled once `enrolled_at` is set."""

    __tablename__ = "member"
    __table_args__ = (Index("member_merged_into", "merged_into", sqlite_where=PARTS, postgresql_where=PARTS),)
    id: UUID = Field(primary_key=True)
    reference: str | None = Field(default=None, unique=True)
    """What the mall calls her in its events."""
    nickname: str
    phone_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True, unique=True))
    phone_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    enrolled_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    terms_version: str | None = None
    """The newest terms she agreed to."""
    locale: str | None = None
    merged_into: UUID | None = None
    """Whose account hers is part of; what names her means that member until the two are taken apart."""
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    erased_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    """When she left: from then on nothing here names anybody, and nobody is recognised as her."""


class Consent(SQLModel, table=True):
    """She agreed to these terms at this moment. Never changed, never removed."""

    __tablename__ = "consent"
    member_id: UUID = Field(primary_key=True)
    terms_version: str = Field(primary_key=True)
    given_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class SignInCode(SQLModel, table=True):
    """The one live code of a phone, known or not; gone once used. The code itself is never stored."""

    __tablename__ = "sign_in_code"
    phone_index: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    attempts_left: int
    sent_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class MemberSession(SQLModel, table=True):
    """One signed-in device. Its secret is kept as SHA-256 only: 256 random bits need no slow hash."""

    __tablename__ = "member_session"
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    device: str | None = None
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class DeliveryDefault(SQLModel, table=True):
    """Where a member's physical rewards go; recipient, phone and address only inside `sealed`."""

    __tablename__ = "delivery_default"
    member_id: UUID = Field(primary_key=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    updated_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class Operator(SQLModel, table=True):
    """An operator whose tokens were taken back: those of an earlier `epoch` open nothing any more."""

    __tablename__ = "operator"
    name: str = Field(primary_key=True)
    epoch: int
