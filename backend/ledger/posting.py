"""The only writer of the books: earn, release, correct, claw back, burn, reverse, expire, extend, freeze …

Holds are in `reserving`, transfers in `handing_over`; they post to the same books, and only `write` writes.

Take the books of everyone concerned with `open_books`, post to them, then `write` them: few statements however
many movements. All locks are taken here, accounts by id, so that two verbs can never wait for each other in a ring.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import lots, shelving
from backend.ledger.book import Book, Movement, Said, noting
from backend.ledger.facts import PointsReleased
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
    hold_ids: Collection[UUID] = (),
    with_lots: bool = True,
    merged: bool = False,
) -> dict[UUID, Book]:
    """Lock the accounts of `member_ids` (opening those that are new) and load what verbs need of them.

    `keys`: movements to look up, so that a key used before is found under the lock. `lot_ids`: closed lots
    wanted as well. `hold_ids`: holds to close. `with_lots=False` leaves the open lots out, for a posting that
    only adds. `merged`: accounts that are part of another one are wanted too. Raises AccountMerged otherwise.
    """
    return await shelving.take(
        session, member_ids, keys=keys or {}, lot_ids=lot_ids, hold_ids=hold_ids, with_lots=with_lots, merged=merged
    )


async def open_book(
    session: AsyncSession,
    member_id: UUID,
    *keys: str,
    lot_ids: Collection[UUID] = (),
    hold_ids: Collection[UUID] = (),
) -> Book:
    """`open_books` for one member."""
    books = await open_books(session, [member_id], keys={member_id: keys}, lot_ids=lot_ids, hold_ids=hold_ids)
    return books[member_id]


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
    release_at: datetime | None = None,
    kind: EntryKind = EntryKind.EARN,
    tell: bool = True,
) -> EntryState:
    """Credit `points` (> 0) as one new lot, pending until `release_at`; what comes at once repays a debt first.

    A `release_at` that has passed changes nothing, so that late news ends like news in time.
    """
    assert points > 0
    pending = release_at is not None and release_at > clock.now()
    repaid = 0 if pending else min(book.account.debt, points)
    side = Side.PENDING if pending else Side.AVAILABLE
    movement = Movement(
        key=key,
        kind=kind,
        lines=lots.issue([(book.entry_id(key), points, expires_at)], repaid, side),
        debt=-repaid,
        occurred_at=occurred_at,
        actor=actor,
        why={**why, "release_at": release_at.isoformat()} if release_at else why,
        reference=reference,
        request=request or {},
    )
    return book.post(movement, tell=tell)


def release(book: Book, lot_ids: Collection[UUID], *, occurred_at: datetime, **said: Unpack[Said]) -> EntryState:
    """Let pending points of these lots become available; a debt is repaid from them first."""
    pending = [book.lots[lot_id] for lot_id in lot_ids]
    points = sum(lot.pending for lot in pending)
    repaid = min(book.account.debt, points)
    lines = lots.release(pending, repaid)
    entry = book.post(Movement(kind=EntryKind.RELEASE, lines=lines, debt=-repaid, occurred_at=occurred_at, **said))
    book.tell(PointsReleased(member_id=book.member_id, entry_id=entry.entry_id, points=points, why=entry.why))
    return entry


def release_due(book: Book, *, moment: datetime) -> list[EntryState]:
    """Release what is due at `moment`: one entry for each instant at which it was; none if nothing is due."""
    due = lots.to_release(book.lots.values(), moment)
    return [
        release(
            book,
            [lot.lot_id for lot in pending],
            key=f"release:{book.account.seq + 1}",
            occurred_at=release_at,
            actor="programme",
            why={"code": "RELEASED"},
        )
        for release_at, pending in due.items()
    ]


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
    request: Mapping[str, Any] | None = None,
    expires_at: datetime | None = None,
    tell: bool = True,
) -> EntryState:
    """Change an earning by `points` (not 0) after the fact. The lot must be loaded.

    Upwards: a debt is repaid first, the rest joins the lot. Downwards: taken from the lot (what is left, then
    what expired), then from other lots, the earliest to expire first; what is still missing becomes a debt.
    `expires_at`: the lot's last day, should the account not have it, as when its points were another one's.
    """
    assert points
    why = {**why, "lot": str(lot_id)}
    lines, debt = _more(book, lot_id, points, expires_at) if points > 0 else _less(book, lot_id, -points)
    movement = Movement(
        key=key,
        kind=EntryKind.CORRECT,
        lines=lines,
        debt=debt,
        occurred_at=occurred_at,
        actor=actor,
        why=why,
        reference=reference,
        request=request or {},
    )
    return book.post(movement, tell=tell)


def claw_back(book: Book, *, lot_id: UUID, points: int, tell: bool = True, **said: Unpack[Said]) -> EntryState:
    """Take back `points` (> 0) of an earning that was none. The lot must be loaded.

    From the lot, whatever is left of it, then from other lots, then as a debt which later earnings repay. It works on
    a frozen account too: what was never hers is not hers to keep.
    """
    assert points > 0
    lines, debt = _less(book, lot_id, points)
    noted = noting(said, lot=str(lot_id))
    movement = Movement(kind=EntryKind.CLAW_BACK, lines=lines, debt=debt, occurred_at=clock.now(), **noted)
    return book.post(movement, tell=tell)


def adjust(book: Book, *, points: int, expires_at: datetime | None = None, **said: Unpack[Said]) -> EntryState:
    """Add or take `points` (not 0) by decision of an operator. Added: a new lot, a debt is repaid from it first.

    Taken: the earliest to expire first; what is missing becomes a debt. Raises AccountFrozen.
    """
    book.must_move()
    if points > 0:
        return earn(book, points=points, expires_at=expires_at, occurred_at=clock.now(), kind=EntryKind.ADJUST, **said)
    moment = clock.now()
    lines = lots.take(book.lots.values(), -points, moment, Side.BURNED)
    debt = -points - sum(line.points for line in lines)
    return book.post(Movement(kind=EntryKind.ADJUST, lines=lines, debt=debt, occurred_at=moment, **said))


def top_up(book: Book, *, points: int, expires_at: datetime | None, **said: Unpack[Said]) -> EntryState:
    """Credit `points` that were paid for, as one new lot; a debt is repaid from it first. Raises AccountFrozen."""
    book.must_move()
    return earn(book, points=points, expires_at=expires_at, occurred_at=clock.now(), kind=EntryKind.TOP_UP, **said)


def settle(book: Book, *, points: int, **said: Unpack[Said]) -> EntryState:
    """Burn `points` that the programme turned into wallet credit. Raises InsufficientPoints, AccountFrozen."""
    return burn(book, points=points, kind=EntryKind.SETTLE, **said)


def extend(book: Book, dates: Mapping[UUID, datetime], **said: Unpack[Said]) -> EntryState:
    """Give each lot of `dates` its new last moment; what is available of them stays where it is.

    Raises AccountFrozen.
    """
    book.must_move()
    extended = [(book.lots[lot_id], until) for lot_id, until in sorted(dates.items())]
    lines = [Line(lot.lot_id, Side.AVAILABLE, Side.AVAILABLE, lot.available, until) for lot, until in extended]
    return book.post(Movement(kind=EntryKind.EXTEND, lines=lines, occurred_at=clock.now(), **said))


def burn(
    book: Book,
    *,
    key: str,
    points: int,
    actor: str,
    why: Mapping[str, Any],
    reference: str | None = None,
    request: Mapping[str, Any] | None = None,
    kind: EntryKind = EntryKind.BURN,
) -> EntryState:
    """Spend `points` (> 0), the earliest to expire first. Raises InsufficientPoints, AccountFrozen."""
    assert points > 0
    book.must_move()
    if (missing := points - book.burnable()) > 0:
        raise InsufficientPoints(missing)
    moment = clock.now()
    movement = Movement(
        key=key,
        kind=kind,
        lines=lots.take(book.lots.values(), points, moment, Side.BURNED),
        occurred_at=moment,
        actor=actor,
        why=why,
        reference=reference,
        request=request or {},
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
    """Let go of what is due at `moment` and not spared: one entry for each instant at which lots expired."""
    entries, due = [], [lot for lot in book.lots.values() if lot.lot_id not in book.spared]
    for expired_at, lines in lots.due(due, moment).items():
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


def give_up(book: Book, **said: Unpack[Said]) -> EntryState:
    """Let all she has left expire now, pending points too; what was held is let go before. Raises AccountFrozen."""
    book.must_move()
    assert book.account.held == 0, "what is held is not hers to give up"
    lines = [
        Line(lot.lot_id, side, Side.EXPIRED, getattr(lot, side.value), None)
        for lot in sorted(book.lots.values(), key=lambda lot: lot.lot_id)
        for side in (Side.AVAILABLE, Side.PENDING)
        if getattr(lot, side.value)
    ]
    return book.post(Movement(kind=EntryKind.EXPIRE, lines=lines, occurred_at=clock.now(), **said))


def set_frozen(
    book: Book, *, frozen: bool, key: str, actor: str, reason: str, request: Mapping[str, Any]
) -> EntryState:
    """Freeze or thaw the account; who, when and why stay in the chain. Points do not move."""
    moment = clock.now()
    book.account.frozen_at = moment if frozen else None
    kind = EntryKind.FREEZE if frozen else EntryKind.UNFREEZE
    why = {"code": kind.value, "reason": reason}
    return book.post(Movement(key=key, kind=kind, occurred_at=moment, actor=actor, why=why, request=request))


def _more(book: Book, lot_id: UUID, points: int, expires_at: datetime | None) -> tuple[list[Line], int]:
    # What joins an earning whose time has not come waits with it.
    lot, moment = book.lots.get(lot_id), clock.now()
    last_day = expires_at if lot is None else None
    if lot is not None and lot.release_at is not None and lot.release_at > moment:
        return lots.issue([(lot_id, points, None)], 0, Side.PENDING), 0
    repaid = min(book.account.debt, points)
    return lots.issue([(lot_id, points, last_day)], repaid, Side.AVAILABLE), -repaid


def _less(book: Book, lot_id: UUID, points: int) -> tuple[list[Line], int]:
    lines = lots.take_back(book.lots[lot_id], points) if lot_id in book.lots else []
    points -= sum(line.points for line in lines)
    others = [lot for lot in book.lots.values() if lot.lot_id != lot_id]
    lines += lots.take(others, points, clock.now(), Side.BURNED)
    return lines, points - sum(line.points for line in lines if line.to_side is Side.BURNED)
