"""Recommendations on the wire: they hang on the member, for they depend on her."""

from collections.abc import Callable
from uuid import UUID

import strawberry

from backend.kit import clock
from backend.kit.graphql import MEMBER_PAGE_MAX, Info, Locale, at_once, how_many, say
from backend.members.graphql import MemberEdge
from backend.programme import terms
from backend.recommendations import for_member
from backend.recommendations.affinity import Reason
from backend.recommendations.for_member import Asked, Recommended
from backend.recommendations.saying import reason_text
from backend.rewards import kept
from backend.rewards.graphql import Asking, Reward, reward_view


@strawberry.type(description="Why a reward is recommended: one reason, the strongest.")
class RecommendationReason:
    reason: strawberry.Private[Reason]

    @strawberry.field(
        description="FITS_EXPIRING, BECAUSE_YOU_REDEEMED, LEAVING_SOON, NEARLY_THERE, WITHIN_REACH or POPULAR."
    )
    def code(self) -> str:
        return self.reason.code._value_

    @strawberry.field(description="A few words, with the real number or name.")
    def text(self, locale: Locale) -> str:
        return say(reason_text(self.reason), locale)


@strawberry.type(description="A reward that suits the member, and why.")
class Recommendation:
    reward: Reward = strawberry.field(description="The reward.")
    reason: RecommendationReason = strawberry.field(description="Why this one.")


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="What suits her best, at most `first` (1 to 50), rewards she saves for included.")
    @at_once
    async def recommended_rewards(self, info: Info, first: int | None = 6) -> list[Recommendation]:
        count = how_many(first, MEMBER_PAGE_MAX)
        asked = await _asked(info, self.member_id)
        reward = _shown_to(asked)
        return [
            Recommendation(reward=reward(one), reason=RecommendationReason(reason=one.suggestion.reason))
            for one in asked.recommended(count)
        ]

    @strawberry.field(
        description="What she may redeem now, at most `first` (1 to 50). What fits the points that expire next leads."
    )
    @at_once
    async def rewards_within_reach(self, info: Info, first: int | None = 10) -> list[Reward]:
        count = how_many(first, MEMBER_PAGE_MAX)
        asked = await _asked(info, self.member_id)
        return list(map(_shown_to(asked), asked.within_reach(count)))


async def _asked(info: Info, member_id: UUID) -> Asked:
    catalogue, now, moment = await kept.now(), await terms.now(), clock.now()
    found = await info.context.rows(member_id, for_member.parts(catalogue, now, moment))
    return Asked(member_id, catalogue, now, moment, found)


def _shown_to(asked: Asked) -> Callable[[Recommended], Reward]:
    catalogue, now, to = asked.catalogue, asked.now, Asking(asked.member_id, asked.has, asked.moment)
    return lambda one: reward_view(one.reward, catalogue, now, to)
