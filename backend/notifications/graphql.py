"""A member's news on the wire: one subscription, one type per kind of news."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from backend.auctions import graphql as __  # noqa: F401  and AuctionState
from backend.auctions.models import AuctionState
from backend.kit import clock, db
from backend.kit.graphql import Info, Locale, MinorUnits, Moment, Points, at_once, global_id, member_of
from backend.ledger import having
from backend.ledger.facts import member_stream
from backend.ledger.graphql import Why, holding
from backend.members import sessions
from backend.members.graphql import MemberEdge
from backend.notifications import following
from backend.notifications.following import Told
from backend.programme import terms
from backend.programme.graphql import Tier, tier_view
from backend.rewards import graphql as _  # noqa: F401  describes RedemptionState before it is used here
from backend.rewards.models import RedemptionState
from backend.tasks.graphql import task_id


@strawberry.interface(description="One piece of a member's news. More kinds may come: skip one you do not know.")
class MemberEvent:
    seq: int = strawberry.field(
        description="Rises with every piece of her news; numbers may be left out. Say the last one you have as `after`."
    )
    at: Moment = strawberry.field(description="When it was recorded.")
    available: Points = strawberry.field(description="What she can burn right after it.")

    @classmethod
    def of(cls, told: Told, tiers: Mapping[str, Tier]) -> Self:
        """The view of a recorded fact. `tiers`: the programme's, by code, as they stood then."""
        return cls(seq=told.seq, at=told.at, available=told.body["available"], **cls.own(told.body, tiers))

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        """What this kind of news says besides: nothing, unless it says so."""
        return {}


@strawberry.type(description="Points were added: an earning, or a correction upwards.")
class PointsCredited(MemberEvent):
    points: Points = strawberry.field(description="How many, above 0.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    why: Why = strawberry.field(description="Why.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _movement(body)


@strawberry.type(description="Points were taken: burned, expired, or corrected downwards.")
class PointsTaken(MemberEvent):
    points: Points = strawberry.field(description="How many, above 0.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    why: Why = strawberry.field(description="Why.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _movement(body)


@strawberry.type(description="Points that were pending can be used now: they were counted when they were credited.")
class PointsReleased(MemberEvent):
    points: Points = strawberry.field(description="How many, above 0.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    why: Why = strawberry.field(description="Why.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _movement(body)


@strawberry.type(description="Points live longer: on request, by tier, or as no warning of their expiry was shown.")
class PointsExtended(MemberEvent):
    points: Points = strawberry.field(description="How many.")
    expires_at: Moment = strawberry.field(description="The first instant at which the first of them are gone now.")
    entry_id: strawberry.ID = strawberry.field(description="The entry.")
    why: Why = strawberry.field(description="Why.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _movement(body) | {"expires_at": datetime.fromisoformat(body["expires_at"])}


@strawberry.type(description="Points will expire; once per lot, date and warning step. Shown? `acknowledgeEvents`.")
class ExpiryWarned(MemberEvent):
    points: Points = strawberry.field(description="How many expire together.")
    expires_at: Moment = strawberry.field(description="The first instant at which they are gone.")
    days_left: int = strawberry.field(description="Whole days until then at the time of the warning, rounded up.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        expires_at = datetime.fromisoformat(body["expires_at"])
        return {"points": body["points"], "expires_at": expires_at, "days_left": body["days_left"]}


@strawberry.type(description="A task's goal was reached and its points are in the account.")
class TaskCompleted(MemberEvent):
    task_id: strawberry.ID = strawberry.field(description="The task.")
    points: Points = strawberry.field(description="What it earned.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="The task's title at the time.")
    def title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return {"task_id": task_id(body["task"]), "points": body["points"], "words": body["title"]}


@strawberry.type(description="She stands on another rung.")
class TierChanged(MemberEvent):
    tier: Tier = strawberry.field(description="The rung she stands on now.")
    previous: Tier = strawberry.field(description="The one before.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:
        return {name: tiers[body[name]] for name in ("tier", "previous")}


@strawberry.type(description="A redemption was made, handed over or cancelled.")
class RedemptionUpdated(MemberEvent):
    redemption_id: strawberry.ID = strawberry.field(description="The redemption.")
    state: RedemptionState = strawberry.field(description="How it stood right after.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What was redeemed.")
    def reward_name(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        redemption_id = global_id("Redemption", UUID(body["redemption_id"]))
        return {"redemption_id": redemption_id, "state": RedemptionState(body["state"]), "words": body["reward_name"]}


@strawberry.type(description="Somebody bid more than she did; what she had reserved is hers again.")
class Outbid(MemberEvent):
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    price: Points = strawberry.field(description="What it would go for now.")
    minimum_bid: Points = strawberry.field(description="What the next bid must at least be.")
    released: Points = strawberry.field(description="Points that are free again; 0: her account is frozen, they wait.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What is auctioned.")
    def title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _auction(body) | {name: body[name] for name in ("price", "minimum_bid", "released")}


@strawberry.type(description="An auction is hers, and its price was burned.")
class AuctionWon(MemberEvent):
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    price: Points = strawberry.field(description="What it went for.")
    redemption_id: strawberry.ID = strawberry.field(description="What she got, as one of her redemptions.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What was auctioned.")
    def title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        redemption_id = global_id("Redemption", UUID(body["redemption_id"]))
        return _auction(body) | {"price": body["price"], "redemption_id": redemption_id}


@strawberry.type(
    description="She led an auction that ended without her: cancelled, unsold, or bought by another at once."
)
class BidReleased(MemberEvent):
    auction_id: strawberry.ID = strawberry.field(description="The auction.")
    state: AuctionState = strawberry.field(description="How it ended.")
    released: Points = strawberry.field(description="Points that are free again; 0: her account is frozen, they wait.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What was auctioned.")
    def title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return _auction(body) | {"state": AuctionState(body["state"]), "released": body["released"]}


@strawberry.type(description="She earned a badge.")
class BadgeEarned(MemberEvent):
    badge_code: str = strawberry.field(name="code", description="The badge's code, for programs.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What it was called.")
    def name(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return {"badge_code": body["badge"], "words": body["badge_name"]}


@strawberry.type(description="The programme added to a donation of hers.")
class DonationMatched(MemberEvent):
    donation_id: strawberry.ID = strawberry.field(description="The donation.")
    points: Points = strawberry.field(description="What she gave.")
    matched_minor: MinorUnits = strawberry.field(description="What was added, above 0.")
    currency: str = strawberry.field(description="ISO 4217 code of it.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What she gave to.")
    def project_title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        said = {name: body[name] for name in ("points", "matched_minor", "currency")}
        return {**said, "donation_id": global_id("Donation", UUID(body["donation_id"])), "words": body["project_title"]}


@strawberry.type(
    description="The number she has is newer than any there is: the books were put back to an earlier day. Forget what "
    "is on the screen, read everything again, and go on from this event's number, though it is lower."
)
class StartOver(MemberEvent):
    pass


@strawberry.type(description="What all news of a challenge says.")
class ChallengeEvent(MemberEvent):
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    stake: Points = strawberry.field(description="What was staked.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="The challenge's title.")
    def title(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        challenge_id = global_id("Challenge", UUID(body["challenge_id"]))
        return {"challenge_id": challenge_id, "stake": body["stake"], "words": body["title"]}


@strawberry.type(description="A challenge was won: the stake is free again and the bonus is in the account.")
class ChallengeWon(ChallengeEvent):
    bonus: Points = strawberry.field(description="What it earned.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:
        return super().own(body, tiers) | {"bonus": body["bonus"]}


@strawberry.type(description="A challenge was not done in time: the stake is gone.")
class ChallengeLost(ChallengeEvent):
    pass


@strawberry.type(description="The programme cancelled a challenge: the stake is free again.")
class ChallengeCancelled(ChallengeEvent):
    pass


@strawberry.type(description="A friend helped her plant.")
class PlantHelped(MemberEvent):
    alias: str = strawberry.field(description="The friend's nickname, the first letter of it.")
    growth: int = strawberry.field(description="By how much it grew.")
    plant: int = strawberry.field(description="The plant's number.")
    version: int = strawberry.field(description="Of its standing, right after.")

    @classmethod
    def own(cls, body: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:  # noqa: ARG003
        return {"alias": body["helper"]} | {name: body[name] for name in ("growth", "plant", "version")}


KINDS: Mapping[str, type[MemberEvent]] = {
    "PointsCredited": PointsCredited,
    "PointsTaken": PointsTaken,
    "PointsReleased": PointsReleased,
    "PointsExtended": PointsExtended,
    "ExpiryWarned": ExpiryWarned,
    "TaskCompleted": TaskCompleted,
    "TierChanged": TierChanged,
    "RewardRedeemed": RedemptionUpdated,
    "RedemptionUpdated": RedemptionUpdated,
    "Outbid": Outbid,
    "AuctionWon": AuctionWon,
    "BidReleased": BidReleased,
    "ChallengeWon": ChallengeWon,
    "ChallengeLost": ChallengeLost,
    "ChallengeCancelled": ChallengeCancelled,
    "PlantHelped": PlantHelped,
    "BadgeEarned": BadgeEarned,
    "DonationMatched": DonationMatched,
}
"""The facts that are news on the wire, by name. Others are numbered too and left out."""
EVENTS = (*dict.fromkeys(KINDS.values()), StartOver)
"""Every kind, for the schema: the subscription names only the interface."""


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(
        description="The newest number of her news: ask for this before the rest of an answer, and as `after` later."
    )
    @at_once
    async def last_event_seq(self, info: Info) -> int:
        (found,) = await info.context.rows(self.member_id, (having.ACCOUNT(),))
        return having.account(self.member_id, found).told


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="The signed-in member's news: first what came after number `after`, in order, then live; without "
        "`after` only live. Nothing is lost or doubled across a dropped connection. Ends when she is signed out."
    )
    async def member_events(self, info: Info, after: int | None = None) -> AsyncIterator[MemberEvent]:
        member_id = member_of(info)
        welcome, heartbeat = _signed_in(info, member_id), following.HEARTBEAT_SECONDS
        feed = following.follow(
            member_stream(member_id),
            after,
            welcome=welcome,
            heartbeat=heartbeat,
            as_it_stands=_as_it_stands(info, member_id),
        )
        async for told in feed:
            if (kind := StartOver if told.name == StartOver.__name__ else KINDS.get(told.name)) is not None:
                yield kind.of(told, await _tiers(told.at))


def _as_it_stands(info: Info, member_id: UUID) -> Callable[[], Awaitable[Told]]:
    async def now() -> Told:
        held = await holding(info, member_id)
        return Told(int(held.account.told), StartOver.__name__, {"available": held.available}, clock.now())

    return now


def _signed_in(info: Info, member_id: UUID) -> Callable[[], Awaitable[bool]]:
    context = info.context

    async def still() -> bool:
        return (await sessions.identify(context.cookie, context.authorization)).member_id == member_id

    return still


async def _tiers(moment: datetime) -> Mapping[str, Tier]:
    # Every version up to then, the latest winning: a rung she leaves may be one the programme has just given up.
    async with db.read() as session:
        versions = (await terms.timeline(session)).versions
    past = [programme for effective_from, programme in versions if effective_from <= moment]
    return {tier.code: tier_view(tier, programme) for programme in past for tier in programme.tiers}


def _auction(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"auction_id": global_id("Auction", UUID(body["auction_id"])), "words": body["title"]}


def _movement(body: Mapping[str, Any]) -> dict[str, Any]:
    entry_id = global_id("Entry", UUID(body["entry_id"]))
    return {"points": body["points"], "entry_id": entry_id, "why": Why.of(body["why"])}
