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


def transfer_out(book: Book, *, points: int, fee: int, **said: Unpack[Said]) -> tuple[EntryState, Sequence[Line]]:
    """Let `points` (> 0) leave, the earliest to expire first, and burn `fee` on top; returns entry and lines.

    Raises InsufficientPoints, AccountFrozen.
    """
    assert points > 0 and fee >= 0
    book.must_move()
    if (missing := points + fee - book.burnable()) > 0:
        raise InsufficientPoints(missing)
    moment = clock.now()
    lines = _with_fee(lots.take(book.lots.values(), points + fee, moment, Side.MOVED), points)
    entry = book.post(Movement(kind=EntryKind.TRANSFER_OUT, lines=lines, occurred_at=moment, **said))
    return entry, lines


def transfer_in(
    book: Book, sender: Book, moved: Sequence[Line], *, release_at: datetime, **said: Unpack[Said]
) -> EntryState:
    """Let what left `sender` arrive: a lot for each lot it left, with its last day, pending until `release_at`.

    Raises AccountFrozen.
    """
    book.must_move()
    moment, entry_id = clock.now(), book.entry_id(said["key"])
    left = [line for line in moved if line.to_side is Side.MOVED]
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


def give_up(book: Book, arrived: Sequence[Line], **said: Unpack[Said]) -> EntryState:
    """Let what is still pending of a transfer leave again, on a frozen account too: it was not hers yet."""
    lines = [Line(line.lot_id, Side.PENDING, Side.MOVED, line.points) for line in arrived]
    return book.post(Movement(kind=EntryKind.TAKE_BACK, lines=lines, occurred_at=clock.now(), **said))


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
