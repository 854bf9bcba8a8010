"""The tables of the catalogue, its stock and its redemptions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, LargeBinary, String, text
from sqlmodel import Field, SQLModel

from backend.kit.columns import Moment


class RewardKind(StrEnum):
    """How a reward reaches the member: sent or picked up, a code, or a service at a counter."""

    PHYSICAL = "PHYSICAL"
    COUPON = "COUPON"
    SERVICE = "SERVICE"


class RedemptionState(StrEnum):
    """CONFIRMED waits to be handed over; a coupon is FULFILLED at once, its code is on the screen."""

    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"


class RedemptionOrigin(StrEnum):
    """How a redemption came about: she redeemed points for it, or won it as a prize."""

    REDEEMED = "REDEEMED"
    AUCTION = "AUCTION"
    DRAW = "DRAW"
    CHALLENGE = "CHALLENGE"
    PLANT = "PLANT"


def _moment() -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=True))


def _sealed() -> Any:
    return Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class Reward(SQLModel, table=True):
    """What the mall offers. `sku` and `kind` never change; `version` counts its changes."""

    __tablename__ = "reward"
    __table_args__ = (
        CheckConstraint("points > 0 AND (limit_per_member IS NULL OR limit_per_member > 0)", "can_be_redeemed"),
        Index("reward_newest", "created_at", "id"),
        Index("reward_leaving", "available_until", "id"),
        Index("reward_hot", "heat", "id", sqlite_where=text("hot"), postgresql_where=text("hot")),
    )
    id: UUID = Field(primary_key=True)
    sku: str = Field(unique=True)
    kind: str
    name: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    description: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    category: str
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    value_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    available_from: datetime | None = _moment()
    available_until: datetime | None = _moment()
    limit_per_member: int | None = None
    minimum_tier: str | None = None
    withdrawn_at: datetime | None = _moment()
    hot: bool = False
    heat: int = 0
    """Redemptions of the last days, as `shelves.refresh_hot` counted them."""
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    version: int = 1
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """What was asked when it was created, so that the same key with another body is noticed."""


class Stock(SQLModel, table=True):
    """How many of a SKU are left (null: unlimited) and how many are out. The hot row: lock it last."""

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint('("left" IS NULL OR "left" >= 0) AND redeemed >= 0', "never_oversold"),)
    sku: str = Field(primary_key=True)
    left: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    redeemed: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Redemptions that were not cancelled."""
    version: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    set_aside: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    """Pieces that are neither left nor out: the prizes of auctions and draws under way."""


class StockChange(SQLModel, table=True):
    """An operator's change of stock, once per key, for ever."""

    __tablename__ = "stock_change"
    key: UUID = Field(primary_key=True)
    sku: str = Field(index=True)
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    operator: str
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CouponCode(SQLModel, table=True):
    """One code of a coupon's pool, sealed; `code_index` tells equal codes without opening them."""

    __tablename__ = "coupon_code"
    __table_args__ = (
        Index(
            "coupon_code_free",
            "sku",
            "added_at",
            sqlite_where=text("given_to IS NULL"),
            postgresql_where=text("given_to IS NULL"),
        ),
    )
    sku: str = Field(primary_key=True)
    code_index: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    code_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    added_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    given_to: UUID | None = Field(default=None, unique=True)
    """The redemption that has it."""


class Redemption(SQLModel, table=True):
    """A member's order for one reward. Changed only under her account's lock."""

    __tablename__ = "redemption"
    __table_args__ = (
        Index("redemption_newest", "member_id", "redeemed_at", "id"),
        Index("redemption_of_reward", "member_id", "reward_id"),
        Index("redemption_by_id", "id"),
        Index("redemption_at", "redeemed_at", "id"),
        Index("redemption_waiting", "state", "redeemed_at", "id"),
    )
    member_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Unless it was won, also the id of the entry that burned for it."""
    reward_id: UUID
    sku: str = Field(index=True)
    points: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str
    code_sealed: bytes | None = _sealed()
    """The coupon or pick-up code."""
    code_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True, unique=True))
    """Tells equal codes without opening them: no two redemptions ever share one."""
    delivery_sealed: bytes | None = _sealed()
    """Where it goes, as it stood when redeemed."""
    redeemed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    fulfilled_at: datetime | None = _moment()
    cancelled_at: datetime | None = _moment()
    reason: str | None = None
    """Why it was cancelled."""
    note: str | None = None
    """What the operator who fulfilled it wrote down."""
    origin: str = Field(
        default=RedemptionOrigin.REDEEMED.value,
        sa_column=Column(String, nullable=False, server_default=RedemptionOrigin.REDEEMED.value),
    )
    won_by: UUID | None = None
    """A prize's: the entry it was won with. Its own points are 0, for there is nothing to give back."""

    @property
    def entry_id(self) -> UUID:
        """The burn that paid for it, or the entry that won it: its hash is the receipt."""
        return self.won_by or self.id
