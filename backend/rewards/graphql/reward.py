"""A reward as it may be shown, and why the one who asks may not redeem it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlmodel import col, select

from backend.kit import clock, db
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    Moment,
    Money,
    Node,
    Points,
    Refusal,
    from_global_id,
    global_id,
    node_from,
    page,
    refusal,
    refusal_of,
)
from backend.programme import terms
from backend.programme.graphql import Tier, tier_view
from backend.programme.terms import Terms
from backend.rewards import means, models, shelves, stocking, why_not
from backend.rewards.models import RewardKind
from backend.rewards.shelves import Shelf

strawberry.enum(
    RewardKind,
    description="PHYSICAL goes to the member's default delivery, COUPON gives a code, SERVICE a pick-up code.",
)
strawberry.enum(
    Shelf,
    description="HOT: redeemed most in the last 7 days. LEAVING_SOON: over within 14 days, the first to leave first. "
    "ALL: the newest first.",
)


@refusal(why_not.RewardGone)
class RewardGone(Refusal):
    pass


@refusal(why_not.NotOpenYet)
class NotOpenYet(Refusal):
    opens_at: Moment = strawberry.field(description="From when it can be redeemed.")


@refusal(why_not.TierTooLow)
class TierTooLow(Refusal):
    required: Tier = strawberry.field(description="The lowest tier that may redeem it.")

    @classmethod
    def of(cls, refused: Any) -> Self:
        """With a view of the tier."""
        return cls(code=refused.code, message=str(refused), required=tier_view(refused.required, refused.programme))


@refusal(why_not.OutOfStock)
class OutOfStock(Refusal):
    pass


@refusal(why_not.LimitReached)
class LimitReached(Refusal):
    limit: int = strawberry.field(description="How many one member may redeem; cancelled ones do not count.")


@dataclass(frozen=True, eq=False)
class Offer:
    """A reward's row with the terms it was read under; two of the same are two."""

    row: models.Reward
    now: Terms


@strawberry.type(description="Something points are spent on.")
class Reward(Node):
    offer: strawberry.Private[Offer]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    sku: str = strawberry.field(description="The operator's own name for it, unique, for ever.")
    kind: RewardKind = strawberry.field(description="How it reaches the member.")
    category: str = strawberry.field(description="What it is among: drinks, travel … for programs.")
    points: Points = strawberry.field(description="What one piece costs.")
    value: Money | None = strawberry.field(description="What it is worth in a shop; null when nobody said.")
    hot: bool = strawberry.field(description="Whether it is on the HOT shelf.")
    available_from: Moment | None = strawberry.field(description="From when it can be redeemed; null: since ever.")
    available_until: Moment | None = strawberry.field(description="The first instant at which it is gone; null: never.")
    limit_per_member: int | None = strawberry.field(description="How many one member may redeem; null: any number.")
    minimum_tier: Tier | None = strawberry.field(description="The lowest tier that may redeem it; null: everyone.")

    @strawberry.field(description="What it is called.")
    def name(self, locale: Locale) -> str:
        return self.offer.row.name[locale.value.lower()]

    @strawberry.field(description="What it is, in a few sentences.")
    def description(self, locale: Locale) -> str:
        return self.offer.row.description[locale.value.lower()]

    @strawberry.field(description="How many are left; null: unlimited.")
    async def stock(self, info: Info) -> int | None:
        return await info.context.load(_left, self.sku)

    @strawberry.field(
        description="Why whoever is signed in may not redeem it now, before she taps: the first of frozen, gone, not "
        "open yet, tier, stock, limit, points. Null: she may, or nobody is signed in. Consent to the terms and a "
        "delivery are asked for at the tap."
    )
    async def why_not(self, info: Info) -> Refusal | None:
        member_id = info.context.identity.member_id
        return await info.context.load(_why_not, (member_id, self.offer)) if member_id else None


@strawberry.type
class Query:
    @strawberry.field(description="A shelf of what is offered now or will be, in the shelf's order. 1 to 50 at a time.")
    async def rewards(
        self, first: int | None = 20, after: str | None = None, shelf: Shelf = Shelf.ALL, kind: RewardKind | None = None
    ) -> Connection[Reward]:
        async def fetch(place: tuple[Any, UUID] | None, count: int) -> list[tuple[tuple[Any, UUID], Reward]]:
            async with db.read() as session:
                rows = await shelves.page(session, shelf, kind, place, count)
                now = await terms.in_force(session)
            return [(shelves.position(shelf, row), reward_view(row, now)) for row in rows]

        sorted_by = int if shelf is Shelf.HOT else datetime
        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(sorted_by, UUID))

    @strawberry.field(description="One reward, also when it is over or withdrawn; null when there is none.")
    async def reward(self, info: Info, id: strawberry.ID) -> Reward | None:  # noqa: A002  the contract's word
        return await info.context.load(rewards_by_id, from_global_id("Reward", id))


def reward_view(row: models.Reward, now: Terms) -> Reward:
    """A reward's row as the wire shows it; `now`: the terms in force."""
    minimum = why_not.required_tier(row, now)
    return Reward(
        offer=Offer(row, now),
        id=global_id("Reward", row.id),
        sku=row.sku,
        kind=RewardKind(row.kind),
        category=row.category,
        points=row.points,
        value=None if row.value_minor is None else Money(minor=row.value_minor, currency=now.currency),
        hot=row.hot,
        available_from=row.available_from,
        available_until=row.available_until,
        limit_per_member=row.limit_per_member,
        minimum_tier=None if minimum is None else tier_view(minimum, now),
    )


@node_from("Reward")
async def _node(info: Info, reward_id: UUID) -> Reward | None:
    return await info.context.load(rewards_by_id, reward_id)


async def rewards_by_id(reward_ids: list[UUID]) -> Sequence[Reward | None]:
    """The rewards with these ids, in one statement."""
    async with db.read() as session:
        rows = await session.exec(select(models.Reward).where(col(models.Reward.id).in_(reward_ids)))
        now = await terms.in_force(session)
    found = {row.id: reward_view(row, now) for row in rows}
    return [found.get(reward_id) for reward_id in reward_ids]


async def _left(skus: list[str]) -> Sequence[int | None]:
    async with db.read() as session:
        left = await stocking.left(session, skus)
    return [left.get(sku) for sku in skus]


async def _why_not(asked: list[tuple[UUID, Offer]]) -> Sequence[Refusal | None]:
    # In practice there is one member: whoever is signed in.
    offers: defaultdict[UUID, list[models.Reward]] = defaultdict(list)
    for member_id, offer in asked:
        offers[member_id].append(offer.row)
    async with db.read() as session:
        left = await stocking.left(session, {offer.row.sku for _, offer in asked})
        has = {member_id: await means.of(session, member_id, rows) for member_id, rows in offers.items()}
    moment = clock.now()
    refused = [
        why_not.why_not(offer.row, left=left[offer.row.sku], means=has[member_id], terms=offer.now, moment=moment)
        for member_id, offer in asked
    ]
    return [refusal_of(one) if one else None for one in refused]
