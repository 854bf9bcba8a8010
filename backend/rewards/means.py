"""Looks up what a member redeems with: few statements for any number of rewards."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger.models import Account, Lot
from backend.members import families
from backend.rewards import redemptions
from backend.rewards.models import Redemption, Reward
from backend.rewards.why_not import Means
from backend.tiers import standing

ACCOUNT, LOT, REDEMPTION = table_of(Account), table_of(Lot), table_of(Redemption)


async def of(session: AsyncSession, member_id: UUID, rewards: Collection[Reward]) -> Means:
    """What she has for these rewards, read without a lock: good for a screen, not for a verb."""
    frozen_at = (await session.connection()).execute(
        select(ACCOUNT.c.frozen_at).where(ACCOUNT.c.member_id == member_id)
    )
    return Means(
        burnable=await burnable(session, member_id),
        rank=await rank(session, member_id, rewards),
        frozen=(await frozen_at).scalar() is not None,
        redeemed=await redeemed(session, member_id, rewards),
    )


async def burnable(session: AsyncSession, member_id: UUID) -> int:
    """Points she could burn now: lots that have expired do not count, swept or not."""
    alive = or_(LOT.c.expires_at.is_(None), LOT.c.expires_at > clock.now())
    query = select(func.coalesce(func.sum(LOT.c.available), 0)).where(LOT.c.member_id == member_id, LOT.c.open, alive)
    return int((await (await session.connection()).execute(query)).scalar_one())


async def rank(session: AsyncSession, member_id: UUID, rewards: Collection[Reward]) -> int:
    """The rank of her tier; 0 without looking when none of the rewards asks for one."""
    if all(reward.minimum_tier is None for reward in rewards):
        return 0
    return (await standing.of(session, [member_id]))[member_id].tier.rank


async def redeemed(session: AsyncSession, member_id: UUID, rewards: Collection[Reward]) -> dict[UUID, int]:
    """How often she redeemed those that have a limit; cancelled redemptions do not count."""
    limited = [reward.id for reward in rewards if reward.limit_per_member is not None]
    if not limited:
        return {}
    query = (
        select(REDEMPTION.c.reward_id, func.count())
        .where(
            REDEMPTION.c.member_id.in_(await families.part_ids(session, member_id)),
            REDEMPTION.c.reward_id.in_(limited),
            redemptions.COUNTS,
        )
        .group_by(REDEMPTION.c.reward_id)
    )
    return {reward_id: count for reward_id, count in await (await session.connection()).execute(query)}
