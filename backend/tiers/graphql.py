"""Tiers on the wire: where a member stands and how far the next rung is."""

import strawberry

from backend.kit import clock, db
from backend.kit.graphql import Info, Locale, Moment, Money, at_once
from backend.members.graphql import MemberEdge
from backend.programme import terms
from backend.programme.graphql import Tier, tier_view
from backend.programme.terms import BadgeTerms, Terms
from backend.tiers import badges, standing
from backend.tiers.models import MemberBadge
from backend.tiers.qualification import TierStanding as Standing


@strawberry.type(description="Where a member stands, from her paid orders in the rolling window.")
class TierStanding:
    tier: Tier = strawberry.field(description="The rung she stands on.")
    next: Tier | None = strawberry.field(description="The rung above; null at the top.")
    missing: Money | None = strawberry.field(
        description="What is still to be spent for the next rung; null at the top."
    )
    spend: Money = strawberry.field(description="Paid orders that count now.")
    progress: float = strawberry.field(description="0 to 1: the way from this rung to the next; 1 at the top.")
    keep_until: Moment | None = strawberry.field(
        description="When this rung lapses unless she spends again; null on the lowest."
    )


@strawberry.type(description="Something she did once that is hers to show.")
class Badge:
    known: strawberry.Private[BadgeTerms]
    code: str = strawberry.field(description="DONOR for example; for programs.")
    earned_at: Moment = strawberry.field(description="When she earned it.")

    @strawberry.field(description="What it is called.")
    def name(self, locale: Locale) -> str:
        return self.known.name.say(locale.value)

    @strawberry.field(description="What it is for.")
    def description(self, locale: Locale) -> str:
        return self.known.description.say(locale.value)


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="Her badges, the newest first.")
    async def badges(self) -> list[Badge]:
        async with db.read() as session:
            rows = await badges.of(session, self.member_id)
            programme = await terms.in_force(session)
        return [shown for row in rows if (shown := badge_view(row, programme)) is not None]

    @strawberry.field(description="Her tier, and the way to the next.")
    @at_once
    async def tier(self, info: Info) -> TierStanding:
        programme, moment = await terms.now(), clock.now()
        (orders,) = await info.context.rows(self.member_id, (standing.orders(programme, moment),))
        return view(standing.told(programme, moment, orders), programme)


def badge_view(row: MemberBadge, programme: Terms) -> Badge | None:
    """A badge as the wire shows it; None when the programme has given it up."""
    known = programme.badge(row.code)
    return Badge(known=known, code=row.code, earned_at=row.earned_at) if known else None


def view(stands: Standing, programme: Terms) -> TierStanding:
    """A standing as the wire shows it."""
    above = stands.next
    return TierStanding(
        tier=tier_view(stands.tier, programme),
        next=tier_view(above, programme) if above else None,
        missing=Money(minor=stands.missing_minor, currency=programme.currency) if above else None,
        spend=Money(minor=stands.spend_minor, currency=programme.currency),
        progress=stands.progress_bp / 10000,
        keep_until=stands.keep_until,
    )
