"""Lots as pure values: which points go first, which come back, and what a line does to a lot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from backend.ledger.models import Side

GRACE = timedelta(days=7)
"""How long points live that a reversal gives back after their expiry (mission row L4)."""
NEVER = datetime.max.replace(tzinfo=UTC)
SOURCE, AVAILABLE, EXPIRED = Side.SOURCE, Side.AVAILABLE, Side.EXPIRED
"""Named here for what is done for every lot of a sweep: to look it up among the sides takes as long as to move it."""


class Line(NamedTuple):
    """`points` of a lot go from one side to another; `expires_at` gives the lot a (new) date.

    With a new date a line may leave its points on their side: that is an extension.
    """

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
    release_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether anything of it is left."""
        return self.pending + self.available + self.held > 0

    def alive(self, moment: datetime) -> bool:
        """Whether its points can be burned at `moment`: a lot dies at its expiry, swept or not."""
        return self.expires_at is None or self.expires_at > moment

    def apply(self, line: Line) -> None:
        """Do what the line says. SOURCE is outside the lot: what comes from it was earned."""
        self._change(line.from_side, -line.points)
        self._change(line.to_side, line.points)
        if line.expires_at is not None:
            self.expires_at = line.expires_at

    def _change(self, side: Side, points: int) -> None:
        name, points = ("earned", -points) if side is SOURCE else (side._value_, points)
        left = getattr(self, name) + points
        assert left >= 0, f"lot {self.lot_id}: {name} below zero"
        setattr(self, name, left)


def opened(line: Line, occurred_at: datetime, why: Mapping[str, Any]) -> LotState:
    """The lot that `line` opens, still empty: what its entry says is all there is to know of it."""
    # An entry that opens many lots says of each what it was elsewhere.
    told = why.get("brought", {}).get(str(line.lot_id), why)
    release_at, earned_at = told.get("release_at"), told.get("earned_at")
    earned = datetime.fromisoformat(earned_at) if earned_at else occurred_at
    when = datetime.fromisoformat(release_at) if release_at else None
    return LotState(line.lot_id, earned, line.expires_at, release_at=when)


def issue(issued: Iterable[tuple[UUID, int, datetime | None]], repaid: int, to: Side) -> list[Line]:
    """New points, as (lot, points, expiry), on the side `to`; the first `repaid` of them go into a debt."""
    lines = []
    for lot_id, points, expires_at in issued:
        burned = min(repaid, points)
        repaid -= burned
        for side, part in ((to, points - burned), (Side.BURNED, burned)):
            if part:
                lines.append(Line(lot_id, Side.SOURCE, side, part, expires_at))
    return lines


def burnable(lots: Iterable[LotState], moment: datetime) -> int:
    """Points that can be burned at `moment`."""
    return sum([lot.available for lot in lots if lot.expires_at is None or lot.expires_at > moment])


def take(lots: Iterable[LotState], points: int, moment: datetime, to: Side) -> list[Line]:
    """Up to `points` from what is available, the earliest to expire first."""
    lines = []
    for lot in sorted(lots, key=_first_to_expire):
        if not points:
            break
        part = min(points, lot.available) if lot.alive(moment) else 0
        if part:
            lines.append(Line(lot.lot_id, Side.AVAILABLE, to, part))
            points -= part
    return lines


def take_back(lot: LotState, points: int) -> list[Line]:
    """Up to `points` of one earning back to the programme: what is left of it first, then what expired.

    What is held stays: it was promised to something under way.
    """
    lines = []
    for side in (Side.PENDING, Side.AVAILABLE, Side.EXPIRED):
        part = min(points, getattr(lot, side.value))
        if part:
            lines.append(Line(lot.lot_id, side, Side.SOURCE, part))
            points -= part
    return lines


def give_back(
    taken: Iterable[Line], lots: Mapping[UUID, LotState], points: int, moment: datetime, *, grace: bool = True
) -> list[Line]:
    """`points` of what was taken go back to the lots they came from, the latest to expire first if only a part.

    What does not go back stays burned, or is burned now. With `grace`, a lot that died meanwhile lives for GRACE.
    """
    lines = []
    for line in sorted(taken, key=lambda line: _first_to_expire(lots[line.lot_id]), reverse=True):
        lot, part = lots[line.lot_id], min(points, line.points)
        points -= part
        if part:
            expires_at = moment + GRACE if grace and not lot.alive(moment) else None
            lines.append(Line(lot.lot_id, line.to_side, Side.AVAILABLE, part, expires_at))
        if line.points > part and line.to_side is not Side.BURNED:
            lines.append(Line(lot.lot_id, line.to_side, Side.BURNED, line.points - part))
    return lines


def release(pending: Iterable[LotState], repaid: int) -> list[Line]:
    """What is pending becomes available, the earliest to expire first; the first `repaid` of it go into a debt."""
    lines = []
    for lot in sorted(pending, key=_first_to_expire):
        burned = min(repaid, lot.pending)
        repaid -= burned
        for side, part in ((Side.AVAILABLE, lot.pending - burned), (Side.BURNED, burned)):
            if part:
                lines.append(Line(lot.lot_id, Side.PENDING, side, part))
    return lines


def to_release(lots: Iterable[LotState], moment: datetime) -> dict[datetime, list[LotState]]:
    """Lots with pending points whose time has come by `moment`, by that time, in order."""
    found: dict[datetime, list[LotState]] = {}
    for lot in lots:
        if lot.pending and lot.release_at is not None and lot.release_at <= moment:
            found.setdefault(lot.release_at, []).append(lot)
    return dict(sorted(found.items()))


def due(lots: Iterable[LotState], moment: datetime) -> dict[datetime, list[Line]]:
    """What expires by `moment`, by the instant it expired."""
    lines: dict[datetime, list[Line]] = {}
    gone = [lot for lot in lots if lot.available and lot.expires_at is not None and lot.expires_at <= moment]
    for lot in sorted(gone, key=_first_to_expire):
        assert lot.expires_at is not None
        line = Line(lot.lot_id, AVAILABLE, EXPIRED, lot.available)
        lines.setdefault(lot.expires_at, []).append(line)
    return lines


def _first_to_expire(lot: LotState) -> tuple[datetime, UUID]:
    return lot.expires_at or NEVER, lot.lot_id
