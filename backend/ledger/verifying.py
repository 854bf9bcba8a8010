"""Asking the books whether they are sound: every chain, balance, lot and hold, recomputed from entries alone.

Streamed: memory holds the lots of one member at a time, however many entries there are.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger import pairing, reading, verifying_seals
from backend.ledger.lots import LotState
from backend.ledger.models import Entry, EntryLine
from backend.ledger.reading import Books
from backend.ledger.replaying import Replay
from backend.ledger.shelving import ENTRY_FIELDS, LOT_FIELDS, hold_of, line_of
from backend.ledger.states import AccountState, EntryState
from backend.ledger.verifying_seals import Kept

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
TELL_EVERY = 500
_state_of = attrgetter("lot_id", "earned_at", *LOT_FIELDS)
Progress = Callable[[int], None]


async def findings(
    session: AsyncSession, progress: Progress = lambda entries: None, *, kept: Collection[Kept] = ()
) -> AsyncIterator[str]:
    """What is wrong, member by member and then leaf by leaf; nothing when the books are sound.

    `progress` is told of entries read, each once here and once under its seal. `kept`: checkpoints somebody kept.
    """
    async for finding in findings_about(session, None, progress):
        yield finding
    for row in await (await session.connection()).execute(_stray_lines()):
        yield f"lines of entry {row.entry_id} (member {row.member_id}): their entry is gone"
    async for finding in pairing.findings(await session.connection()):
        yield finding
    async for finding in verifying_seals.findings(session, progress, kept=kept):
        yield finding


async def findings_about(
    session: AsyncSession, member_ids: Collection[UUID] | None, progress: Progress = lambda entries: None
) -> AsyncIterator[str]:
    """What is wrong with the books of these members (None: of everybody), seals aside."""
    books = await reading.open_books(await session.connection(), member_ids)
    while (member_id := await books.next_member()) is not None:
        async for finding in _judge(books, member_id, progress):
            yield finding


async def count_entries(session: AsyncSession) -> int:
    """How many entries there are to verify."""
    return int((await (await session.connection()).execute(select(func.count()).select_from(ENTRY))).scalar_one())


async def _judge(books: Books, member_id: UUID, progress: Progress) -> AsyncIterator[str]:
    account, replay, count = None, Replay(member_id), 0
    async for row in books.accounts.of(member_id=member_id):
        account = AccountState(**row._mapping)
    async for row in books.entries.of(member_id=member_id):
        entry = EntryState(**dict(zip(ENTRY_FIELDS, row, strict=True)))
        moved = await books.lines.all_of(member_id=member_id, seq=entry.seq)
        for finding in _followed(replay, entry, moved):
            yield finding
        count += 1
        if count % TELL_EVERY == 0:
            progress(TELL_EVERY)
    progress(count % TELL_EVERY)
    stored: dict[UUID, LotState] = {}
    for row in await books.lots.all_of(member_id=member_id):
        state = LotState(*_state_of(row))
        stored[row.lot_id] = state
        if row.open != state.open:
            yield f"lot {row.lot_id} (member {member_id}): is marked {'open' if row.open else 'closed'}"
    held = {row.hold_id: hold_of(row) async for row in books.holds.of(member_id=member_id)}
    for finding in replay.compare(account, stored, held):
        yield finding


def _followed(replay: Replay, entry: EntryState, moved: Sequence[Any]) -> Iterator[str]:
    if moved and moved[-1].line_no != len(moved) - 1:
        yield f"{replay.where(entry)}: its lines are numbered {[line.line_no for line in moved]}"
    try:
        yield from replay.follow(entry, [line_of(line) for line in moved])
    except ValueError as broken:
        yield f"{replay.where(entry)}: a line of it cannot be read: {broken}"


def _stray_lines() -> Select[Any]:
    entry = select(ENTRY.c.seq).where(ENTRY.c.member_id == LINE.c.member_id, ENTRY.c.entry_id == LINE.c.entry_id)
    return select(LINE.c.member_id, LINE.c.entry_id).where(~entry.exists()).distinct()
