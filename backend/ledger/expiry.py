"""Letting points go when their time has come, and saying so well before."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, insert, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.facts import ExpiryWarned
from backend.ledger.models import Account, ExpiryWarning, Lot
from backend.programme import terms

ACCOUNT, LOT, WARNING = table_of(Account), table_of(Lot), table_of(ExpiryWarning)
SWEEP_MAX = 200
"""Members of one transaction: few enough that nobody waits long for their locks."""


async def members_with_due_lots(
    session: AsyncSession, among: Collection[UUID] | None = None, *, after: UUID | None = None
) -> Sequence[UUID]:
    """Up to SWEEP_MAX members, by id and beyond `after`, who hold expired points.

    Those whose accounts are frozen keep them till they thaw.
    """
    query = (
        select(LOT.c.member_id)
        .distinct()
        .join(ACCOUNT, ACCOUNT.c.member_id == LOT.c.member_id)
        .where(LOT.c.open, LOT.c.available > 0, LOT.c.expires_at <= clock.now(), ACCOUNT.c.frozen_at.is_(None))
        .order_by(LOT.c.member_id)
        .limit(SWEEP_MAX)
    )
    if among is not None:
        query = query.where(LOT.c.member_id.in_(among))
    if after is not None:
        query = query.where(LOT.c.member_id > after)
    return list((await (await session.connection()).execute(query)).scalars())


async def expire_due(session: AsyncSession, *, member_ids: Sequence[UUID], quiet: bool = False) -> int:
    """Expire what is due of these members and return how many points that was; again at once, nothing is due.

    `quiet`: the phones are not told, as when past years are imported.
    """
    books = await posting.open_books(session, member_ids)
    thawed = [book for book in books.values() if book.account.frozen_at is None]
    entries = [entry for book in thawed for entry in posting.expire(book, moment=clock.now(), tell=not quiet)]
    await posting.write(session, thawed)
    return -sum(entry.points for entry in entries)


async def members_to_warn(session: AsyncSession, *, after: UUID | None = None) -> Sequence[UUID]:
    """Up to SWEEP_MAX members, by id and beyond `after`, with a lot at a warning step nobody told them of yet."""
    steps, moment = sorted((await terms.in_force(session)).warning_days), clock.now()
    if not steps:
        return []
    reached = case(*((LOT.c.expires_at <= moment + timedelta(days=step), step) for step in steps))
    told = select(WARNING.c.lot_id).where(
        WARNING.c.member_id == LOT.c.member_id, WARNING.c.lot_id == LOT.c.lot_id, WARNING.c.step_days <= reached
    )
    query = (
        select(LOT.c.member_id)
        .distinct()
        .where(LOT.c.open, LOT.c.available > 0, LOT.c.expires_at > moment)
        .where(LOT.c.expires_at <= moment + timedelta(days=steps[-1]), ~told.exists())
        .order_by(LOT.c.member_id)
        .limit(SWEEP_MAX)
    )
    if after is not None:
        query = query.where(LOT.c.member_id > after)
    return list((await (await session.connection()).execute(query)).scalars())


async def warn(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Write the warnings that are due, once per lot and step, and tell each member once per date; returns how many.

    A lot that comes in sight late (say, on its last day) is warned of once, at the step it has reached.
    """
    books = await posting.open_books(session, member_ids)
    given = await _given(session, member_ids)
    steps = sorted((await terms.in_force(session)).warning_days)
    rows = [row for book in books.values() for row in _warn_one(book, given, steps)]
    if rows:
        await (await session.connection()).execute(insert(WARNING), rows)
    await posting.write(session, books.values())
    return len(rows)


def _warn_one(book: Book, given: dict[UUID, int], steps: Sequence[int]) -> list[dict[str, object]]:
    moment, rows, by_date = clock.now(), [], dict[datetime, int]()
    for lot in sorted(book.lots.values(), key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.lot_id)):
        if not lot.available or lot.expires_at is None or lot.expires_at <= moment:
            continue
        step = next((step for step in steps if lot.expires_at <= moment + timedelta(days=step)), None)
        if step is not None and step < given.get(lot.lot_id, step + 1):
            row = {"member_id": book.member_id, "lot_id": lot.lot_id, "step_days": step}
            rows.append(row | {"points": lot.available, "warned_at": moment})
            by_date[lot.expires_at] = by_date.get(lot.expires_at, 0) + lot.available
    for expires_at, points in by_date.items():
        left = terms.days_left(expires_at, moment)
        book.tell(ExpiryWarned(member_id=book.member_id, points=points, expires_at=expires_at, days_left=left))
    return rows


async def _given(session: AsyncSession, member_ids: Sequence[UUID]) -> dict[UUID, int]:
    query = select(WARNING.c.lot_id, WARNING.c.step_days).where(WARNING.c.member_id.in_(member_ids))
    given: dict[UUID, int] = {}
    for lot_id, step in await (await session.connection()).execute(query):
        given[lot_id] = min(step, given.get(lot_id, step))
    return given
