"""What happens on two accounts at once must be whole: every transfer has both its entries, and they agree."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kit.columns import table_of
from backend.ledger.models import Entry, EntryKind, Transfer

ENTRY, TRANSFER = table_of(Entry), table_of(Transfer)
PAGE = 1000
SIDES = {
    EntryKind.TRANSFER_OUT: (("member_id", "id"),),
    EntryKind.TRANSFER_IN: (("to_member_id", "entry_in_id"),),
    EntryKind.TAKE_BACK: (("member_id", "back_entry_id"), ("to_member_id", "given_up_entry_id")),
}
"""Where a transfer names the entries of each kind."""


async def findings(connection: AsyncConnection) -> AsyncIterator[str]:
    """Transfers whose entries are missing or say something else, and entries of transfers there are not."""
    place: Any = None
    while rows := (await connection.execute(_page(place))).all():
        for row in rows:
            for finding in _judge(row):
                yield finding
        place = rows[-1].member_id, rows[-1].id
    for kind in SIDES:
        for row in await connection.execute(_strays(kind)):
            yield f"entry {row.entry_id} (member {row.member_id}): is of a transfer there is not"


def _page(place: Any) -> Select[Any]:
    joined: Any = TRANSFER
    columns: list[Any] = list(TRANSFER.columns)
    for name, (member, entry) in _names().items():
        side = ENTRY.alias(name)
        named = and_(side.c.member_id == TRANSFER.c[member], side.c.entry_id == TRANSFER.c[entry])
        joined = joined.outerjoin(side, named)
        columns += [side.c[field].label(f"{name}_{field}") for field in ("kind", "points", "occurred_at", "why")]
    query: Select[Any] = select(*columns).select_from(joined).order_by(TRANSFER.c.member_id, TRANSFER.c.id).limit(PAGE)
    if place is None:
        return query
    member_id, which = place
    later = (TRANSFER.c.member_id == member_id) & (TRANSFER.c.id > which)
    return query.where((TRANSFER.c.member_id > member_id) | later)


def _names() -> dict[str, tuple[str, str]]:
    back, given_up = SIDES[EntryKind.TAKE_BACK]
    return {
        "out": SIDES[EntryKind.TRANSFER_OUT][0],
        "in": SIDES[EntryKind.TRANSFER_IN][0],
        "back": back,
        "up": given_up,
    }


def _judge(row: Any) -> Iterator[str]:
    paid, taken_back = row.points + row.fee_points, row.taken_back_at
    wanted = {
        "out": (EntryKind.TRANSFER_OUT, -paid, row.sent_at),
        "in": (EntryKind.TRANSFER_IN, row.points, row.sent_at),
        "back": (EntryKind.TAKE_BACK, paid, taken_back) if taken_back else (None, None, None),
        "up": (EntryKind.TAKE_BACK, -row.points, taken_back) if taken_back else (None, None, None),
    }
    for name, expected in wanted.items():
        told = tuple(getattr(row, f"{name}_{field}") for field in ("kind", "points", "occurred_at"))
        if told != expected:
            yield f"transfer {row.id} (member {row.member_id}): its entry '{name}' says otherwise, or is not there"
    if row.in_why is not None and datetime.fromisoformat(row.in_why["release_at"]) != row.final_at:
        yield f"transfer {row.id} (member {row.member_id}): is final at another time than its entry says"


def _strays(kind: EntryKind) -> Select[Any]:
    query = select(ENTRY.c.member_id, ENTRY.c.entry_id).where(ENTRY.c.kind == kind.value)
    for member, entry in SIDES[kind]:
        named = and_(TRANSFER.c[member] == ENTRY.c.member_id, TRANSFER.c[entry] == ENTRY.c.entry_id)
        query = query.where(~select(TRANSFER.c.id).where(named).exists())
    return query
