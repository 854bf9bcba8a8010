"""The catalogue as every request reads it: what is offered and how much of it is left, kept in the process.

What is left may lag behind other processes by as long as `shared` says; who redeems takes it from the row itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kit import db, hearing
from backend.kit.columns import table_of
from backend.kit.looking import one_row
from backend.kit.shared import Shared
from backend.rewards.facts import CatalogueChanged, StockChanged
from backend.rewards.models import Reward, Stock

REWARD, STOCK = table_of(Reward), table_of(Stock)
# Neither table ever loses a row, and no version goes down: any change makes one of these larger.
MARKS = select(
    func.count(),
    func.coalesce(func.sum(REWARD.c.version), 0),
    select(func.coalesce(func.sum(STOCK.c.version), 0)).scalar_subquery(),
).select_from(REWARD)


@dataclass(frozen=True, slots=True)
class KeptReward:
    """A reward's row that never changes; fields as in models.Reward."""

    id: UUID
    sku: str
    kind: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    category: str
    points: int
    value_minor: int | None
    available_from: datetime | None
    available_until: datetime | None
    limit_per_member: int | None
    minimum_tier: str | None
    withdrawn_at: datetime | None
    hot: bool
    heat: int
    created_at: datetime

    def is_offered(self, moment: datetime) -> bool:
        """Neither withdrawn nor over; it may still have to open."""
        return self.withdrawn_at is None and (self.available_until is None or self.available_until > moment)


AnyReward = Reward | KeptReward


@dataclass(frozen=True, slots=True)
class Stocked:
    """How many of a SKU are left (null: unlimited) and out. The higher version is the later one."""

    left: int | None
    redeemed: int
    version: int


@dataclass(frozen=True)
class Goods:
    """Every reward there is, withdrawn ones too."""

    by_id: Mapping[UUID, KeptReward]

    @cached_property
    def newest(self) -> Sequence[KeptReward]:
        """The newest first."""
        return sorted(self.by_id.values(), key=lambda one: (one.created_at, one.id), reverse=True)

    @cached_property
    def hot(self) -> Sequence[KeptReward]:
        """Those that are hot, the hottest first."""
        hot = (one for one in self.by_id.values() if one.hot)
        return sorted(hot, key=lambda one: (one.heat, one.id), reverse=True)

    @cached_property
    def leaving(self) -> Sequence[KeptReward]:
        """Those that end some day, the first to leave first."""
        ending = [(one.available_until, one.id, one) for one in self.by_id.values() if one.available_until is not None]
        return [one for _, _, one in sorted(ending, key=lambda found: found[:2])]

    @cached_property
    def tiered(self) -> Sequence[KeptReward]:
        """Those that ask for a tier."""
        return [one for one in self.by_id.values() if one.minimum_tier is not None]

    @cached_property
    def wanted(self) -> Sequence[KeptReward]:
        """The hottest first, and then the newest."""
        shown = (one for one in self.by_id.values() if one.withdrawn_at is None)
        return sorted(shown, key=lambda one: (-one.heat, -one.created_at.timestamp(), one.id))


@dataclass(frozen=True)
class Catalogue:
    """Rewards and stocks of one moment. `marks` rise with every change of either."""

    goods: Goods
    stock: Mapping[str, Stocked]
    marks: tuple[int, int, int]

    def left(self, sku: str) -> int | None:
        """How many are left; null: unlimited."""
        return self.stock[sku].left


async def now() -> Catalogue:
    """The catalogue as it is now."""
    return await _catalogue.now()


async def with_rewards(reward_ids: Sequence[UUID]) -> Catalogue:
    """The catalogue as it is now, read once more if one of these is not in it: it may have come this very moment."""
    found = await _catalogue.now()
    missing = any(reward_id not in found.goods.by_id for reward_id in reward_ids)
    return await _catalogue.afresh() if missing else found


async def _read(before: Catalogue | None) -> Catalogue:
    # Nearly always nothing has changed, which is quick to see.
    if before is not None and _marked(await one_row(MARKS)) == before.marks:
        return before
    async with db.snapshot() as session:
        connection = await session.connection()
        marks = _marked((await connection.execute(MARKS)).one())
        same_goods = before is not None and marks[:2] == before.marks[:2]
        goods = before.goods if before is not None and same_goods else await _goods(connection)
        return Catalogue(goods, await _stock(connection), marks)


def _marked(row: Sequence[Any]) -> tuple[int, int, int]:
    count, changed, moved = row
    return int(count), int(changed), int(moved)


async def _goods(connection: AsyncConnection) -> Goods:
    columns = [REWARD.c[field.name] for field in fields(KeptReward)]
    found = {}
    for row in await connection.execute(select(*columns)):
        values = row._asdict()
        values |= {name: MappingProxyType(values[name]) for name in ("name", "description")}
        found[values["id"]] = KeptReward(**values)
    return Goods(MappingProxyType(found))


async def _stock(connection: AsyncConnection) -> Mapping[str, Stocked]:
    rows = await connection.execute(select(STOCK.c.sku, STOCK.c.left, STOCK.c.redeemed, STOCK.c.version))
    return MappingProxyType({sku: Stocked(*counted) for sku, *counted in rows})


def _with_stock(before: Catalogue, told: Sequence[Mapping[str, Any]]) -> Catalogue:
    stock, moved = dict(before.stock), before.marks[2]
    for body in told:
        known = stock.get(body["sku"])
        if known is not None and known.version < body["version"]:
            stock[body["sku"]] = Stocked(body["left"], body["redeemed"], body["version"])
            moved += body["version"] - known.version
    return replace(before, stock=MappingProxyType(stock), marks=(*before.marks[:2], moved))


_catalogue = Shared(_read, _with_stock)
hearing.on(CatalogueChanged.__name__, _catalogue.changed)
hearing.on(StockChanged.__name__, _catalogue.amended)
