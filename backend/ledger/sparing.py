"""Which points may not be let go although their time has come: those of whose expiry nobody told their member."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.kit.looking import among
from backend.ledger.models import Entry, ExpiryNotice, Lot

LOT, ENTRY, NOTICE = table_of(Lot), table_of(Entry), table_of(ExpiryNotice)


def of_the_lot() -> ColumnElement[bool]:
    """That a notice is of a lot and of the date it has now."""
    return and_(*(NOTICE.c[name] == LOT.c[name] for name in ("member_id", "lot_id", "expires_at")))


def untold() -> ColumnElement[bool]:
    """That no notice of a lot's expiry was delivered, nor will have counted by then."""
    delivered = or_(NOTICE.c.delivered_at.is_not(None), NOTICE.c.counts_at <= NOTICE.c.expires_at)
    return ~select(NOTICE.c.lot_id).where(of_the_lot(), delivered).exists()


def unannounced() -> ColumnElement[bool]:
    """That a lot may not expire on the date it has: no notice of it was delivered.

    A lot that was past its expiry when it was written down is history: there was nothing to warn of.
    """
    history = select(ENTRY.c.entry_id).where(
        ENTRY.c.member_id == LOT.c.member_id, ENTRY.c.entry_id == LOT.c.lot_id, ENTRY.c.created_at >= LOT.c.expires_at
    )
    return untold() & ~history.exists()


async def spared(session: AsyncSession, member_ids: Collection[UUID], *, by: datetime) -> dict[UUID, set[UUID]]:
    """The lots of each member that expire by then and may not."""
    query = select(LOT.c.member_id, LOT.c.lot_id).where(
        among(LOT.c.member_id, "members"), LOT.c.open, LOT.c.expires_at <= by, unannounced()
    )
    found: dict[UUID, set[UUID]] = {member_id: set() for member_id in member_ids}
    for member_id, lot_id in await (await session.connection()).execute(query, {"members": list(member_ids)}):
        found[member_id].add(lot_id)
    return found
