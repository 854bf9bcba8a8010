"""Holds as pure values: an entry opens one, another closes it, and nothing else changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.ledger.lots import Line
from backend.ledger.models import EntryKind, HoldState, Side
from backend.ledger.states import EntryState

CLOSING = {
    EntryKind.CAPTURE: HoldState.CAPTURED,
    EntryKind.LET_GO: HoldState.LET_GO,
    EntryKind.LAPSE: HoldState.LAPSED,
}


@dataclass(slots=True, kw_only=True)
class HeldPoints:
    """A hold in memory; fields as in models.Hold. `lines`: what the HOLD entry moved."""

    hold_id: UUID
    points: int
    captured: int = 0
    state: str = HoldState.OPEN.value
    purpose: str
    reference: str | None
    created_at: datetime
    lapses_at: datetime
    closed_at: datetime | None = None
    lines: tuple[Line, ...] = field(default=(), compare=False)

    def stands(self, moment: datetime) -> bool:
        """Whether it can be captured: a hold is over at its time, swept or not."""
        return self.state == HoldState.OPEN and self.lapses_at > moment


def follow(holds: dict[UUID, HeldPoints], entry: EntryState, lines: tuple[Line, ...]) -> UUID | None:
    """Do to `holds` what the entry says; returns the hold it is about. AssertionError: there is no such open hold."""
    if entry.kind == EntryKind.HOLD:
        holds[entry.entry_id] = _opened(entry, lines)
        return entry.entry_id
    if entry.kind not in CLOSING:
        return None
    hold_id = hold_of(entry.why)
    hold = holds.get(hold_id)
    assert hold is not None and hold.state == HoldState.OPEN, f"closes hold {hold_id}, which is not open"
    hold.state, hold.closed_at = CLOSING[EntryKind(entry.kind)].value, entry.occurred_at
    hold.captured = -entry.points
    return hold_id


def hold_of(why: Mapping[str, str]) -> UUID:
    """The hold that a closing entry is about."""
    return UUID(why["hold"])


def _opened(entry: EntryState, lines: tuple[Line, ...]) -> HeldPoints:
    return HeldPoints(
        hold_id=entry.entry_id,
        points=sum(line.points for line in lines if line.to_side is Side.HELD),
        purpose=entry.why["purpose"],
        reference=entry.reference,
        created_at=entry.occurred_at,
        lapses_at=datetime.fromisoformat(entry.why["lapses_at"]),
        lines=lines,
    )
