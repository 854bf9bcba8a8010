"""Letting pending points become available, when their time has come or sooner."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger import posting, reasons
from backend.ledger.models import Entry, EntryKind, Lot
from backend.ledger.states import EntryState

LOT = table_of(Lot)
SWEEP_MAX = 200
"""Members of one transaction: few enough that nobody waits long for their locks."""


class NothingPending(Refused):
    """Nothing of this earning is pending."""


async def members_with_points_to_release(session: AsyncSession, *, after: UUID | None = None) -> Sequence[UUID]:
    """Up to SWEEP_MAX members, by id and beyond `after`, with pending points whose time has come."""
    query = (
        select(LOT.c.member_id)
        .distinct()
        .where(LOT.c.pending > 0, LOT.c.release_at <= clock.now())
        .order_by(LOT.c.member_id)
        .limit(SWEEP_MAX)
    )
    if after is not None:
        query = query.where(LOT.c.member_id > after)
    return list((await (await session.connection()).execute(query)).scalars())


async def release_due(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Release what is due of these members, frozen or not, and return how many entries that took; again, none."""
    books = await posting.open_books(session, member_ids)
    entries = [entry for book in books.values() for entry in posting.release_due(book, moment=clock.now())]
    await posting.write(session, books.values())
    return len(entries)


async def release_pending(
    session: AsyncSession, *, key: UUID, member_id: UUID, entry_id: UUID, reason: str, actor: str
) -> Done[EntryState]:
    """Release what is pending of an earning before its time. The same key again does nothing.

    A transfer in its cooling-off is not released: its sender may still take it back. Raises NotFound,
    InvalidInput, KeyReused, NothingPending.
    """
    earning = await session.get(Entry, (member_id, entry_id))
    if earning is None:
        raise NotFound
    name, request = f"release early:{key}", {"entry": str(entry_id), "reason": reason}
    book = await posting.open_book(session, member_id, name, lot_ids=[entry_id])
    if (entry := book.already(name, request)) is not None:
        return Done(entry, replayed=True)
    lot = book.lots.get(entry_id)
    if lot is None or not lot.pending or earning.kind == EntryKind.TRANSFER_IN:
        raise NothingPending
    why = {"code": "RELEASED_EARLY", "reason": reasons.checked(reason)}
    entry = posting.release(book, [entry_id], key=name, occurred_at=clock.now(), actor=actor, why=why, request=request)
    await posting.write(session, [book])
    return Done(entry)
