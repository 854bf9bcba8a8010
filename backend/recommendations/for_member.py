"""Recommendations for one member: few statements, then `affinity` decides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger.models import Lot
from backend.ledger.posting import InsufficientPoints
from backend.programme import terms
from backend.programme.terms import Terms
from backend.programme.text import Text
from backend.recommendations.affinity import Candidate, Redeemed, Suggestion, Taste, ranked, varied
from backend.rewards import means, shelves
from backend.rewards.models import Redemption, RedemptionState, Reward, Stock
from backend.rewards.why_not import Means, why_not

CANDIDATES_MAX = 300
"""Looked at for one member: the hottest and newest of a large catalogue."""
PAST_MAX = 30
"""Her latest redemptions say what she likes now."""
LOT, REDEMPTION, REWARD = table_of(Lot), table_of(Redemption), table_of(Reward)


@dataclass(frozen=True)
class Recommended:
    """A reward and why."""

    reward: Reward
    suggestion: Suggestion


async def recommended(session: AsyncSession, member_id: UUID, *, count: int) -> list[Recommended]:
    """The `count` rewards that suit her best, of every kind one, those she is still saving for included."""
    every = {one.suggestion: one for one in await _ranked(session, member_id, within_reach=False)}
    return [every[suggestion] for suggestion in varied(list(every), count)]


async def within_reach(session: AsyncSession, member_id: UUID, *, count: int) -> list[Recommended]:
    """The `count` rewards that suit her best among those she may redeem now; what fits expiring points leads."""
    return (await _ranked(session, member_id, within_reach=True))[:count]


async def _ranked(session: AsyncSession, member_id: UUID, *, within_reach: bool) -> list[Recommended]:
    moment, in_force = clock.now(), await terms.in_force(session)
    offered = await _offered(session, moment)
    rewards = {reward.id: reward for reward, _ in offered}
    has = await means.of(session, member_id, rewards.values())
    # A frozen account sees everything: it is recommended what it will be able to redeem once it is thawed.
    has = has if within_reach else replace(has, frozen=False)
    open_to_her = [
        _candidate(reward, stock, moment) for reward, stock in offered if _open_to(has, reward, stock, in_force)
    ]
    taste = Taste(
        available=has.burnable,
        expiring=await _expiring(session, member_id, in_force, moment),
        redeemed=await _past(session, member_id),
        leaving_days=in_force.leaving_soon_days,
    )
    candidates = [one for one in open_to_her if one.points <= has.burnable or not within_reach]
    return [Recommended(rewards[one.reward_id], one) for one in ranked(candidates, taste)]


async def _offered(session: AsyncSession, moment: datetime) -> Sequence[tuple[Reward, Stock]]:
    query = (
        select_rows(Reward, Stock)
        .join(Stock, col(Stock.sku) == col(Reward.sku))
        .where(shelves.offered(moment))
        .order_by(col(Reward.heat).desc(), col(Reward.created_at).desc(), col(Reward.id))
        .limit(CANDIDATES_MAX)
    )
    return (await session.exec(query)).all()


def _open_to(has: Means, reward: Reward, stock: Stock, in_force: Terms) -> bool:
    against = why_not(reward, left=stock.left, means=has, terms=in_force, moment=clock.now())
    return against is None or isinstance(against, InsufficientPoints)


def _candidate(reward: Reward, stock: Stock, moment: datetime) -> Candidate:
    until = reward.available_until
    return Candidate(
        reward_id=reward.id,
        sku=reward.sku,
        kind=reward.kind,
        category=reward.category,
        points=reward.points,
        popularity=stock.redeemed,
        hot=reward.hot,
        leaves_in_days=terms.days_left(until, moment) if until else None,
    )


async def _expiring(session: AsyncSession, member_id: UUID, in_force: Terms, moment: datetime) -> int:
    """Points of the next date on which some expire, if that is within the first warning step."""
    within = moment + timedelta(days=max(in_force.warning_days, default=0))
    query = (
        select(func.sum(LOT.c.available))
        .where(LOT.c.member_id == member_id, LOT.c.open, LOT.c.available > 0)
        .where(LOT.c.expires_at > moment, LOT.c.expires_at <= within)
        .group_by(LOT.c.expires_at)
        .order_by(LOT.c.expires_at)
        .limit(1)
    )
    return int((await (await session.connection()).execute(query)).scalar() or 0)


async def _past(session: AsyncSession, member_id: UUID) -> list[Redeemed]:
    query = (
        select(REWARD.c.sku, REWARD.c.category, REWARD.c.name)
        .join(REDEMPTION, REDEMPTION.c.reward_id == REWARD.c.id)
        .where(REDEMPTION.c.member_id == member_id, REDEMPTION.c.state != RedemptionState.CANCELLED.value)
        .order_by(REDEMPTION.c.redeemed_at.desc(), REDEMPTION.c.id.desc())
        .limit(PAST_MAX)
    )
    rows = await (await session.connection()).execute(query)
    return [Redeemed(row.sku, row.category, Text.model_validate(row.name)) for row in rows]
