"""The catalogue: operators create, change and withdraw rewards."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.kit.outbox import announce
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.programme import terms
from backend.programme.terms import Terms
from backend.programme.text import Text
from backend.rewards.facts import CatalogueChanged
from backend.rewards.models import Reward, RewardKind, Stock

SKU = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
CATEGORY_LENGTH_MAX = 40
POINTS_MAX = 1_000_000_000
CHANGEABLE = {
    "name",
    "description",
    "category",
    "points",
    "value_minor",
    "available_from",
    "available_until",
    "limit_per_member",
    "minimum_tier",
}


class Offered(TypedDict):
    """What an operator says of a new reward; what is left out is null: unlimited, at once, for ever, for everyone."""

    sku: str
    kind: RewardKind
    name: Mapping[str, str]
    description: Mapping[str, str]
    category: str
    points: int
    value_minor: NotRequired[int | None]
    available_from: NotRequired[datetime | None]
    available_until: NotRequired[datetime | None]
    limit_per_member: NotRequired[int | None]
    minimum_tier: NotRequired[str | None]


async def create_reward(
    session: AsyncSession, *, key: UUID, stock: int | None = None, **offered: Unpack[Offered]
) -> Done[Reward]:
    """Offer a reward; `key` becomes its id. `stock` null is unlimited, except for a coupon, whose stock is its codes.

    The same key again returns the reward as it now stands. Raises KeyReused, InvalidInput.
    """
    asked: dict[str, Any] = {**offered}
    request_hash = chain.digest({name: value for name, value in asked.items() if value is not None} | {"stock": stock})
    reward = Reward(id=key, **asked, created_at=clock.now(), request_hash=request_hash)
    _check_stock(reward, stock)
    _check(reward, await terms.in_force(session))
    if not await _first_time(session, reward):
        return Done(await _earlier(session, key, request_hash), replayed=True)
    session.add(Stock(sku=reward.sku, left=0 if reward.kind == RewardKind.COUPON else stock))
    announce(session, CatalogueChanged())
    return Done(reward)


async def update_reward(session: AsyncSession, *, reward_id: UUID, changes: Mapping[str, Any]) -> Done[Reward]:
    """Change what `changes` names (see CHANGEABLE; `withdrawn` true or false takes it off the shelves or back).

    What was redeemed before keeps its price. The same changes again change nothing. Raises NotFound, InvalidInput.
    """
    assert changes.keys() <= CHANGEABLE | {"withdrawn"}
    reward = await session.get(Reward, reward_id, with_for_update=True, populate_existing=True)
    if reward is None:
        raise NotFound
    changed = {name: value for name, value in changes.items() if _current(reward, name) != value}
    for name, value in changed.items():
        _set(reward, name, value)
    _check(reward, await terms.in_force(session))
    if changed:
        reward.version += 1
        announce(session, CatalogueChanged())
    return Done(reward, replayed=not changed)


async def find(session: AsyncSession, reward_id: UUID) -> Reward:
    """The reward, withdrawn or not. Raises NotFound."""
    reward = await session.get(Reward, reward_id)
    if reward is None:
        raise NotFound
    return reward


def _current(reward: Reward, name: str) -> Any:
    return reward.withdrawn_at is not None if name == "withdrawn" else getattr(reward, name)


def _set(reward: Reward, name: str, value: Any) -> None:
    if name == "withdrawn":
        reward.withdrawn_at = clock.now() if value else None
    else:
        setattr(reward, name, value)


async def _first_time(session: AsyncSession, reward: Reward) -> bool:
    # Another operator may be creating the same one at this moment: let the database say who was first.
    dialect: Any = sqlite if db.dialect() == "sqlite" else postgresql
    table = table_of(Reward)
    inserted = dialect.insert(table).values(reward.model_dump()).on_conflict_do_nothing().returning(table.c.id)
    return (await (await session.connection()).execute(inserted)).first() is not None


async def _earlier(session: AsyncSession, key: UUID, request_hash: bytes) -> Reward:
    earlier = await session.get(Reward, key)
    if earlier is None:
        raise InvalidInput("sku", "There is a reward with this SKU already.")
    if earlier.request_hash != request_hash:
        raise KeyReused
    return earlier


def _check_stock(reward: Reward, stock: int | None) -> None:
    if reward.kind == RewardKind.COUPON and stock:
        raise InvalidInput("stock", "A coupon's stock is its codes: add codes instead.")
    if stock is not None and not 0 <= stock <= POINTS_MAX:
        raise InvalidInput("stock", f"Between 0 and {POINTS_MAX}; without it the stock is unlimited.")


def _check(reward: Reward, in_force: Terms) -> None:
    tiers = {tier.code for tier in in_force.tiers}
    opens, ends = reward.available_from, reward.available_until
    for field, sound, message in (
        ("sku", SKU.fullmatch(reward.sku), "1 to 40 of A-Z, 0-9 and hyphens."),
        ("name", _both(reward.name), "Words in both languages, up to 2000 characters."),
        ("description", _both(reward.description), "Words in both languages, up to 2000 characters."),
        ("category", 0 < len(reward.category.strip()) <= CATEGORY_LENGTH_MAX, "1 to 40 characters."),
        ("points", 0 < reward.points <= POINTS_MAX, f"Between 1 and {POINTS_MAX}."),
        ("valueMinor", reward.value_minor is None or 0 <= reward.value_minor <= POINTS_MAX, "Not below zero."),
        ("availableUntil", opens is None or ends is None or opens < ends, "It must end after it opens."),
        ("limitPerMember", reward.limit_per_member is None or 0 < reward.limit_per_member < 2**31, "At least 1."),
        ("minimumTier", reward.minimum_tier is None or reward.minimum_tier in tiers, "No such tier."),
    ):
        if not sound:
            raise InvalidInput(field, message)


def _both(words: Mapping[str, str]) -> bool:
    try:
        return bool(Text.model_validate(dict(words)))
    except ValidationError:
        return False
