"""What the programme owes at an instant: every member's points outstanding, by the month they would expire in.

One statement over entries and their lines, streamed; it must equal the sum of all replays (tests/ledger). Points
outstanding are what members could burn then, what was held and what was pending. Points past their last day are not
owed any more. A debt is the members' own and is shown beside, never netted. Source: IFRS 15, contract liability.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.as_of import posted_by
from backend.ledger.models import Entry, EntryLine, Side
from backend.programme import terms
from backend.programme.terms import Terms

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
STILL_THERE = (Side.PENDING, Side.AVAILABLE, Side.HELD)
FEN_PER_YUAN = 100


@dataclass
class Liability:
    """Points outstanding at an instant. `by_month`: the month of their last day, None for those without one."""

    at: datetime
    programme: Terms
    available: int = 0
    held: int = 0
    pending: int = 0
    debt: int = 0
    by_month: dict[date | None, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def points(self) -> int:
        """All that is owed."""
        return self.available + self.held + self.pending

    @property
    def value_minor(self) -> int:
        """What it is worth at the reference value of that time, in minor units, rounded down."""
        return worth(self.points, self.programme)

    def add(self, expires_at: datetime | None, sides: Mapping[Side, int]) -> None:
        """Count points that share a last day."""
        dead = expires_at is not None and expires_at <= self.at
        available = 0 if dead else sides[Side.AVAILABLE]
        self.available += available
        self.held += sides[Side.HELD]
        self.pending += sides[Side.PENDING]
        if points := available + sides[Side.HELD] + sides[Side.PENDING]:
            self.by_month[self._month(expires_at)] += points

    def _month(self, expires_at: datetime | None) -> date | None:
        if expires_at is None:
            return None
        return self.programme.day_of(expires_at - timedelta(microseconds=1)).replace(day=1)


async def liability(session: AsyncSession, moment: datetime) -> Liability:
    """What is owed at `moment`, as the books said then."""
    owed = Liability(moment, await terms.at(session, moment))
    connection = await session.connection()
    result = await connection.stream(_outstanding(moment))
    async for row in result:
        owed.add(row.expires_at, {side: int(getattr(row, side.value)) for side in STILL_THERE})
    owed.debt = int((await connection.execute(_debt(moment))).scalar() or 0)
    return owed


def worth(points: int, programme: Terms) -> int:
    """Points at the reference value, in minor units, rounded down."""
    return points * FEN_PER_YUAN // programme.points_per_yuan


def _outstanding(moment: datetime) -> Select[Any]:
    told = _told(moment)
    sides = [func.sum(told.c[side.value]).label(side.value) for side in STILL_THERE]
    lots = (
        select(told.c.member_id, told.c.lot_id, *sides, func.max(told.c.expires_at).label("expires_at"))
        .group_by(told.c.member_id, told.c.lot_id)
        .subquery()
    )
    total = lots.c.pending + lots.c.available + lots.c.held
    return (
        select(lots.c.expires_at, *(func.sum(lots.c[side.value]).label(side.value) for side in STILL_THERE))
        .where(total > 0)
        .group_by(lots.c.expires_at)
    )


def _told(moment: datetime) -> Any:
    """Every line told by then: what it changed on each side, and the last date its lot was given, on that line only."""
    cut = posted_by(moment)
    of = and_(LINE.c.member_id == ENTRY.c.member_id, LINE.c.entry_id == ENTRY.c.entry_id)
    dated = case((LINE.c.expires_at.is_not(None), 0), else_=1)
    latest = func.row_number().over(
        partition_by=(LINE.c.member_id, LINE.c.lot_id),
        order_by=(dated, ENTRY.c.seq.desc(), LINE.c.line_no.desc()),
    )
    lines = (
        select(LINE.c.member_id, LINE.c.lot_id, LINE.c.expires_at, latest.label("place"), *map(_change, STILL_THERE))
        .join(ENTRY, of)
        .join(cut, and_(cut.c.member_id == ENTRY.c.member_id, ENTRY.c.seq <= cut.c.seq))
        .subquery()
    )
    last_date = case((lines.c.place == 1, lines.c.expires_at), else_=None).label("expires_at")
    return select(
        lines.c.member_id, lines.c.lot_id, last_date, *(lines.c[side.value] for side in STILL_THERE)
    ).subquery()


def _change(side: Side) -> Any:
    came = case((LINE.c.to_side == side.value, LINE.c.points), else_=0)
    went = case((LINE.c.from_side == side.value, LINE.c.points), else_=0)
    return (came - went).label(side.value)


def _debt(moment: datetime) -> Select[Any]:
    cut = posted_by(moment)
    mine = and_(cut.c.member_id == ENTRY.c.member_id, ENTRY.c.seq <= cut.c.seq)
    return select(func.sum(ENTRY.c.debt)).join(cut, mine)
