"""A reward as it may be shown, and why the one who asks may not redeem it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID

import strawberry

from backend.kit import clock
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
from backend.kit.graphql.compiled import begun
from backend.programme import terms
from backend.programme.graphql import Tier, tier_view
from backend.programme.terms import Terms
from backend.rewards import kept, means, shelves, why_not
from backend.rewards.kept import AnyReward, Catalogue
from backend.rewards.models import RewardKind
from backend.rewards.shelves import Shelf
from backend.rewards.why_not import Means

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


SHOWN_MAX = 10_000
_shown: dict[UUID, "Reward"] = {}
"""Rewards as they were last shown, for whoever sees them next."""


@dataclass(frozen=True)
class Asking:
    """Who looks at a reward, when, and what she has: known already where it was chosen for her by that."""

    member_id: UUID
    means: Means
    moment: datetime


@dataclass(frozen=True, eq=False)
class Offer:
    """A reward's row with the terms it was read under, and how many were left then; null: unlimited."""

    row: AnyReward
    left: int | None
    now: Terms

    def is_of(self, row: AnyReward, left: int | None, now: Terms) -> bool:
        """Whether it is just this one."""
        return self.row is row and self.now is now and self.left == left

    def against(self, means: Means, moment: datetime) -> Refusal | None:
        """Why somebody with these means may not redeem it then."""
        refused = why_not.why_not(self.row, left=self.left, means=means, terms=self.now, moment=moment)
        return refusal_of(refused) if refused else None


@strawberry.type(description="Something points are spent on.")
class Reward(Node):
    READ_ONCE: ClassVar[bool] = True
    offer: strawberry.Private[Offer]
    once: strawberry.Private[dict[Any, Any]]
    to: strawberry.Private[Asking | None]
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
    def stock(self) -> int | None:
        return self.offer.left

    @strawberry.field(
        description="Why whoever is signed in may not redeem it now, before she taps: the first of frozen, gone, not "
        "open yet, tier, stock, limit, points. Null: she may, or nobody is signed in. Consent to the terms and a "
        "delivery are asked for at the tap."
    )
    def why_not(self, info: Info) -> Refusal | None:
        member_id, offer = info.context.identity.member_id, self.offer
        if member_id is None:
            return None
        if self.to is not None and self.to.member_id == member_id:
            return offer.against(self.to.means, self.to.moment)
        # GraphQL waits for it, if it must.
        return cast("Refusal | None", begun(_against(info, member_id, offer)))


@strawberry.type
class Query:
    @strawberry.field(description="A shelf of what is offered now or will be, in the shelf's order. 1 to 50 at a time.")
    async def rewards(
        self, first: int | None = 20, after: str | None = None, shelf: Shelf = Shelf.ALL, kind: RewardKind | None = None
    ) -> Connection[Reward]:
        async def fetch(place: tuple[Any, UUID] | None, count: int) -> list[tuple[tuple[Any, UUID], Reward]]:
            now, catalogue = await terms.now(), await kept.now()
            rows = shelves.page(catalogue, now, shelf, kind=kind, after=place, count=count)
            return [(shelves.position(shelf, row), reward_view(row, catalogue, now)) for row in rows]

        sorted_by = int if shelf is Shelf.HOT else datetime
        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(sorted_by, UUID))

    @strawberry.field(description="One reward, also when it is over or withdrawn; null when there is none.")
    async def reward(self, id: strawberry.ID) -> Reward | None:  # noqa: A002  the contract's word
        return await reward_by_id(from_global_id("Reward", id))


def reward_view(row: AnyReward, catalogue: Catalogue, now: Terms, to: Asking | None = None) -> Reward:
    """A reward's row, which is in `catalogue`, on the wire; `now`: the terms in force, `to`: for whom it was chosen."""
    left, shown = catalogue.left(row.sku), _shown.get(row.id)
    if shown is None or not shown.offer.is_of(row, left, now):
        if len(_shown) >= SHOWN_MAX:
            _shown.clear()
        shown = _shown[row.id] = _view(Offer(row, left, now))
    if to is None:
        return shown
    hers = Reward.__new__(Reward)
    hers.__dict__.update(shown.__dict__, to=to)
    return hers


def _view(offer: Offer) -> Reward:
    row, now = offer.row, offer.now
    minimum = why_not.required_tier(row, now)
    return Reward(
        offer=offer,
        once={},
        to=None,
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
async def _node(_info: Info, reward_id: UUID) -> Reward | None:
    return await reward_by_id(reward_id)


async def reward_by_id(reward_id: UUID) -> Reward | None:
    """The reward with this id, as it is kept."""
    catalogue = await kept.with_rewards([reward_id])
    row = catalogue.goods.by_id.get(reward_id)
    return None if row is None else reward_view(row, catalogue, await terms.now())


async def _against(info: Info, member_id: UUID, offer: Offer) -> Refusal | None:
    moment = clock.now()
    parts = means.parts([offer.row], offer.now, moment)
    found = await info.context.rows(member_id, parts)
    return offer.against(means.told(member_id, offer.now, moment, found), moment)
