"""Two accounts become one on their books, and are taken apart again: lot for lot, under the ids the lots have.

A whole lot goes, with what was burned and what expired of it, so that whatever changes an earning later, a refund or
a cancelled redemption, finds it in the account it is in now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack
from uuid import UUID

from backend.kit import clock
from backend.ledger import lots
from backend.ledger.book import Book, Movement, Said, noting
from backend.ledger.lots import Line, LotState
from backend.ledger.models import EntryKind, Side
from backend.ledger.states import EntryState

SIDES = (Side.PENDING, Side.AVAILABLE, Side.HELD, Side.BURNED, Side.EXPIRED)
"""Where points of a lot can be that go with their account. What was moved before belongs to somebody else."""


@dataclass(frozen=True)
class Standing:
    """What an account is made of."""

    lots: Mapping[UUID, LotState]
    debt: int

    @classmethod
    def of(cls, book: Book) -> "Standing":
        """A copy of how the book stands."""
        return cls({lot_id: replace(lot) for lot_id, lot in book.lots.items()}, book.account.debt)


def merge(other: Book, survivor: Book, **said: Unpack[Said]) -> tuple[EntryState, EntryState]:
    """Let all that `other` has, and owes, become the survivor's; all its lots are loaded, closed ones too.

    A debt on either side is repaid at once from what the other one has. Returns MERGE_OUT and MERGE_IN.
    """
    standing = Standing.of(other)
    left = _leave(other, standing, EntryKind.MERGE_OUT, noting(said, into=str(survivor.member_id)))
    other.account.merged_into = survivor.member_id
    issued = [line for lot in _sorted(standing) for line in _issued(lot)]
    repaid = _repaid(survivor, issued, survivor.account.debt + standing.debt)
    told = {str(lot.lot_id): told_of(lot) for lot in _sorted(standing) if _issued(lot)}
    movement = Movement(
        kind=EntryKind.MERGE_IN,
        lines=[*issued, *repaid],
        debt=standing.debt - sum(line.points for line in repaid),
        occurred_at=clock.now(),
        **noting(said, **{"from": str(other.member_id), "brought": told}),
    )
    return left, survivor.post(movement)


def change_to(book: Book, target: Standing, **said: Unpack[Said]) -> EntryState | None:
    """Make the account stand as `target`, as one correction; None when it does already. All its lots are loaded."""
    lines = _becoming(book, target)
    debt = target.debt - book.account.debt
    if not lines and not debt:
        return None
    opened = {str(one): told_of(lot) for one, lot in sorted(target.lots.items()) if one not in book.lots}
    movement = Movement(
        kind=EntryKind.CORRECT, lines=lines, debt=debt, occurred_at=clock.now(), **noting(said, brought=opened)
    )
    return book.post(movement)


def unmerge(survivor: Book, other: Book, parting: Standing, **said: Unpack[Said]) -> tuple[EntryState, EntryState]:
    """Let `parting`, which the survivor's book holds, go back to `other`. Returns UNMERGE_OUT and UNMERGE_IN."""
    left = _leave(survivor, parting, EntryKind.UNMERGE_OUT, noting(said, to=str(other.member_id)))
    other.account.merged_into = None
    opened = {str(one): told_of(lot) for one, lot in sorted(parting.lots.items()) if one not in other.lots}
    movement = Movement(
        kind=EntryKind.UNMERGE_IN,
        lines=_becoming(other, parting),
        debt=parting.debt,
        occurred_at=clock.now(),
        **noting(said, **{"from": str(survivor.member_id), "brought": opened}),
    )
    return left, other.post(movement)


def together(one: Standing, other: Standing) -> Standing:
    """Both in one account. Of a lot that both know, what one of them moved before stays moved."""
    joined = {lot_id: replace(lot) for lot_id, lot in one.lots.items()}
    for lot_id, lot in other.lots.items():
        into = joined.setdefault(lot_id, LotState(lot_id, lot.earned_at, lot.expires_at, release_at=lot.release_at))
        into.expires_at = lot.expires_at
        for side in SIDES:
            points: int = getattr(lot, side.value)
            setattr(into, side.value, getattr(into, side.value) + points)
            into.earned += points
    return Standing(joined, one.debt + other.debt)


def become(now: LotState, then: LotState) -> list[Line]:
    """What makes the lot `now` the lot `then`: side to side, the rest from the programme or back to it."""
    given = {side: _of(now, side) - _of(then, side) for side in (*SIDES, Side.MOVED)}
    wanted = [(side, -points) for side, points in given.items() if points < 0]
    lines = []
    for source, points in given.items():
        while points > 0:
            goal, missing = wanted.pop() if wanted else (Side.SOURCE, points)
            lines.append(Line(now.lot_id, source, goal, min(points, missing)))
            if missing > points:
                wanted.append((goal, missing - points))
            points -= min(points, missing)
    lines += [Line(now.lot_id, Side.SOURCE, goal, missing) for goal, missing in wanted]
    return _dated(lines, now, then)


def told_of(lot: LotState) -> Mapping[str, Any]:
    """What an entry that opens the lot says of it besides its lines."""
    release = {"release_at": lot.release_at.isoformat()} if lot.release_at else {}
    return {"earned_at": lot.earned_at.isoformat(), **release}


def _dated(lines: list[Line], now: LotState, then: LotState) -> list[Line]:
    if then.expires_at is None or (then.expires_at == now.expires_at and now.earned):
        return lines
    if not lines and then.available:
        lines = [Line(now.lot_id, Side.AVAILABLE, Side.AVAILABLE, then.available)]
    return [line._replace(expires_at=then.expires_at) for line in lines]


def _leave(book: Book, standing: Standing, kind: EntryKind, said: Said) -> EntryState:
    lines = [
        Line(lot.lot_id, side, Side.MOVED, _of(lot, side))
        for lot in _sorted(standing)
        for side in SIDES
        if _of(lot, side)
    ]
    return book.post(Movement(kind=kind, lines=lines, debt=-standing.debt, occurred_at=clock.now(), **said))


def _issued(lot: LotState) -> list[Line]:
    sides = (side for side in SIDES if _of(lot, side))
    return [Line(lot.lot_id, Side.SOURCE, side, _of(lot, side), lot.expires_at) for side in sides]


def _repaid(book: Book, issued: Iterable[Line], debt: int) -> list[Line]:
    joined = {lot_id: replace(lot) for lot_id, lot in book.lots.items()}
    for line in issued:
        joined.setdefault(line.lot_id, LotState(line.lot_id, clock.now(), line.expires_at)).apply(line)
    return lots.take(joined.values(), debt, clock.now(), Side.BURNED)


def _becoming(book: Book, target: Standing) -> list[Line]:
    lines = []
    for lot_id in sorted(book.lots.keys() | target.lots.keys()):
        then = target.lots.get(lot_id)
        now = book.lots.get(lot_id)
        known = now or then
        assert known is not None
        nothing = LotState(lot_id, known.earned_at, known.expires_at)
        lines += become(now or nothing, then or nothing)
    return lines


def _sorted(standing: Standing) -> list[LotState]:
    return [lot for _, lot in sorted(standing.lots.items())]


def _of(lot: LotState, side: Side) -> int:
    points: int = getattr(lot, side.value)
    return points
