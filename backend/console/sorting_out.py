"""Movements of an account that was two: whose each of them is, and what it does to that one alone."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console.alone import Alone
from backend.console.models import AccountMerge
from backend.kit.columns import table_of
from backend.ledger import posting, shelving
from backend.ledger.lots import Line
from backend.ledger.models import EntryKind, Hold, Side
from backend.ledger.shelving import ENTRY, LINE
from backend.ledger.states import EntryState

HOLD, MERGE = table_of(Hold), table_of(AccountMerge)
ASKED_MAX = 1_000
"""Entries asked for by their ids in one statement."""
Acts = list[tuple[datetime, Callable[[], None]]]
Moved = tuple[UUID, list[Line]]
"""Whose an entry is, and what it moved."""
DECIDED = ("TASK", "CHECK_IN", "MERGED", "UNMERGED", "UNMERGED_RECOUNTED", "ORDER_RECOUNTED")
"""What is decided again for each side alone: what was posted of it together is left out."""
COMING = (EntryKind.EARN, EntryKind.TOP_UP, EntryKind.TRANSFER_IN)
GOING = (EntryKind.BURN, EntryKind.SETTLE, EntryKind.TRANSFER_OUT)
CORRECTING = (EntryKind.CORRECT, EntryKind.CLAW_BACK)


async def movements(session: AsyncSession, merged: AccountMerge, survivor: Alone, other: Alone) -> tuple[Acts, Acts]:
    """What the account did since the merge, for the survivor and for the other one.

    What it spent is the survivor's. What undoes or changes something of the other one is the other one's.
    """
    acts: tuple[Acts, Acts] = ([], [])
    captured = await _captured(session, merged)
    posted = [(entry, lines) for entry, lines in await _since(session, merged) if not _is_decided_again(entry)]
    undone = await _undone(session, merged, {_undoes(entry) for entry, _ in posted if _is_undoing(entry)})
    for entry, lines in posted:
        if _is_undoing(entry):
            mine, act = _undoing(merged, survivor, other, entry, undone[_undoes(entry)])
            acts[0 if mine else 1].append((entry.created_at, act))
        elif entry.kind == EntryKind.EXTEND:
            for place, side in enumerate((survivor, other)):
                acts[place].append((entry.created_at, partial(side.extend, lines)))
        elif entry.kind in CORRECTING:
            for place, side in enumerate((survivor, other)):
                acts[place].append((entry.created_at, partial(_correct, side, entry)))
        elif (own := _own(survivor, entry, lines, captured)) is not None:
            acts[0].append((entry.created_at, own))
    return acts


def _own(side: Alone, entry: EntryState, lines: Sequence[Line], captured: dict[UUID, int]) -> Callable[[], None] | None:
    adds = any(line.from_side is Side.SOURCE for line in lines)
    if entry.kind in COMING or (entry.kind == EntryKind.ADJUST and adds):
        return partial(side.bring, entry, lines)
    if entry.kind == EntryKind.ADJUST:
        return partial(side.spend, entry.entry_id, [(Side.BURNED, -entry.points)])
    if entry.kind == EntryKind.HOLD:
        return partial(side.spend, entry.entry_id, [(Side.BURNED, captured.get(entry.entry_id, 0))])
    if entry.kind in GOING:
        sides = (Side.MOVED, Side.BURNED)
        taken = [(to, sum(line.points for line in lines if line.to_side is to)) for to in sides]
        return partial(side.spend, entry.entry_id, taken)
    return partial(side.move, lines) if entry.kind == EntryKind.TAKE_BACK else None


def _is_decided_again(entry: EntryState) -> bool:
    return entry.actor.startswith("source:") or entry.why.get("code") in DECIDED


def _is_undoing(entry: EntryState) -> bool:
    return entry.kind == EntryKind.REVERSE or (entry.kind == EntryKind.TAKE_BACK and entry.points > 0)


def _undoes(entry: EntryState) -> UUID:
    assert entry.reference is not None, "what is undone is named"
    return UUID(entry.reference)


def _undoing(
    merged: AccountMerge, survivor: Alone, other: Alone, entry: EntryState, undone: Moved
) -> tuple[bool, Callable[[], None]]:
    whose, lines = undone
    mine = whose == merged.into_id or str(whose) not in {str(merged.member_id), *merged.brought}
    taken = [line for line in lines if line.from_side is Side.AVAILABLE]
    return mine, partial((survivor if mine else other).undo, _undoes(entry), taken)


def _correct(side: Alone, entry: EntryState) -> None:
    lot_id = UUID(entry.why["lot"])
    if lot_id not in side.book.lots or not entry.points:
        return
    key = f"again:{entry.entry_id}"
    if entry.points < 0:
        posting.claw_back(
            side.book, lot_id=lot_id, points=-entry.points, tell=False, key=key, actor=entry.actor, why=entry.why
        )
        return
    moment = entry.occurred_at
    posting.correct(
        side.book,
        lot_id=lot_id,
        points=entry.points,
        occurred_at=moment,
        tell=False,
        key=key,
        actor=entry.actor,
        why=entry.why,
    )


async def _captured(session: AsyncSession, merged: AccountMerge) -> dict[UUID, int]:
    query = select(HOLD.c.hold_id, HOLD.c.captured).where(
        HOLD.c.member_id == merged.into_id, HOLD.c.created_at >= merged.merged_at
    )
    return {row.hold_id: row.captured for row in await (await session.connection()).execute(query)}


async def _since(session: AsyncSession, merged: AccountMerge) -> list[tuple[EntryState, list[Line]]]:
    since = (ENTRY.c.member_id == merged.into_id) & (ENTRY.c.seq > merged.into_seq)
    same = (LINE.c.member_id == ENTRY.c.member_id) & (LINE.c.entry_id == ENTRY.c.entry_id)
    connection = await session.connection()
    rows = (await connection.execute(select(ENTRY).where(since).order_by(ENTRY.c.seq))).all()
    of_them = select(LINE).join(ENTRY, same).where(since).order_by(LINE.c.line_no)
    lines = _by_entry(await connection.execute(of_them))
    return [(EntryState(**row._mapping), lines.get(row.entry_id, (row.member_id, []))[1]) for row in rows]


async def _undone(session: AsyncSession, merged: AccountMerge, entry_ids: Collection[UUID]) -> Mapping[UUID, Moved]:
    """The entries with these ids, whoever of those who ever were one with the survivor they are of."""
    connection, asked = await session.connection(), sorted(entry_ids)
    parts = select(MERGE.c.member_id, MERGE.c.brought).where(MERGE.c.into_id == merged.into_id)
    whose = {merged.into_id}
    for row in (await connection.execute(parts)).all() if asked else ():
        whose |= {row.member_id, *map(UUID, row.brought)}
    found: dict[UUID, Moved] = {}
    for start in range(0, len(asked), ASKED_MAX):
        some = LINE.c.member_id.in_(whose), LINE.c.entry_id.in_(asked[start : start + ASKED_MAX])
        found |= _by_entry(await connection.execute(select(LINE).where(*some).order_by(LINE.c.line_no)))
    return found


def _by_entry(rows: Iterable[Any]) -> dict[UUID, Moved]:
    found: dict[UUID, Moved] = {}
    for row in rows:
        found.setdefault(row.entry_id, (row.member_id, []))[1].append(shelving.line_of(row))
    return found
