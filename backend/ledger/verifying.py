"""Asking the books whether they are sound: every chain, balance and lot, recomputed from entries alone."""

from collections.abc import AsyncIterator, Callable
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.holds import HeldPoints
from backend.ledger.lots import Line, LotState
from backend.ledger.models import Account, Entry, EntryLine, Hold, Lot
from backend.ledger.replaying import Replay
from backend.ledger.shelving import LOT_FIELDS, hold_of, line_of
from backend.ledger.states import AccountState, EntryState

ACCOUNT, LOT, ENTRY, LINE = table_of(Account), table_of(Lot), table_of(Entry), table_of(EntryLine)
HOLD = table_of(Hold)
MEMBERS_PER_PAGE = 200


async def findings(session: AsyncSession, progress: Callable[[int], None] = lambda entries: None) -> AsyncIterator[str]:
    """What is wrong, member by member; nothing when the books are sound. `progress` is told of entries read."""
    connection = await session.connection()
    after: UUID | None = None
    while page := await _page(connection, after):
        async for finding in _judge(connection, page, progress):
            yield finding
        after = page[-1]
    for row in await connection.execute(_orphans()):
        yield f"account {row.member_id}: has entries but no row"


async def count_entries(session: AsyncSession) -> int:
    """How many entries there are to verify."""
    return int((await (await session.connection()).execute(select(func.count()).select_from(ENTRY))).scalar_one())


async def _page(connection: AsyncConnection, after: UUID | None) -> list[UUID]:
    query = select(ACCOUNT.c.member_id).order_by(ACCOUNT.c.member_id).limit(MEMBERS_PER_PAGE)
    if after is not None:
        query = query.where(ACCOUNT.c.member_id > after)
    return list((await connection.execute(query)).scalars())


async def _judge(
    connection: AsyncConnection, member_ids: list[UUID], progress: Callable[[int], None]
) -> AsyncIterator[str]:
    accounts = {row.member_id: AccountState(**row._mapping) for row in await _rows(connection, ACCOUNT, member_ids)}
    stored: dict[UUID, dict[UUID, LotState]] = {member_id: {} for member_id in member_ids}
    for row in await _rows(connection, LOT, member_ids):
        state = LotState(row.lot_id, row.earned_at, *(getattr(row, name) for name in LOT_FIELDS))
        stored[row.member_id][row.lot_id] = state
        if row.open != state.open:
            yield f"lot {row.lot_id} (member {row.member_id}): is marked {'open' if row.open else 'closed'}"
    held: dict[UUID, dict[UUID, HeldPoints]] = {member_id: {} for member_id in member_ids}
    for row in await _rows(connection, HOLD, member_ids):
        held[row.member_id][row.hold_id] = hold_of(row)
    lines: dict[tuple[UUID, UUID], list[Line]] = {}
    for row in await _rows(connection, LINE, member_ids, LINE.c.line_no):
        lines.setdefault((row.member_id, row.entry_id), []).append(line_of(row))
    entries = await _rows(connection, ENTRY, member_ids, ENTRY.c.seq)
    by_member = {member_id: list(of) for member_id, of in groupby(entries, key=lambda row: row.member_id)}
    for member_id in member_ids:
        replay = Replay(member_id)
        for row in by_member.get(member_id, ()):
            for finding in replay.follow(EntryState(**row._mapping), lines.pop((member_id, row.entry_id), ())):
                yield finding
        for finding in replay.compare(accounts[member_id], stored[member_id], held[member_id]):
            yield finding
    for member_id, entry_id in lines:
        yield f"lines of entry {entry_id} (member {member_id}): their entry is gone"
    progress(len(entries))


async def _rows(connection: AsyncConnection, table: Any, member_ids: list[UUID], *order: Any) -> list[Any]:
    query = select(table).where(table.c.member_id.in_(member_ids)).order_by(table.c.member_id, *order)
    return list(await connection.execute(query))


def _orphans() -> Any:
    return (
        select(ENTRY.c.member_id)
        .distinct()
        .outerjoin(ACCOUNT, ACCOUNT.c.member_id == ENTRY.c.member_id)
        .where(ACCOUNT.c.member_id.is_(None))
    )
