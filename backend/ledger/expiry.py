"""Letting points go when their time has come, and only then: what nobody was told of is extended instead."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger import extending, posting
from backend.ledger.models import Account, Lot

ACCOUNT, LOT = table_of(Account), table_of(Lot)
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
