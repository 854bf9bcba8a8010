"""Finding draws: one, a member's own, a whole round's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.models_draws import Draw
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.members import families

DRAW = table_of(Draw)


async def one(session: AsyncSession, member_id: UUID, draw_id: UUID) -> Draw:
    """A member's draw, or that of whoever became one with her. Raises NotFound."""
    hers = col(Draw.member_id).in_(await families.part_ids(session, member_id))
    found = (await session.exec(select(Draw).where(hers, Draw.id == draw_id))).first()
    if found is None:
        raise NotFound
    return found


async def of_member(
    session: AsyncSession, member_id: UUID, after: tuple[datetime, UUID] | None, count: int
) -> Sequence[Draw]:
    """Her draws, and those of whoever became one with her, newest first."""
    query = select(Draw).where(col(Draw.member_id).in_(await families.part_ids(session, member_id)))
    if after is not None:
        passed = tuple_(literal(after[0], DRAW.c.drawn_at.type), literal(after[1], DRAW.c.id.type))
        query = query.where(tuple_(DRAW.c.drawn_at, DRAW.c.id) < passed)
    return (await session.exec(query.order_by(DRAW.c.drawn_at.desc(), DRAW.c.id.desc()).limit(count))).all()


async def of_round(session: AsyncSession, round_id: UUID, after: int, count: int) -> Sequence[Draw]:
    """A round's draws in the order of their numbers, those after number `after`."""
    query = select(Draw).where(Draw.round_id == round_id, col(Draw.number) > after)
    return (await session.exec(query.order_by(col(Draw.number)).limit(count))).all()
