"""What becomes of holds that nobody captured: they lapse at their time, or an operator lets them go."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.done import Done
from backend.kit.errors import NotFound, Refused
from backend.ledger import posting, reasons, reserving
from backend.ledger.models import Account, Hold, HoldState
from backend.ledger.states import EntryState

ACCOUNT, HOLD = table_of(Account), table_of(Hold)
SWEEP_MAX = 200
"""Members of one transaction: few enough that nobody waits long for their locks."""
SHOWN_MAX = 50
BOUND = {"AUCTION"}
"""Purposes of holds that whatever made them closes itself, in time: taken from under it, what was bid goes unpaid."""


class HoldBound(Refused):
    """These points are bound to something under way, such as an auction. End that instead."""


async def members_with_lapsed_holds(session: AsyncSession, *, after: UUID | None = None) -> Sequence[UUID]:
    """Up to SWEEP_MAX members, by id and beyond `after`, with holds whose time is over.

    Those whose accounts are frozen keep them till they thaw.
    """
    query = (
        select(HOLD.c.member_id)
        .distinct()
        .join(ACCOUNT, ACCOUNT.c.member_id == HOLD.c.member_id)
        .where(*_due(), ACCOUNT.c.frozen_at.is_(None))
        .order_by(HOLD.c.member_id)
        .limit(SWEEP_MAX)
    )
    if after is not None:
        query = query.where(HOLD.c.member_id > after)
    return list((await (await session.connection()).execute(query)).scalars())


async def lapse_due(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Give back what these members' holds reserve beyond their time, and return how many lapsed; again, none."""
    query = select(HOLD.c.member_id, HOLD.c.hold_id).where(HOLD.c.member_id.in_(member_ids), *_due())
    due: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in await (await session.connection()).execute(query):
        due[row.member_id].append(row.hold_id)
    hold_ids = [hold_id for of in due.values() for hold_id in of]
    books, lapsed = await posting.open_books(session, member_ids, hold_ids=hold_ids), 0
    for book in books.values():
        if book.account.frozen_at is not None:
            continue
        # Whoever closed one before the account was locked here has said what became of it.
        for held in sorted(book.holds.values(), key=lambda held: (held.lapses_at, held.hold_id)):
            if held.state == HoldState.OPEN:
                reserving.lapse(book, held)
                lapsed += 1
    await posting.write(session, books.values())
    return lapsed


async def let_go_hold(
    session: AsyncSession, *, key: UUID, member_id: UUID, hold_id: UUID, reason: str, actor: str
) -> Done[EntryState]:
    """Give the points of a hold back before its time. The same key again does nothing.

    Raises NotFound, InvalidInput, KeyReused, HoldBound, HoldClosed, AccountFrozen.
    """
    name, request = f"let go:{key}", {"hold": str(hold_id), "reason": reason}
    book = await posting.open_book(session, member_id, name, hold_ids=[hold_id])
    if (entry := book.already(name, request)) is not None:
        return Done(entry, replayed=True)
    if (held := book.holds.get(hold_id)) is None:
        raise NotFound
    if held.purpose in BOUND:
        raise HoldBound
    why = {"code": "HOLD_LET_GO", "reason": reasons.checked(reason)}
    entry = reserving.let_go(book, held, key=name, actor=actor, why=why, reference=held.reference, request=request)
    await posting.write(session, [book])
    return Done(entry)


async def open_holds(session: AsyncSession, member_id: UUID) -> Sequence[Hold]:
    """A member's open holds, the first to lapse first; at most SHOWN_MAX."""
    query = select_rows(Hold).where(Hold.member_id == member_id, Hold.state == HoldState.OPEN)
    return (await session.exec(query.order_by(col(Hold.lapses_at), col(Hold.hold_id)).limit(SHOWN_MAX))).all()


def _due() -> tuple[Any, ...]:
    # As a literal, as the index says it: a bound value would keep PostgreSQL from using the index.
    return HOLD.c.state == literal_column("'OPEN'"), HOLD.c.lapses_at <= clock.now()
