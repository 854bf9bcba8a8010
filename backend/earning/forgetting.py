"""What events say of a person beyond what the books need: their bodies, and how the source called her."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.models import IncomingEvent
from backend.kit.columns import table_of
from backend.members import phones
from backend.orders.models import Purchase

INCOMING, PURCHASE = table_of(IncomingEvent), table_of(Purchase)
BATCH_MAX = 500


async def forget(session: AsyncSession, *, member_id: UUID, reference: str | None, phone: str | None) -> None:
    """Empty the events about her. That each was taken in stays known, so that the same one again counts once.

    Events that came by phone are kept under a masked one, which others may share: those about another member's
    orders stay as they are.
    """
    names = [str(member_id), *filter(None, (reference,))]
    own = INCOMING.c.subject.in_(names)
    await (await session.connection()).execute(update(INCOMING).where(own).values(subject="", body={}))
    if phone is not None:
        await _forget_masked(session, member_id, phones.masked(phone))


async def _forget_masked(session: AsyncSession, member_id: UUID, masked: str) -> None:
    connection = await session.connection()
    query = select(INCOMING.c.source, INCOMING.c.event_id, INCOMING.c.body).where(INCOMING.c.subject == masked)
    orders = {(row.source, row.event_id): _order(row.body, row.event_id) for row in await connection.execute(query)}
    others = await _of_others(session, member_id, {(source, ref) for (source, _), ref in orders.items()})
    hers = [key for key, ref in orders.items() if (key[0], ref) not in others]
    for start in range(0, len(hers), BATCH_MAX):
        own = tuple_(INCOMING.c.source, INCOMING.c.event_id).in_(hers[start : start + BATCH_MAX])
        await connection.execute(update(INCOMING).where(own).values(subject="", body={}))


async def _of_others(
    session: AsyncSession, member_id: UUID, orders: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    wanted, found = sorted(orders), set()
    for start in range(0, len(wanted), BATCH_MAX):
        query = select(PURCHASE.c.source, PURCHASE.c.order_ref).where(
            tuple_(PURCHASE.c.source, PURCHASE.c.order_ref).in_(wanted[start : start + BATCH_MAX]),
            PURCHASE.c.member_id != member_id,
        )
        found |= {(row.source, row.order_ref) for row in await (await session.connection()).execute(query)}
    return found


def _order(body: Mapping[str, Any], event_id: str) -> str:
    said = body.get("data", body)
    return str(said.get("order", event_id)) if isinstance(said, Mapping) else event_id
