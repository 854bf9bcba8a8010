"""Balance = sum of lots = sum of entries, asked of the database: cheap sums where `verifying` replays.

Each question is one statement, so that what is being posted meanwhile is seen whole or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.models import Account, Entry, EntryLine, Lot, Side

ACCOUNT, LOT, ENTRY, LINE = table_of(Account), table_of(Lot), table_of(Entry), table_of(EntryLine)
OWNED = (Side.AVAILABLE, Side.HELD, Side.PENDING)
SIDES = (*OWNED, Side.BURNED, Side.EXPIRED, Side.MOVED)
STEP_MAX = 500
"""Members of one step."""


async def disagreements(session: AsyncSession, member_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What does not agree about each of these members, in words; those whose books agree are left out."""
    connection, found = await session.connection(), dict[UUID, list[str]]()
    for row in await connection.execute(_sums(member_ids)):
        if said := list(_differences(row)):
            found[row.member_id] = said
    for row in await connection.execute(_lots_adrift(member_ids)):
        found.setdefault(row.member_id, []).append(f"lot {row.lot_id} is not the sum of its lines")
    return {member_id: "; ".join(said) for member_id, said in found.items()}


async def next_members(session: AsyncSession, after: UUID | None) -> Sequence[UUID]:
    """Up to STEP_MAX members with accounts, by id and beyond `after`."""
    page = select(ACCOUNT.c.member_id).order_by(ACCOUNT.c.member_id).limit(STEP_MAX)
    if after is not None:
        page = page.where(ACCOUNT.c.member_id > after)
    return list((await (await session.connection()).execute(page)).scalars())


def change(side: Side) -> ColumnElement[int]:
    """What a line does to a side."""
    came = case((LINE.c.to_side == side.value, LINE.c.points), else_=0)
    went = case((LINE.c.from_side == side.value, LINE.c.points), else_=0)
    return came - went


def _differences(row: Any) -> Iterator[str]:
    for side in OWNED:
        told = (getattr(row, side.value), getattr(row, f"lots_{side.value}"), getattr(row, f"lines_{side.value}"))
        if len({int(points or 0) for points in told}) > 1:
            yield f"{side.value} is {told[0]}, the lots hold {told[1] or 0}, the lines say {told[2] or 0}"
    owned = sum(getattr(row, side.value) for side in OWNED) - row.debt
    for name, told, summed in (
        ("the balance", owned, row.points),
        ("the debt", row.debt, row.owed),
        ("the number of entries", row.seq, row.entries),
        ("the last entry", row.seq, row.last),
    ):
        if told != (summed or 0):
            yield f"{name} is {told}, the entries say {summed or 0}"


def _sums(member_ids: Sequence[UUID]) -> Select[Any]:
    lots = _by_member(LOT, member_ids, *(func.sum(LOT.c[side.value]).label(f"lots_{side.value}") for side in OWNED))
    lines = _by_member(LINE, member_ids, *(func.sum(change(side)).label(f"lines_{side.value}") for side in OWNED))
    entries = _by_member(
        ENTRY,
        member_ids,
        func.sum(ENTRY.c.points).label("points"),
        func.sum(ENTRY.c.debt).label("owed"),
        func.count().label("entries"),
        func.max(ENTRY.c.seq).label("last"),
    )
    columns = [column for table in (lots, lines, entries) for column in table.c if column.name != "member_id"]
    joined = ACCOUNT
    for table in (lots, lines, entries):
        joined = joined.outerjoin(table, table.c.member_id == ACCOUNT.c.member_id)  # type: ignore[assignment]
    return select(ACCOUNT, *columns).select_from(joined).where(ACCOUNT.c.member_id.in_(member_ids))


def _by_member(table: Any, member_ids: Sequence[UUID], *sums: Any) -> Any:
    return (
        select(table.c.member_id, *sums).where(table.c.member_id.in_(member_ids)).group_by(table.c.member_id).subquery()
    )


def _lots_adrift(member_ids: Sequence[UUID]) -> Select[Any]:
    lines = (
        select(LINE.c.member_id, LINE.c.lot_id, *(func.sum(change(side)).label(side.value) for side in SIDES))
        .where(LINE.c.member_id.in_(member_ids))
        .group_by(LINE.c.member_id, LINE.c.lot_id)
        .subquery()
    )
    same_lot = and_(lines.c.member_id == LOT.c.member_id, lines.c.lot_id == LOT.c.lot_id)
    differs = or_(*(LOT.c[side.value] != func.coalesce(lines.c[side.value], 0) for side in SIDES))
    return (
        select(LOT.c.member_id, LOT.c.lot_id)
        .outerjoin(lines, same_lot)
        .where(LOT.c.member_id.in_(member_ids), differs)
        .order_by(LOT.c.member_id, LOT.c.lot_id)
    )
