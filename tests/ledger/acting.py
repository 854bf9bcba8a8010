"""The steps of a story done by the ledger's own verbs, on books in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import posting, reserving, transferring
from backend.ledger.book import Book
from backend.ledger.lots import Line
from backend.ledger.models import Transfer
from backend.ledger.transferring import CannotReceive, Lines, TransferFinal
from backend.programme.publishing import first_terms
from backend.programme.terms import Terms
from tests.ledger.plain_books import COOLING_OFF_DAYS, FEE_BP, PlainBooks, Step
from tests.ledger.plain_world import PlainWorld

SAID: Mapping[str, Any] = {"actor": "test", "why": {"code": "TEST"}}
PROGRAMME = Terms.model_validate(
    first_terms() | {"transfer_fee_bp": FEE_BP, "transfer_cooling_off_minutes": COOLING_OFF_DAYS * 24 * 60}
)


@dataclass
class Said:
    """What acts leave for later ones: the lines of burns and of transfers, by name."""

    burned: dict[str, list[Line]] = field(default_factory=dict)
    transfers: dict[str, tuple[Transfer, Lines]] = field(default_factory=dict)
    changed: list[Transfer] = field(default_factory=list)


def turn_to(day: int, step: int = 0) -> None:
    """So many minutes past the midnight of `day`, counted from today: what is done later is later on the clock."""
    now = datetime.now(UTC)
    clock.turn(datetime.combine(now.date(), time(), UTC) + timedelta(days=day, minutes=step) - now)


def noon_in(days: int) -> datetime:
    return datetime.combine(clock.now().date(), time(12), UTC) + timedelta(days=days)


def act(books: list[Book], step: Step, plain: PlainWorld, said: Said) -> str:
    """Do the step; `plain`, as it stands before it, is only asked which earning, burn, hold or transfer is meant."""
    try:
        if step.act == "transfer":
            return _transfer(books, step, said)
        if step.act == "take_back":
            return _take_back(books, step, plain, said)
        if step.act == "wait":
            return "done"
        return ACTS[step.act](books[step.who], step, plain.books[step.who], said)
    except Refused as refused:
        return refused.code


def keys_of(step: Step, plain: PlainWorld) -> list[str]:
    """The keys this step may find used."""
    if step.act == "reverse":
        return [f"reverse:{_burn_meant(step, plain.books[step.who])}"]
    return [step.name()]


def _once(book: Book, key: str, request: Mapping[str, Any], post: Callable[[], object]) -> str:
    if book.already(key, request) is not None:
        return "replayed"
    post()
    return "done"


def _earn(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    request = {"points": step.points, "days": step.days, "later": step.later}

    def post() -> None:
        posting.earn(
            book,
            key=step.name(),
            points=step.points,
            expires_at=noon_in(step.days) if step.days else None,
            release_at=noon_in(step.later) if step.later else None,
            occurred_at=clock.now(),
            request=request,
            **SAID,
        )

    return _once(book, step.name(), request, post)


def _release(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    posting.release_due(book, moment=clock.now())
    return "done"


def _release_early(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    lot_id = plain.earnings[step.of % len(plain.earnings)].lot_id
    posting.release(book, [lot_id], key=step.name(), occurred_at=clock.now(), **SAID)
    return "done"


def _correct(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    lot = plain.earnings[step.of % len(plain.earnings)]
    if points := max(step.points, -lot.value):
        posting.correct(book, key=step.name(), lot_id=lot.lot_id, points=points, occurred_at=clock.now(), **SAID)
    return "done"


def _claw_back(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    lot = plain.earnings[step.of % len(plain.earnings)]
    if points := min(step.points, lot.value):
        posting.claw_back(book, key=step.name(), lot_id=lot.lot_id, points=points, **SAID)
    return "done"


def _adjust(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    posting.adjust(book, key=step.name(), points=step.points, **SAID)
    return "done"


def _extend(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    lot = plain.lots[step.of % len(plain.lots)]
    if lot.available:
        posting.extend(book, {lot.lot_id: noon_in(step.days)}, key=step.name(), **SAID)
    return "done"


def _burn(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    request = {"points": step.points}

    def post() -> None:
        entry = posting.burn(book, key=step.name(), points=step.points, request=request, **SAID)
        said.burned[f"{step.who} {step.name()}"] = list(book.lines_of(entry))

    return _once(book, step.name(), request, post)


def _reverse(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    name = _burn_meant(step, plain)
    key, request = f"reverse:{name}", {"burn": name}

    def post() -> None:
        book.must_move()
        posting.reverse(book, said.burned[f"{step.who} {name}"], key=key, request=request, **SAID)

    return _once(book, key, request, post)


def _hold(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    request, lapses_at = {"points": step.points, "days": step.days}, noon_in(step.days)
    asked = {"points": step.points, "lapses_at": lapses_at, "purpose": "TEST", "request": request, **SAID}
    return _once(book, step.name(), request, lambda: reserving.hold(book, key=step.name(), **asked))


def _capture(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    held = book.holds[plain.holds[step.of % len(plain.holds)].hold_id]
    reserving.capture(book, held, points=min(step.points, held.points), key=step.name(), **SAID)
    return "done"


def _let_go(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    reserving.let_go(book, book.holds[plain.holds[step.of % len(plain.holds)].hold_id], key=step.name(), **SAID)
    return "done"


def _lapse(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    due = [held for held in book.holds.values() if held.state == "OPEN" and held.lapses_at <= clock.now()]
    for held in sorted(due, key=lambda held: (held.lapses_at, held.hold_id)):
        if book.account.frozen_at is None:
            reserving.lapse(book, held)
    return "done"


def _freeze(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    frozen = book.account.frozen_at is not None
    posting.set_frozen(book, frozen=not frozen, key=step.name(), actor="test", reason="because", request={})
    return "done"


def _expire(book: Book, step: Step, plain: PlainBooks, said: Said) -> str:
    if book.account.frozen_at is None:
        posting.expire(book, moment=clock.now())
    return "done"


def _transfer(books: list[Book], step: Step, said: Said) -> str:
    book, other = books[step.who], books[step.to]

    def post() -> None:
        book.must_move()
        if other.account.frozen_at is not None:
            raise CannotReceive
        transfer = transferring.send(book, other, step.name(), step.points, PROGRAMME)
        moved, arrived = book.entries[-1][1], other.entries[-1][1]
        said.transfers[step.name()] = transfer, Lines(moved, arrived)
        said.changed.append(transfer)

    return _once(book, step.name(), {"to": str(other.member_id), "points": step.points}, post)


def _take_back(books: list[Book], step: Step, plain: PlainWorld, said: Said) -> str:
    transfer, lines = said.transfers[plain.transfers[step.of % len(plain.transfers)].name]
    by_member = {book.member_id: book for book in books}
    if transfer.taken_back_at is not None:
        return "replayed"
    if clock.now() >= transfer.final_at:
        raise TransferFinal
    pair = by_member[transfer.member_id], by_member[transfer.to_member_id]
    transferring.undo(transfer, pair, lines, step.name(), {})
    said.changed.append(transfer)
    return "done"


def _burn_meant(step: Step, plain: PlainBooks) -> str:
    return plain.burns[step.of % len(plain.burns)][0]


ACTS: Mapping[str, Callable[[Book, Step, PlainBooks, Said], str]] = {
    "earn": _earn,
    "release": _release,
    "release_early": _release_early,
    "correct": _correct,
    "claw_back": _claw_back,
    "adjust": _adjust,
    "extend": _extend,
    "burn": _burn,
    "reverse": _reverse,
    "hold": _hold,
    "capture": _capture,
    "let_go": _let_go,
    "lapse": _lapse,
    "freeze": _freeze,
    "expire": _expire,
}


def disagreements(book: Book, plain: PlainBooks) -> list[str]:
    """Where the book, with all its lots and holds loaded, and the plain books differ."""
    found = []
    for name, told, wanted in (
        *((side, getattr(book.account, side), plain.total(side)) for side in ("pending", "available", "held")),
        ("debt", book.account.debt, plain.debt),
        ("frozen", book.account.frozen_at is not None, plain.frozen),
    ):
        if told != wanted:
            found.append(f"{name} is {told}, not {wanted}")
    figures = {lot_id: _figures(lot) for lot_id, lot in book.lots.items()}
    wanted_figures: dict[UUID, tuple[int, ...]] = {lot.lot_id: lot.figures() for lot in plain.lots}
    if figures != wanted_figures:
        found.append(f"lots are {figures}, not {wanted_figures}")
    holds = {held.hold_id: held.state for held in book.holds.values()}
    if holds != (wanted_holds := {held.hold_id: held.state for held in plain.holds}):
        found.append(f"holds are {holds}, not {wanted_holds}")
    return found


def _figures(lot: Any) -> tuple[int, ...]:
    return lot.pending, lot.available, lot.held, lot.burned, lot.expired, lot.moved
