"""Where members stand now, from their orders."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, gathering
from backend.kit.columns import table_of
from backend.kit.gathering import Look, Part, Rows
from backend.members.families import WHOSE
from backend.members.looking import MEMBER, are_hers
from backend.orders.models import Purchase
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tiers.qualification import TierStanding, stand, window_start

PURCHASE = table_of(Purchase)


def _orders() -> Select[Any]:
    return (
        select(WHOSE, PURCHASE.c.paid_at, PURCHASE.c.total_minor - PURCHASE.c.refunded_minor)
        .join(MEMBER, MEMBER.c.id == PURCHASE.c.member_id)
        .where(are_hers(), PURCHASE.c.paid_at >= bindparam("since"))
        .order_by(PURCHASE.c.paid_at)
    )


ORDERS = Look(_orders, ("since",))


async def of(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, TierStanding]:
    """The standing of each of `member_ids` now; who never bought stands on the lowest rung."""
    programme, moment = await terms.in_force(session), clock.now()
    found = await gathering.of(session, member_ids, orders(programme, moment))
    return {member_id: told(programme, moment, rows) for member_id, (rows,) in found.items()}


def orders(programme: Terms, moment: datetime) -> Part:
    """What `told` must be told: the orders that count at `moment`."""
    return ORDERS(window_start(programme, moment))


def told(programme: Terms, moment: datetime, found: Rows) -> TierStanding:
    """The standing at `moment` of whoever made these orders."""
    return stand(programme, [(paid_at, minor) for _, paid_at, minor in found], moment)
