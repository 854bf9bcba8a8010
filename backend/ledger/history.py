"""A member's entries, picked and paged by their number: a page costs the same however deep it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.models import Entry, EntryKind

ENTRY = table_of(Entry)


class Direction(StrEnum):
    """Which way points went."""

    IN = "IN"
    OUT = "OUT"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries: all that fit everything said. `start` and `end` are of the posting, `end` excluded."""

    kinds: Collection[EntryKind] | None = None
    direction: Direction | None = None
    start: datetime | None = None
    end: datetime | None = None
    reference: str | None = None


EVERYTHING = Wanted()


async def newest_first(
    session: AsyncSession, member_id: UUID, wanted: Wanted, count: int, *, below: int | None = None
) -> Sequence[Any]:
    """Up to `count` of her entries, the newest first, from below a number on."""
    query: Select[Any] = _picked(member_id, wanted).order_by(ENTRY.c.seq.desc()).limit(count)
    if below is not None:
        query = query.where(ENTRY.c.seq < below)
    return list(await (await session.connection()).execute(query))


async def in_order(session: AsyncSession, member_id: UUID, count: int, *, above: int, upto: int) -> Sequence[Any]:
    """Up to `count` of her entries in their order, above one number and up to another."""
    query = select(ENTRY).where(ENTRY.c.member_id == member_id, ENTRY.c.seq > above, ENTRY.c.seq <= upto)
    return list(await (await session.connection()).execute(query.order_by(ENTRY.c.seq).limit(count)))


def _picked(member_id: UUID, wanted: Wanted) -> Select[Any]:
    conditions: list[Any] = [ENTRY.c.member_id == member_id]
    if wanted.kinds is not None:
        conditions.append(ENTRY.c.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.direction is not None:
        conditions.append(ENTRY.c.points > 0 if wanted.direction is Direction.IN else ENTRY.c.points < 0)
    if wanted.start is not None:
        conditions.append(ENTRY.c.created_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(ENTRY.c.created_at < wanted.end)
    if wanted.reference is not None:
        conditions.append(ENTRY.c.reference == wanted.reference)
    return select(ENTRY).where(*conditions)
