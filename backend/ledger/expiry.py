"""Letting points go when their time has come, and only then: what nobody was told of is extended instead."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger import extending, posting
from backend.ledger.models import Account, Lot
from backend.ledger.walking import Found, Place, Span, look

ACCOUNT, LOT = table_of(Account), table_of(Lot)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
HERS = ACCOUNT.c.member_id == LOT.c.member_id
MOVES = select(ACCOUNT.c.member_id).where(HERS, ACCOUNT.c.frozen_at.is_(None)).exists()
"""That the account of a lot is not frozen: whose is keeps her points till it thaws."""
SWEEP_MAX = 100
"""Members of one transaction: few enough that nobody waits long for their locks."""


async def due(_session: AsyncSession) -> Sequence[Span]:
    """All time up to now."""
    return [Span(LONG_AGO, clock.now())]


async def members_with_due_lots(session: AsyncSession, span: Span, after: Place | None) -> Found:
    """The next members who hold points that expired within the span, the longest expired first."""
    return await look(session, span, after, MOVES)


async def those_with_due_lots(session: AsyncSession, among: Collection[UUID]) -> Sequence[UUID]:
    """Those `among` them who hold expired points."""
    query = select(LOT.c.member_id).distinct().order_by(LOT.c.member_id)
    query = query.where(LOT.c.open, LOT.c.available > 0, LOT.c.expires_at <= clock.now(), MOVES)
    return list((await (await session.connection()).execute(query.where(LOT.c.member_id.in_(among)))).scalars())


async def expire_due(session: AsyncSession, *, member_ids: Sequence[UUID], quiet: bool = False) -> int:
    """Expire what is due of these members and return how many points that was; again at once, nothing is due.

    What is due although no notice was delivered (the sweep before came too late for it) is extended from now on.
    `quiet`: the phones are not told and nothing is extended, as when past years are imported.
    """
    moment, books = clock.now(), await posting.open_books(session, member_ids)
    thawed = [book for book in books.values() if book.account.frozen_at is None]
    entries = [entry for book in thawed for entry in posting.expire(book, moment=moment, tell=not quiet)]
    unannounced = {book.member_id: book for book in thawed if book.spared}
    if unannounced and not quiet:
        await extending.spare(session, unannounced, by=moment)
    await posting.write(session, thawed)
    return -sum(entry.points for entry in entries)
