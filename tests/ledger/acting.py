"""The steps of a story done by the ledger's own verbs, on a book in memory."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.kit import clock
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.lots import Line
from tests.ledger.plain_books import PlainBooks, Step

SAID: Mapping[str, Any] = {"actor": "test", "why": {"code": "TEST"}}
Burned = Mapping[str, list[Line]]
"""What each burn moved, by its key."""


def turn_to(day: int, step: int = 0) -> None:
    """So many minutes past the midnight of `day`, counted from today: what is done later is later on the clock."""
    now = datetime.now(UTC)
    clock.turn(datetime.combine(now.date(), time(), UTC) + timedelta(days=day, minutes=step) - now)


def noon_in(days: int) -> datetime:
    return datetime.combine(clock.now().date(), time(12), UTC) + timedelta(days=days)


def act(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    """Do the step; `plain`, as it stands before it, is only asked which earning or burn is meant."""
    try:
        return {"earn": _earn, "correct": _correct, "burn": _burn, "reverse": _reverse}.get(step.act, _other)(
            book, step, plain, burned
        )
    except Refused as refused:
        return refused.code


def keys_of(step: Step, plain: PlainBooks) -> list[str]:
    """The keys this step may find used."""
    return [f"reverse:{_burn_meant(step, plain)}" if step.act == "reverse" else step.name()]


def _once(book: Book, key: str, request: Mapping[str, Any], post: Callable[[], object]) -> str:
    if book.already(key, request) is not None:
        return "replayed"
    post()
    return "done"


def _earn(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    request = {"points": step.points, "days": step.days}

    def post() -> None:
        expires_at = noon_in(step.days) if step.days else None
        posting.earn(
            book,
            key=step.name(),
            points=step.points,
            expires_at=expires_at,
            occurred_at=clock.now(),
            request=request,
            **SAID,
        )

    return _once(book, step.name(), request, post)


def _correct(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    lot = plain.lots[step.of % len(plain.lots)]
    if points := max(step.points, -lot.value):
        key = f"correct:{book.account.seq}"
        posting.correct(book, key=key, lot_id=lot.lot_id, points=points, occurred_at=clock.now(), **SAID)
    return "done"


def _burn(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    request = {"points": step.points}
    return _once(
        book,
        step.name(),
        request,
        lambda: posting.burn(book, key=step.name(), points=step.points, request=request, **SAID),
    )


def _reverse(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    name = _burn_meant(step, plain)
    key, request = f"reverse:{name}", {"burn": name}

    def post() -> None:
        book.must_move()
        posting.reverse(book, burned[name], key=key, request=request, **SAID)

    return _once(book, key, request, post)


def _other(book: Book, step: Step, plain: PlainBooks, burned: Burned) -> str:
    frozen = book.account.frozen_at is not None
    if step.act == "freeze":
        key = f"freeze:{book.account.seq}"
        posting.set_frozen(book, frozen=not frozen, key=key, actor="test", reason="because", request={})
    elif step.act == "expire" and not frozen:
        posting.expire(book, moment=clock.now())
    return "done"


def _burn_meant(step: Step, plain: PlainBooks) -> str:
    return plain.burns[step.of % len(plain.burns)][0]


def disagreements(book: Book, plain: PlainBooks) -> list[str]:
    """Where the book, with all its lots loaded, and the plain books differ."""
    found = []
    for name, told, wanted in (
        ("available", book.account.available, plain.available),
        ("debt", book.account.debt, plain.debt),
        ("frozen", book.account.frozen_at is not None, plain.frozen),
    ):
        if told != wanted:
            found.append(f"{name} is {told}, not {wanted}")
    figures = {lot_id: (lot.available, lot.burned, lot.expired) for lot_id, lot in book.lots.items()}
    wanted_figures: dict[UUID, tuple[int, ...]] = {lot.lot_id: lot.figures() for lot in plain.lots}
    if figures != wanted_figures:
        found.append(f"lots are {figures}, not {wanted_figures}")
    return found
