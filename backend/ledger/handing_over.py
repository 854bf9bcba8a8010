"""Transfers on two books: what leaves one arrives in the other with the same last days."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from backend.kit import clock, ids
from backend.ledger import lots
from backend.ledger.book import Book, Movement, Said, noting
from backend.ledger.lots import Line
from backend.ledger.models import EntryKind, Side
from backend.ledger.posting import InsufficientPoints
from backend.ledger.states import EntryState


def transfer_out(book: Book, *, points: int, fee: int, **said: Unpack[Said]) -> EntryState:
    """Let `points` (> 0) leave, the earliest to expire first, and burn `fee` on top.

    Raises InsufficientPoints, AccountFrozen.
    """
    assert points > 0 and fee >= 0
    book.must_move()
    if (missing := points + fee - book.burnable()) > 0:
        raise InsufficientPoints(missing)
    moment = clock.now()
    lines = _with_fee(lots.take(book.lots.values(), points + fee, moment, Side.MOVED), points)
    return book.post(Movement(kind=EntryKind.TRANSFER_OUT, lines=lines, occurred_at=moment, **said))


def transfer_in(book: Book, sender: Book, out: EntryState, *, release_at: datetime, **said: Unpack[Said]) -> EntryState:
    """Let what left `sender` with `out` arrive: a lot for each lot it left, with its last day, pending until
    `release_at`.

    Raises AccountFrozen.
    """
    book.must_move()
    moment, entry_id = out.occurred_at, book.entry_id(said["key"])
    left = [line for line in sender.lines_of(out) if line.to_side is Side.MOVED]
    issued = [
        (ids.derived(entry_id, str(number)), line.points, sender.lots[line.lot_id].expires_at)
        for number, line in enumerate(left)
    ]
    pending = release_at > moment
    repaid = 0 if pending else min(book.account.debt, sum(line.points for line in left))
    lines = lots.issue(issued, repaid, Side.PENDING if pending else Side.AVAILABLE)
    noted = noting(said, release_at=release_at.isoformat())
    return book.post(Movement(kind=EntryKind.TRANSFER_IN, lines=lines, debt=-repaid, occurred_at=moment, **noted))


def take_back(book: Book, moved: Sequence[Line], **said: Unpack[Said]) -> EntryState:
    """Let what a transfer moved, its fee included, come back to the lots it left; a debt is repaid from it first.

    A lot that died meanwhile stays dead: taking back gives no second life. Raises AccountFrozen.
    """
    book.must_move()
    moment, points = clock.now(), sum(line.points for line in moved)
    repaid = min(book.account.debt, points)
    lines = lots.give_back(moved, book.lots, points - repaid, moment, grace=False)
    return book.post(Movement(kind=EntryKind.TAKE_BACK, lines=lines, debt=-repaid, occurred_at=moment, **said))


def give_up(book: Book, arrived: Sequence[Line], back: EntryState, **said: Unpack[Said]) -> EntryState:
    """Let what is still pending of a transfer leave again, as `back` says; on a frozen account too: it was not hers."""
    lines = [Line(line.lot_id, Side.PENDING, Side.MOVED, line.points) for line in arrived]
    return book.post(Movement(kind=EntryKind.TAKE_BACK, lines=lines, occurred_at=back.occurred_at, **said))


def _with_fee(lines: Sequence[Line], points: int) -> list[Line]:
    """The first `points` of `lines` as they are; the rest is burned."""
    split = []
    for line in lines:
        kept = min(points, line.points)
        points -= kept
        for side, part in ((line.to_side, kept), (Side.BURNED, line.points - kept)):
            if part:
                split.append(Line(line.lot_id, line.from_side, side, part))
    return split
