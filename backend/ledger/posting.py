"""The only writer of the books: earn, correct, burn, reverse, expire, freeze.

Take the books of everyone concerned with `open_books`, post to them, then `write` them: few statements however
many movements. All locks are taken here, accounts by id, so that two verbs can never wait for each other in a ring.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import lots, shelving
from backend.ledger.book import Book, Movement
from backend.ledger.lots import Line
from backend.ledger.models import EntryKind, Side
from backend.ledger.states import EntryState


class InsufficientPoints(Refused):
    """You do not have enough points for this."""

    def __init__(self, missing: int) -> None:
        super().__init__()
        self.missing = missing


async def open_books(
    session: AsyncSession,
    member_ids: Collection[UUID],
    *,
    keys: Mapping[UUID, Iterable[str]] | None = None,
    lot_ids: Collection[UUID] = (),
    with_lots: bool = True,
) -> dict[UUID, Book]:
    """Lock the accounts of `member_ids` (opening those that are new) and load what verbs need of them.

    `keys`: movements to look up, so that a key used before is found under the lock. `lot_ids`: closed lots
    wanted as well. `with_lots=False` leaves the open lots out, for a posting that only adds.
    """
    return await shelving.take(session, member_ids, keys=keys or {}, lot_ids=lot_ids, with_lots=with_lots)


async def open_book(session: AsyncSession, member_id: UUID, *keys: str, lot_ids: Collection[UUID] = ()) -> Book:
    """`open_books` for one member."""
    return (await open_books(session, [member_id], keys={member_id: keys}, lot_ids=lot_ids))[member_id]


async def load_lots(session: AsyncSession, books: Iterable[Book], lot_ids: Collection[UUID] = ()) -> None:
    """Load the open lots of `books` taken without them, and the closed ones named."""
    await shelving.load_lots(session, books, lot_ids)


async def write(session: AsyncSession, books: Iterable[Book]) -> None:
    """Write down what was posted and hand the members' facts to the outbox."""
    await shelving.put_back(session, books)


def earn(
    book: Book,
    *,
    key: str,
    points: int,
    expires_at: datetime | None,
    occurred_at: datetime,
    actor: str,
    why: Mapping[str, Any],
    reference: str | None = None,
    request: Mapping[str, Any] | None = None,
    tell: bool = True,
) -> EntryState:
    """Credit `points` (> 0) as one new lot; a debt is repaid from it first."""
    assert points > 0
    lot_id, repaid = book.entry_id(key), min(book.account.debt, points)
    lines = _issue(lot_id, points - repaid, repaid, expires_at)
    movement = Movement(
        key=key,
        kind=EntryKind.EARN,
        lines=lines,
        debt=-repaid,
        occurred_at=occurred_at,
        actor=actor,
        why=why,
        reference=reference,
        request=request or {},
    )
    return book.post(movement, tell=tell)


def correct(
    book: Book,
    *,
    key: str,
    lot_id: UUID,
    points: int,
    occurred_at: datetime,
    actor: str,
    why: Mapping[str, Any],
    reference: str | None = None,
    tell: bool = True,
) -> EntryState:
    """Change an earning by `points` (not 0) after the fact. The lot must be loaded.

    Upwards: a debt is repaid first, the rest joins the lot. Downwards: taken from the lot (what is left, then
    what expired), then from other lots, the earliest to expire first; what is still missing becomes a debt.
    """
    assert points
    lines, debt = _more(book, lot_id, points) if points > 0 else _less(book, lot_id, -points)
    movement = Movement(
        key=key,
        kind=EntryKind.CORRECT,
        lines=lines,
        debt=debt,
        occurred_at=occurred_at,
        actor=actor,
        why=why,
        reference=reference,
    )
    return book.post(movement, tell=tell)


def burn(
    book: Book,
    *,
    key: str,
    points: int,
    actor: str,
    why: Mapping[str, Any],
    reference: str | None = None,
    request: Mapping[str, Any],
) -> EntryState:
    """Spend `points` (> 0), the earliest to expire first. Raises InsufficientPoints, AccountFrozen."""
    assert points > 0
    book.must_move()
    if (missing := points - book.burnable()) > 0:
        raise InsufficientPoints(missing)
    moment = clock.now()
    movement = Movement(
        key=key,
        kind=EntryKind.BURN,
        lines=lots.take(book.lots.values(), points, moment, Side.BURNED),
        occurred_at=moment,
        actor=actor,
        why=why,
        reference=reference,
        request=request,
    )
    return book.post(movement)


def reverse(
    book: Book,
    burned: Iterable[Line],
    *,
    key: str,
    actor: str,
    why: Mapping[str, Any],
    reference: str | None = None,
    request: Mapping[str, Any],
) -> EntryState:
    """Undo a burn: its points go back to the lots they came from, a debt is repaid from them first.

    `burned`: the lines of the burn, their lots loaded. A lot that has expired since lives for lots.GRACE.
    """
    moment, taken = clock.now(), list(burned)
    # A lot's new date is for what comes back: what was left in it and is due must go first, not live on with it.
    expire(book, moment=moment)
    total = sum(line.points for line in taken)
    repaid = min(book.account.debt, total)
    movement = Movement(
        key=key,
        kind=EntryKind.REVERSE,
        lines=lots.give_back(taken, book.lots, total - repaid, moment),
        debt=-repaid,
        occurred_at=moment,
        actor=actor,
        why=why,
        reference=reference,
        request=request,
    )
    return book.post(movement)


def expire(book: Book, *, moment: datetime, tell: bool = True) -> list[EntryState]:
    """Let go of what is due at `moment`: one entry for each instant at which lots expired; none if nothing is due."""
    entries = []
    for expired_at, lines in lots.due(book.lots.values(), moment).items():
        movement = Movement(
            key=f"expire:{book.account.seq + 1}",
            kind=EntryKind.EXPIRE,
            lines=lines,
            occurred_at=expired_at,
            actor="programme",
            why={"code": "EXPIRED", "expired_at": expired_at.isoformat()},
        )
        entries.append(book.post(movement, tell=tell))
    return entries


def set_frozen(
    book: Book, *, frozen: bool, key: str, actor: str, reason: str, request: Mapping[str, Any]
) -> EntryState:
    """Freeze or thaw the account; who, when and why stay in the chain. Points do not move."""
    moment = clock.now()
    book.account.frozen_at = moment if frozen else None
    kind = EntryKind.FREEZE if frozen else EntryKind.UNFREEZE
    why = {"code": kind.value, "reason": reason}
    return book.post(Movement(key=key, kind=kind, occurred_at=moment, actor=actor, why=why, request=request))


def _issue(lot_id: UUID, kept: int, repaid: int, expires_at: datetime | None) -> list[Line]:
    sides = ((Side.AVAILABLE, kept), (Side.BURNED, repaid))
    return [Line(lot_id, Side.SOURCE, side, points, expires_at) for side, points in sides if points]


def _more(book: Book, lot_id: UUID, points: int) -> tuple[list[Line], int]:
    repaid = min(book.account.debt, points)
    return _issue(lot_id, points - repaid, repaid, None), -repaid


def _less(book: Book, lot_id: UUID, points: int) -> tuple[list[Line], int]:
    lines = lots.take_back(book.lots[lot_id], points)
    points -= sum(line.points for line in lines)
    others = [lot for lot in book.lots.values() if lot.lot_id != lot_id]
    lines += lots.take(others, points, clock.now(), Side.BURNED)
    return lines, points - sum(line.points for line in lines if line.to_side is Side.BURNED)
