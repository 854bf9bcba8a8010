"""Movements of an account that was two: whose each of them is, and what it does to that one alone."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console.alone import Alone
from backend.console.models import AccountMerge
from backend.kit.columns import table_of
from backend.ledger import posting, shelving
from backend.ledger.lots import Line
from backend.ledger.models import EntryKind, Hold, Side
from backend.ledger.shelving import ENTRY
from backend.ledger.states import EntryState

HOLD = table_of(Hold)
Acts = list[tuple[datetime, Callable[[], None]]]
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
    for entry, lines in await _since(session, merged):
        if entry.actor.startswith("source:") or entry.why.get("code") in DECIDED:
            continue
        if entry.kind == EntryKind.REVERSE or (entry.kind == EntryKind.TAKE_BACK and entry.points > 0):
            mine, act = await _undoing(session, merged, survivor, other, entry)
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


async def _undoing(
    session: AsyncSession, merged: AccountMerge, survivor: Alone, other: Alone, entry: EntryState
) -> tuple[bool, Callable[[], None]]:
    assert entry.reference is not None, "what is undone is named"
    undone = UUID(entry.reference)
    query = select(ENTRY.c.member_id).where(ENTRY.c.entry_id == undone)
    whose = (await (await session.connection()).execute(query)).scalar_one()
    lines = await shelving.lines_of(session, whose, undone)
    mine = whose == merged.into_id or str(whose) not in {str(merged.member_id), *merged.brought}
    taken = [line for line in lines if line.from_side is Side.AVAILABLE]
    return mine, partial((survivor if mine else other).undo, undone, taken)


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
    mine = ENTRY.c.member_id == merged.into_id
    query = select(ENTRY).where(mine, ENTRY.c.seq > merged.into_seq).order_by(ENTRY.c.seq)
    rows = list(await (await session.connection()).execute(query))
    return [(EntryState(**row._mapping), await shelving.lines_of(session, row.member_id, row.entry_id)) for row in rows]
