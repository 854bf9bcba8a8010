"""How much a member has drawn lately: the same for her screen and for the verb."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.draw_limits import cools_down_until, week_of
from backend.games.models_draws import Draw, DrawPool, DrawRound
from backend.kit import clock
from backend.kit.columns import table_of
from backend.members import families
from backend.programme.terms import Terms

DRAW, ROUND = table_of(Draw), table_of(DrawRound)


@dataclass(frozen=True)
class Played:
    """One member and one pool. `cool_down_until`: from whatever pools; None: she may draw."""

    this_week: int
    left: int
    resets_at: datetime
    cool_down_until: datetime | None


async def played(session: AsyncSession, member_id: UUID, pools: Collection[DrawPool], now: Terms) -> dict[UUID, Played]:
    """What she has drawn, and may still, from each of these pools; whoever became one with her counts too."""
    hers = await families.part_ids(session, member_id)
    moment = clock.now()
    monday, resets_at = week_of(now, moment)
    counted = await _counted(session, hers, monday)
    until = cools_down_until(await _newest(session, hers, now.draws.cool_down_after), now.draws, moment)
    return {
        pool.id: Played(
            this_week=counted.get(pool.id, 0),
            left=max(0, pool.weekly_limit - counted.get(pool.id, 0)),
            resets_at=resets_at,
            cool_down_until=until,
        )
        for pool in pools
    }


async def _counted(session: AsyncSession, hers: Collection[UUID], since: datetime) -> dict[UUID, int]:
    query = (
        select(ROUND.c.pool_id, func.count())
        .select_from(DRAW.join(ROUND, ROUND.c.id == DRAW.c.round_id))
        .where(DRAW.c.member_id.in_(hers), DRAW.c.drawn_at >= since)
        .group_by(ROUND.c.pool_id)
    )
    return {pool_id: number for pool_id, number in await (await session.connection()).execute(query)}


async def _newest(session: AsyncSession, hers: Collection[UUID], count: int) -> list[datetime]:
    query = select(DRAW.c.drawn_at).where(DRAW.c.member_id.in_(hers)).order_by(DRAW.c.drawn_at.desc()).limit(count)
    return list((await (await session.connection()).execute(query)).scalars())
