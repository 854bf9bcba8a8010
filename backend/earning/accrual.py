"""Counting paid orders and their refunds: what they earn, and what a late one changes about those after it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Update, bindparam, insert, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import placing, rules, timeline
from backend.earning.crediting import credit
from backend.earning.events import Event
from backend.earning.facts import OrderCounted
from backend.earning.given import Given
from backend.earning.placing import ACCRUAL, PURCHASE, REFUND
from backend.earning.shelf import Change, Shelf
from backend.earning.timeline import Order
from backend.kit import clock
from backend.kit.outbox import announce
from backend.ledger import posting
from backend.ledger.book import Book
from backend.programme import terms
from backend.programme.terms import Terms, Timeline
from backend.tiers.facts import TierChanged
from backend.tiers.qualification import stand

PLACE = ("member_id", "source", "order_ref", "rule")
DECISION = ("version", "points", "factors", "corrections", "entry_id")
ORDER = ("member_id", "source", "order_ref")


def _save(table: Table, place: Iterable[str], values: Iterable[str]) -> Update:
    found = (table.c[name] == bindparam(f"at_{name}") for name in place)
    return update(table).where(*found).values({name: bindparam(name) for name in values})


SAVE_ACCRUAL = _save(ACCRUAL, PLACE, DECISION)
SAVE_REFUNDED = _save(PURCHASE, ORDER, ("refunded_minor", "undone"))


@dataclass
class Counted:
    """What became of the events: points issued less taken back; those not counted, with the reason."""

    points: int = 0
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)


async def count(
    session: AsyncSession, *, events: Sequence[tuple[UUID, Event]], news_from: datetime | None = None
) -> Counted:
    """Record orders and refunds, and post what they earn and what they change. An order is counted once per source.

    What happened before `news_from` counts without ringing a phone. The members' accounts are locked first, so
    that two batches about one member follow each other.
    """
    if not events:
        return Counted()
    placed = await placing.place(session, events)
    shelves = [shelf for shelf in placed.shelves.values() if shelf.news()]
    known, rulebook = await terms.timeline(session), await rules.rulebook(session)
    await placing.load_accruals(session, [shelf for shelf in shelves if shelf.late()])
    changes = [(shelf, shelf.changes(known, rulebook), _is_news(shelf, news_from)) for shelf in shelves]
    await _load_lots(session, changes)
    points = 0
    for shelf, of, tell in changes:
        points += credit(shelf, of, known, rulebook, tell=tell)
        if tell:
            _tell_of_tier(shelf, known)
    await _write(session, shelves, placed.refunds)
    _announce(session, shelves, known.at(clock.now()), news_from)
    return Counted(points, placed.refused)


async def _load_lots(session: AsyncSession, changes: Iterable[tuple[Shelf, list[Change], bool]]) -> None:
    corrected = [change.was.entry_id for _, of, _ in changes for change in of if change.was]
    needing = [shelf.book for shelf, of, tell in changes if tell or any(change.was for change in of)]
    if needing:
        await posting.load_lots(session, needing, corrected)


def _tell_of_tier(shelf: Shelf, known: Timeline) -> None:
    before, after = _stand(shelf.orders.values(), known), _stand(shelf.stands(), known)
    if before != after:
        shelf.book.tell(TierChanged(member_id=shelf.book.member_id, tier=after, previous=before))


async def recount(session: AsyncSession, book: Book, *, actor: str) -> int:
    """Decide again about every order of the account, because it is of more members now; returns points issued.

    The book has all its lots; whoever calls writes it.
    """
    shelf = (await placing.shelves_of(session, {book.member_id: book}))[book.member_id]
    await placing.load_accruals(session, [shelf])
    known, rulebook = await terms.timeline(session), await rules.rulebook(session)
    changes = shelf.changes(known, rulebook, recount=True)
    points = credit(shelf, changes, known, rulebook, tell=False, recounted_by=actor)
    await save(session, shelf.opened, shelf.changed)
    return points


async def save(session: AsyncSession, opened: Iterable[Given], changed: Iterable[Given]) -> None:
    """Write down what rules give for orders now: for the first time, or again."""
    connection = await session.connection()
    if rows := [_row(given) for given in opened]:
        await connection.execute(insert(ACCRUAL), rows)
    if rows := [_saved(given) for given in changed]:
        await connection.execute(SAVE_ACCRUAL, rows)


async def _write(session: AsyncSession, shelves: Collection[Shelf], refunds: list[dict[str, Any]]) -> None:
    moment, fresh = clock.now(), [order for shelf in shelves for order in shelf.fresh.values()]
    given_back = [order for shelf in shelves for order in shelf.refunded.values()]
    await posting.write(session, [shelf.book for shelf in shelves])
    connection = await session.connection()
    for statement, rows in (
        (insert(PURCHASE), [_purchase(order, moment) for order in fresh]),
        (insert(REFUND), [refund | {"recorded_at": moment} for refund in refunds]),
        (SAVE_REFUNDED, [_refunded(order) for order in given_back]),
    ):
        if rows:
            await connection.execute(statement, rows)
    for shelf in shelves:
        await save(session, shelf.opened, shelf.changed)


def _announce(session: AsyncSession, shelves: Iterable[Shelf], programme: Terms, news_from: datetime | None) -> None:
    # Tasks look at this week and this month; orders from before both matter to none of them.
    today = programme.today()
    since = programme.start_of(min(today.replace(day=1), today - timedelta(days=today.weekday())))
    for shelf in shelves:
        if _is_news(shelf, news_from) or any(order.paid_at >= since for order in shelf.news()):
            announce(session, OrderCounted(member_id=shelf.book.member_id))


def _is_news(shelf: Shelf, news_from: datetime | None) -> bool:
    return news_from is None or any(moment >= news_from for moment in shelf.moments())


def _stand(orders: Iterable[Order], known: Timeline) -> str:
    moment = clock.now()
    paid = [(order.paid_at, order.remaining_minor) for order in timeline.sort(orders)]
    return stand(known.at(moment), paid, moment).tier.code


def _purchase(order: Order, moment: datetime) -> dict[str, Any]:
    names = ("source", "order_ref", "paid_at", "total_minor", "currency", "refunded_minor", "undone")
    return {"member_id": order.named, "recorded_at": moment} | {name: getattr(order, name) for name in names}


def _refunded(order: Order) -> dict[str, Any]:
    names = {"at_member_id": order.named, "at_source": order.source, "at_order_ref": order.order_ref}
    return {**names, "refunded_minor": order.refunded_minor, "undone": order.undone}


def _saved(given: Given) -> dict[str, Any]:
    return {f"at_{name}": getattr(given, name) for name in PLACE} | {name: getattr(given, name) for name in DECISION}


def _row(given: Given) -> dict[str, Any]:
    return {name: getattr(given, name) for name in (*PLACE, *DECISION)}
