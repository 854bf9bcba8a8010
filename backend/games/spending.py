"""What a pool has given away and may still give away."""

from uuid import UUID

from sqlalchemy import case, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.models_draws import DrawPrize, DrawRound
from backend.kit.columns import table_of

ROUND, PRIZE = table_of(DrawRound), table_of(DrawPrize)


async def promised_minor(session: AsyncSession, pool_id: UUID) -> int:
    """The value of every piece that was won in the pool's closed rounds, and of every piece of the others."""
    won = PRIZE.c.pieces - PRIZE.c.left
    pieces = case((ROUND.c.closed_at.is_(None), PRIZE.c.pieces), else_=won)
    query = (
        select(func.coalesce(func.sum(pieces * PRIZE.c.value_minor), 0))
        .select_from(ROUND.join(PRIZE, PRIZE.c.round_id == ROUND.c.id))
        .where(ROUND.c.pool_id == pool_id, PRIZE.c.pieces.is_not(None))
    )
    return int((await (await session.connection()).execute(query)).scalar_one())
