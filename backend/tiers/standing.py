"""Where members stand now, from their orders."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.members import families
from backend.orders.models import Purchase
from backend.programme import terms
from backend.tiers.qualification import TierStanding, stand, window_start

PURCHASE = table_of(Purchase)


async def of(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, TierStanding]:
    """The standing of each of `member_ids` now; who never bought stands on the lowest rung."""
    programme, moment = await terms.in_force(session), clock.now()
    whose = await families.parts(session, member_ids)
    query = (
        select(PURCHASE.c.member_id, PURCHASE.c.paid_at, PURCHASE.c.total_minor - PURCHASE.c.refunded_minor)
        .where(PURCHASE.c.member_id.in_(whose), PURCHASE.c.paid_at >= window_start(programme, moment))
        .order_by(PURCHASE.c.paid_at)
    )
    orders: defaultdict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    for member_id, paid_at, remaining_minor in await (await session.connection()).execute(query):
        orders[whose[member_id]].append((paid_at, remaining_minor))
    return {member_id: stand(programme, orders[member_id], moment) for member_id in member_ids}
