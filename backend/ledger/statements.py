"""A member's statement for a period: what she had, what moved, what she had then.

A period takes the entries posted in it. A balance is what she owned less what she owed, so that
opening + sum of the entries' points = closing, always; points leave it when their expiry is written down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.as_of import last_seq
from backend.ledger.models import Entry, EntryKind, EntryLine, Side

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
OWNED = (Side.AVAILABLE, Side.HELD, Side.PENDING)


@dataclass(frozen=True)
class Standing:
    """What she owned, by side, and what she owed."""

    available: int
    held: int
    pending: int
    debt: int

    @property
    def balance(self) -> int:
        """Owned less owed."""
        return self.available + self.held + self.pending - self.debt


@dataclass(frozen=True)
class KindTotal:
    """All entries of one kind in the period."""

    kind: EntryKind
    entries: int
    points: int


@dataclass(frozen=True)
class Statement:
    """One period of one member, `end` excluded. Its entries are numbered above `above` and up to `upto`."""

    member_id: UUID
    start: datetime
    end: datetime
    above: int
    upto: int
    opening: Standing
    closing: Standing
    totals: Sequence[KindTotal]


async def statement(session: AsyncSession, member_id: UUID, start: datetime, end: datetime) -> Statement:
    """What was posted from `start` until before `end`, between the standings at both."""
    above = await last_seq(session, member_id, start, before=True)
    upto = await last_seq(session, member_id, end, before=True)
    opening = await _standing(session, member_id, above)
    closing = await _standing(session, member_id, upto)
    return Statement(
        member_id, start, end, above, upto, opening, closing, await _totals(session, member_id, above, upto)
    )


async def _standing(session: AsyncSession, member_id: UUID, upto: int) -> Standing:
    if not upto:
        return Standing(0, 0, 0, 0)
    connection, until = await session.connection(), (ENTRY.c.member_id == member_id, ENTRY.c.seq <= upto)
    of = and_(LINE.c.member_id == ENTRY.c.member_id, LINE.c.entry_id == ENTRY.c.entry_id)
    sides = select(*map(_left_on, OWNED)).select_from(LINE.join(ENTRY, of)).where(*until)
    owned = (await connection.execute(sides)).one()
    debt = (await connection.execute(select(func.sum(ENTRY.c.debt)).where(*until))).scalar()
    available, held, pending = (int(points or 0) for points in owned)
    return Standing(available, held, pending, int(debt or 0))


def _left_on(side: Side) -> Any:
    came = case((LINE.c.to_side == side.value, LINE.c.points), else_=0)
    went = case((LINE.c.from_side == side.value, LINE.c.points), else_=0)
    return func.sum(came - went)


async def _totals(session: AsyncSession, member_id: UUID, above: int, upto: int) -> Sequence[KindTotal]:
    query = (
        select(ENTRY.c.kind, func.count().label("entries"), func.sum(ENTRY.c.points).label("points"))
        .where(ENTRY.c.member_id == member_id, ENTRY.c.seq > above, ENTRY.c.seq <= upto)
        .group_by(ENTRY.c.kind)
    )
    found = {row.kind: row for row in await (await session.connection()).execute(query)}
    return [KindTotal(kind, found[kind].entries, int(found[kind].points)) for kind in EntryKind if kind.value in found]
