"""Finding redemptions: one, a member's own, everyone's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.members import families
from backend.rewards.models import Redemption, RedemptionOrigin, RedemptionState

REDEMPTION = table_of(Redemption)
COUNTS = and_(
    REDEMPTION.c.state != RedemptionState.CANCELLED.value, REDEMPTION.c.origin == RedemptionOrigin.REDEEMED.value
)
"""What counts as redeeming: neither cancelled nor won."""
Position = tuple[datetime, UUID]


async def one(session: AsyncSession, member_id: UUID, redemption_id: UUID) -> Redemption:
    """A member's redemption as it now stands. Raises NotFound."""
    hers = col(Redemption.member_id).in_(await families.part_ids(session, member_id))
    query = select(Redemption).where(hers, Redemption.id == redemption_id)
    found = (await session.exec(query, execution_options={"populate_existing": True})).first()
    if found is None:
        raise NotFound
    return found


async def owner(session: AsyncSession, redemption_id: UUID) -> UUID:
    """Who redeemed it: that never changes, so it may be asked before locking her account. Raises NotFound.

    Whose account that is now, `families.survivor` says.
    """
    query = select(Redemption.member_id).where(Redemption.id == redemption_id)
    found = (await session.exec(query)).first()
    if found is None:
        raise NotFound
    return found


async def of_member(session: AsyncSession, member_id: UUID, after: Position | None, count: int) -> Sequence[Redemption]:
    """A member's redemptions, newest first."""
    hers = col(Redemption.member_id).in_(await families.part_ids(session, member_id))
    return await _page(session, select(Redemption).where(hers), after, count)


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
