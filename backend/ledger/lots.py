"""Lots as pure values: which points go first, which come back, and what a line does to a lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backend.ledger.models import Side

GRACE = timedelta(days=7)
"""How long points live that a reversal gives back after their expiry (mission row L4)."""
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """`points` of a lot go from one side to another; `expires_at` gives the lot a (new) date."""

    lot_id: UUID
    from_side: Side
    to_side: Side
    points: int
    expires_at: datetime | None = None


@dataclass(slots=True)
class LotState:
    """A lot in memory."""

    lot_id: UUID
    earned_at: datetime
    expires_at: datetime | None
    earned: int = 0
    pending: int = 0
    available: int = 0
    held: int = 0
    burned: int = 0
    expired: int = 0
    moved: int = 0

    @property
    def open(self) -> bool:
        """Whether anything of it is left."""
        return self.pending + self.available + self.held > 0

    def alive(self, moment: datetime) -> bool:
        """Whether its points can be burned at `moment`: a lot dies at its expiry, swept or not."""
        return self.expires_at is None or self.expires_at > moment

    def apply(self, line: Line) -> None:
        """Do what the line says. SOURCE is outside the lot: what comes from it was earned."""
        for side, change in ((line.from_side, -line.points), (line.to_side, line.points)):
            name, change = ("earned", -change) if side is Side.SOURCE else (side.value, change)
            left = getattr(self, name) + change
            assert left >= 0, f"lot {self.lot_id}: {name} below zero"
            setattr(self, name, left)
        if line.expires_at is not None:
            self.expires_at = line.expires_at


def burnable(lots: Iterable[LotState], moment: datetime) -> int:
    """Points that can be burned at `moment`."""
    return sum(lot.available for lot in lots if lot.alive(moment))


def take(lots: Iterable[LotState], points: int, moment: datetime, to: Side) -> list[Line]:
    """Up to `points` from what is available, the earliest to expire first."""
    lines = []
    for lot in sorted(lots, key=_first_to_expire):
        part = min(points, lot.available) if lot.alive(moment) else 0
        if part:
            lines.append(Line(lot.lot_id, Side.AVAILABLE, to, part))
            points -= part
    return lines


def take_back(lot: LotState, points: int) -> list[Line]:
    """Up to `points` of one earning back to the programme: what is left of it first, then what expired."""
    lines = []
    for side in (Side.PENDING, Side.AVAILABLE, Side.EXPIRED):
        part = min(points, getattr(lot, side.value))
        if part:
            lines.append(Line(lot.lot_id, side, Side.SOURCE, part))
            points -= part
    return lines


def give_back(taken: Iterable[Line], lots: dict[UUID, LotState], points: int, moment: datetime) -> list[Line]:
    """`points` of a burn back to the lots they came from, the latest to expire first when it is only a part."""
    lines = []
    for line in sorted(taken, key=lambda line: _first_to_expire(lots[line.lot_id]), reverse=True):
        part = min(points, line.points)
        if part:
            lot = lots[line.lot_id]
            expires_at = None if lot.alive(moment) else moment + GRACE
            lines.append(Line(lot.lot_id, Side.BURNED, Side.AVAILABLE, part, expires_at))
            points -= part
    return lines


def due(lots: Iterable[LotState], moment: datetime) -> dict[datetime, list[Line]]:
    """What expires by `moment`, by the instant it expired."""
    lines: dict[datetime, list[Line]] = {}
    for lot in sorted(lots, key=_first_to_expire):
        if lot.available and not lot.alive(moment):
            assert lot.expires_at is not None
            line = Line(lot.lot_id, Side.AVAILABLE, Side.EXPIRED, lot.available)
            lines.setdefault(lot.expires_at, []).append(line)
    return lines


def _first_to_expire(lot: LotState) -> tuple[datetime, UUID]:
    return lot.expires_at or NEVER, lot.lot_id
