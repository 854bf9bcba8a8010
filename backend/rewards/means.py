"""What a member redeems with, read without a lock for any number of rewards: good for a screen, not for a verb."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, gathering
from backend.kit.columns import table_of
from backend.kit.gathering import Found, Look, Part, Rows
from backend.ledger import having
from backend.ledger.lots import burnable as burnable_of
from backend.members.families import WHOSE
from backend.members.looking import MEMBER, are_hers
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import redemptions
from backend.rewards.kept import AnyReward
from backend.rewards.models import Redemption
from backend.rewards.why_not import Means
from backend.tiers import standing

REDEMPTION = table_of(Redemption)


def _redeemed() -> Select[Any]:
    return (
        select(WHOSE, REDEMPTION.c.reward_id, func.count())
        .join(MEMBER, MEMBER.c.id == REDEMPTION.c.member_id)
        .where(are_hers(), redemptions.COUNTS)
        .group_by(WHOSE, REDEMPTION.c.reward_id)
    )


REDEEMED = Look(_redeemed)
"""How often she redeemed each reward; what was cancelled does not count."""


async def of(session: AsyncSession, member_id: UUID, rewards: Iterable[AnyReward]) -> Means:
    """What she has for these rewards."""
    now, moment = await terms.in_force(session), clock.now()
    found = await gathering.of(session, [member_id], *parts(rewards, now, moment))
    return told(member_id, now, moment, found[member_id])


def parts(rewards: Iterable[AnyReward], now: Terms, moment: datetime) -> tuple[Part, ...]:
    """What `told` must be told for these rewards: her orders too, if one of them asks for a tier."""
    tiered = any(reward.minimum_tier is not None for reward in rewards)
    return having.ACCOUNT(), having.LOTS(), REDEEMED(), *([standing.orders(now, moment)] if tiered else [])


def told(member_id: UUID, now: Terms, moment: datetime, found: Found) -> Means:
    """What she has, of what `parts` found."""
    account, lots, redeemed, *orders = found
    return Means(
        burnable=burnable_of(having.lots(lots), moment),
        rank=standing.told(now, moment, orders[0]).tier.rank if orders else 0,
        frozen=having.account(member_id, account).frozen_at is not None,
        redeemed=_by_reward(redeemed),
    )


async def burnable(session: AsyncSession, member_id: UUID) -> int:
    """Points she could burn now: lots that have expired do not count, swept or not."""
    (lots,) = (await gathering.of(session, [member_id], having.LOTS()))[member_id]
    return burnable_of(having.lots(lots), clock.now())


def _by_reward(found: Rows) -> Mapping[UUID, int]:
    return {reward_id: count for _, reward_id, count in found}
