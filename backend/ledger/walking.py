"""Going through open lots by the moment they expire, so many at a time: a sweep's looks are short however many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, String, Subquery, Uuid, cast, func, literal, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import Moment, table_of
from backend.ledger.models import Lot

LOT = table_of(Lot)
Place = tuple[datetime, UUID, UUID]
"""Where a lot stands: its expiry, its member and its id."""
LOOK_MAX = 5_000
"""Lots of one look: a few hundredths of a second, all of it along the index lot_due."""


@dataclass(frozen=True)
class Span:
    """Lots that expire after `start` and not after `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Found:
    """Members of one look whose lots are wanted; `after`: where the next look begins, none when that was all."""

    member_ids: Sequence[UUID]
    after: Place | None


async def look(session: AsyncSession, span: Span, after: Place | None, wanted: ColumnElement[bool]) -> Found:
    """The next LOOK_MAX lots of the span with points available, and who holds those that are `wanted`."""
    rows = (await (await session.connection()).execute(_by_member(_lots(span, after, wanted)))).all()
    found = list(dict.fromkeys([member_id for _, member_id, _, _, is_wanted in rows if is_wanted]))
    if sum(row.lots for row in rows) < LOOK_MAX:
        return Found(found, None)
    return Found(found, (rows[-1].expires_at, rows[-1].member_id, UUID(rows[-1].last_lot)))


def _lots(span: Span, after: Place | None, wanted: ColumnElement[bool]) -> Subquery:
    place = tuple_(LOT.c.expires_at, LOT.c.member_id, LOT.c.lot_id)
    query = (
        select(*place.clauses, wanted.label("wanted"))
        .where(LOT.c.open, LOT.c.available > 0, LOT.c.expires_at > span.start, LOT.c.expires_at <= span.end)
        .order_by(*place.clauses)
        .limit(LOOK_MAX)
    )
    if after is not None:
        query = query.where(LOT.c.expires_at >= after[0], place > tuple_(*_typed(after)))
    return query.subquery()


def _by_member(lots: Subquery) -> Select[Any]:
    # What one has that expires at one moment is one row: to carry each lot here takes longer than to find it.
    last, is_wanted = func.max(cast(lots.c.lot_id, String)), func.max(cast(lots.c.wanted, Integer))
    by = (lots.c.expires_at, lots.c.member_id)
    return select(*by, func.count().label("lots"), last.label("last_lot"), is_wanted).group_by(*by).order_by(*by)


def _typed(after: Place) -> list[Any]:
    types: tuple[Any, ...] = (Moment(), Uuid(), Uuid())
    return [literal(value, of) for value, of in zip(after, types, strict=True)]
