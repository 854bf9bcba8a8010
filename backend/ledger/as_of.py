"""The books as they stood at a past instant: what the entries posted by then come to, and nothing else.

An instant is looked up by the time of posting, so the answer is what the books said then, however late the news of
it came. A member's chain is cut after the last entry posted by that instant, even where a clock had run ahead. What
had passed its last day counts as it counted then: it could not be burned, whether its expiry was written down or not.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.lots import Line
from backend.ledger.models import Entry, EntryLine
from backend.ledger.replaying import Replay
from backend.ledger.shelving import line_of
from backend.ledger.states import EntryState

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
ROWS_AT_ONCE = 1_000


async def as_of(session: AsyncSession, member_id: UUID, moment: datetime) -> Replay:
    """One member's account as it stood at `moment`, replayed from her entries."""
    return await replayed(session, member_id, await last_seq(session, member_id, moment))


async def last_seq(session: AsyncSession, member_id: UUID, moment: datetime, *, before: bool = False) -> int:
    """The number of her last entry posted by `moment` (`before` it, if so asked); 0 when there is none."""
    posted = ENTRY.c.created_at < moment if before else ENTRY.c.created_at <= moment
    query = select(ENTRY.c.seq).where(ENTRY.c.member_id == member_id, posted).order_by(ENTRY.c.seq.desc()).limit(1)
    return int((await (await session.connection()).execute(query)).scalar() or 0)


async def replayed(session: AsyncSession, member_id: UUID, seq: int) -> Replay:
    """Her account after her entry number `seq`."""
    replay = Replay(member_id)
    while replay.seq < seq:
        upto = min(replay.seq + ROWS_AT_ONCE, seq)
        entries = [EntryState(**row._mapping) for row in await _rows(session, _entries(member_id, replay.seq, upto))]
        lines: dict[UUID, list[Line]] = {}
        for row in await _rows(session, _lines(member_id, replay.seq, upto)):
            lines.setdefault(row.entry_id, []).append(line_of(row))
        for entry in entries:
            list(replay.move(entry, tuple(lines.get(entry.entry_id, ()))))
        replay.seq = upto
    return replay


def posted_by(moment: datetime, *, before: bool = False) -> Any:
    """Every member's last entry posted by `moment`, as a subquery (member_id, seq): where her chain is cut."""
    posted = ENTRY.c.created_at < moment if before else ENTRY.c.created_at <= moment
    return (
        select(ENTRY.c.member_id, func.max(ENTRY.c.seq).label("seq"))
        .where(posted)
        .group_by(ENTRY.c.member_id)
        .subquery()
    )


def _entries(member_id: UUID, after: int, upto: int) -> Select[Any]:
    mine = ENTRY.c.member_id == member_id
    return select(ENTRY).where(mine, ENTRY.c.seq > after, ENTRY.c.seq <= upto).order_by(ENTRY.c.seq)


def _lines(member_id: UUID, after: int, upto: int) -> Select[Any]:
    of = (LINE.c.member_id == ENTRY.c.member_id) & (LINE.c.entry_id == ENTRY.c.entry_id)
    mine = ENTRY.c.member_id == member_id
    query = select(LINE).join(ENTRY, of).where(mine, ENTRY.c.seq > after, ENTRY.c.seq <= upto)
    return query.order_by(ENTRY.c.seq, LINE.c.line_no)


async def _rows(session: AsyncSession, query: Select[Any]) -> list[Any]:
    return list(await (await session.connection()).execute(query))
