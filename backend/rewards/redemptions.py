"""Finding redemptions: one, a member's own, everyone's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, tuple_
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.rewards.models import Redemption, RedemptionState

REDEMPTION = table_of(Redemption)
Position = tuple[datetime, UUID]


async def one(session: AsyncSession, member_id: UUID, redemption_id: UUID) -> Redemption:
    """A member's redemption as it now stands. Raises NotFound."""
    found = await session.get(Redemption, (member_id, redemption_id), populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def owner(session: AsyncSession, redemption_id: UUID) -> UUID:
    """Whose redemption it is: that never changes, so it may be asked before locking her account. Raises NotFound."""
    query = select(Redemption.member_id).where(Redemption.id == redemption_id)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return found


async def of_member(session: AsyncSession, member_id: UUID, after: Position | None, count: int) -> Sequence[Redemption]:
    """A member's redemptions, newest first."""
    return await _page(session, select(Redemption).where(Redemption.member_id == member_id), after, count)


async def of_everyone(
    session: AsyncSession, state: RedemptionState | None, after: Position | None, count: int
) -> Sequence[Redemption]:
    """All redemptions, or those in one state, newest first."""
    query = select(Redemption)
    return await _page(session, query if state is None else query.where(Redemption.state == state.value), after, count)


async def _page(
    session: AsyncSession, query: SelectOfScalar[Redemption], after: Position | None, count: int
) -> Sequence[Redemption]:
    moment, which = REDEMPTION.c.redeemed_at, REDEMPTION.c.id
    if after is not None:
        passed = tuple_(literal(after[0], moment.type), literal(after[1], which.type))
        query = query.where(tuple_(moment, which) < passed)
    return (await session.exec(query.order_by(moment.desc(), which.desc()).limit(count))).all()
