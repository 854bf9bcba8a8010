"""Holds on a book: points reserved for something under way, then captured, let go or lapsed, exactly once.

A frozen account moves nothing, so its holds wait as they are until it thaws.
"""

from datetime import datetime
from typing import Unpack

from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import lots, posting
from backend.ledger.book import Book, Movement, Said, noting
from backend.ledger.holds import HeldPoints
from backend.ledger.models import EntryKind, HoldState, Side
from backend.ledger.posting import InsufficientPoints
from backend.ledger.states import EntryState


class HoldClosed(Refused):
    """These points are no longer reserved: they were used or given back."""


def hold(book: Book, *, points: int, lapses_at: datetime, purpose: str, **said: Unpack[Said]) -> HeldPoints:
    """Reserve `points` (> 0) until `lapses_at`, the earliest to expire first; `purpose` says for what.

    Raises InsufficientPoints, AccountFrozen.
    """
    moment = clock.now()
    assert points > 0 and lapses_at > moment
    book.must_move()
    if (missing := points - book.burnable()) > 0:
        raise InsufficientPoints(missing)
    noted = noting(said, purpose=purpose, lapses_at=lapses_at.isoformat())
    lines = lots.take(book.lots.values(), points, moment, Side.HELD)
    entry = book.post(Movement(kind=EntryKind.HOLD, lines=lines, occurred_at=moment, **noted))
    return book.holds[entry.entry_id]


def capture(book: Book, held: HeldPoints, *, points: int | None = None, **said: Unpack[Said]) -> EntryState:
    """Burn `points` (> 0; all by default) of a hold, the earliest to expire first, and let the rest go.

    What is let go repays a debt first. Raises HoldClosed, also when its time is over, and AccountFrozen.
    """
    captured = held.points if points is None else points
    assert 0 < captured <= held.points
    if not held.stands(clock.now()):
        raise HoldClosed
    return _close(book, held, EntryKind.CAPTURE, said, captured=captured)


def let_go(book: Book, held: HeldPoints, **said: Unpack[Said]) -> EntryState:
    """Give the points of a hold back to their lots; a lot that died meanwhile lives for lots.GRACE.

    A debt is repaid from them first. Raises HoldClosed, AccountFrozen.
    """
    return _close(book, held, EntryKind.LET_GO, said)


def lapse(book: Book, held: HeldPoints) -> EntryState:
    """`let_go`, because the hold's time is over. Raises HoldClosed, AccountFrozen."""
    assert held.lapses_at <= clock.now()
    said = Said(key=f"lapse:{held.hold_id}", actor="programme", why={"code": "HOLD_LAPSED"}, reference=held.reference)
    return _close(book, held, EntryKind.LAPSE, said)


def _close(book: Book, held: HeldPoints, kind: EntryKind, said: Said, *, captured: int = 0) -> EntryState:
    if held.state != HoldState.OPEN:
        raise HoldClosed
    book.must_move()
    moment = clock.now()
    # A lot's new date is for what comes back: what was left in it and is due must go first, not live on with it.
    posting.expire(book, moment=moment)
    back = held.points - captured
    repaid = min(book.account.debt, back)
    lines = lots.give_back(held.lines, book.lots, back - repaid, moment)
    noted = noting(said, hold=str(held.hold_id), purpose=held.purpose)
    occurred_at = held.lapses_at if kind is EntryKind.LAPSE else moment
    return book.post(Movement(kind=kind, lines=lines, debt=-repaid, occurred_at=occurred_at, **noted))
