"""Putting orders and refunds on the shelves of their members: what is new, what is known, what cannot be."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.events import Event
from backend.earning.given import Given
from backend.earning.models import Accrual
from backend.earning.shelf import Shelf
from backend.earning.timeline import Order, OrderKey
from backend.kit.columns import table_of
from backend.ledger import posting
from backend.ledger.book import Book
from backend.members import families
from backend.orders.models import Purchase, Refund
from backend.orders.refunding import Refunded

PURCHASE, REFUND, ACCRUAL = table_of(Purchase), table_of(Refund), table_of(Accrual)
EventKey = tuple[str, str]
"""Source and event id."""


@dataclass
class Placed:
    """The shelves with something new on them, refunds to be written down, and events not counted with the reason."""

    shelves: dict[UUID, Shelf]
    refunds: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[EventKey, str] = field(default_factory=dict)
    taken: dict[OrderKey, Order] = field(default_factory=dict)
    """Every order that the events name and somebody has."""


async def place(session: AsyncSession, events: Sequence[tuple[UUID, Event]]) -> Placed:
    """Lock the members, take what is known of them, and put the events in their places."""
    whose = await families.survivors(session, {named for named, _ in events})
    books = await posting.open_books(session, set(whose.values()), with_lots=False)
    await families.must_still_be(session, whose)
    placed = Placed(await shelves_of(session, books))
    placed.taken = {order.key: order for order in await orders(session, _named(event for _, event in events))}
    for named, event in events:
        _put(placed, placed.shelves[whose[named]], named, event)
    return placed


async def shelves_of(session: AsyncSession, books: Mapping[UUID, Book]) -> dict[UUID, Shelf]:
    """A shelf for each book, with the orders and refunds of everyone whose account it is."""
    parts = await families.parts(session, list(books))
    shelves = {member_id: Shelf(book, {}) for member_id, book in books.items()}
    for order in await orders(session, PURCHASE.c.member_id.in_(parts)):
        shelves[parts[order.named]].orders[order.key] = order
    for row in await (await session.connection()).execute(select(REFUND).where(REFUND.c.member_id.in_(parts))):
        refund = Refunded(row.refunded_at, row.refund_ref, row.amount_minor)
        shelves[parts[row.member_id]].refunds.setdefault((row.source, row.order_ref), []).append(refund)
    return shelves


async def orders(session: AsyncSession, which: Any) -> list[Order]:
    """The orders that `which` chooses."""
    names = ("paid_at", "source", "order_ref", "total_minor", "currency", "member_id", "refunded_minor", "undone")
    query = select(*(PURCHASE.c[name] for name in names)).where(which)
    return [Order(*row) for row in await (await session.connection()).execute(query)]


async def load_accruals(session: AsyncSession, shelves: Collection[Shelf]) -> None:
    """What was decided before about the orders of these shelves."""
    if not shelves:
        return
    by_book = {shelf.book.member_id: shelf for shelf in shelves}
    parts = await families.parts(session, list(by_book))
    query = select(ACCRUAL).where(ACCRUAL.c.member_id.in_(parts))
    for row in await (await session.connection()).execute(query):
        by_book[parts[row.member_id]].accruals[(row.source, row.order_ref), row.rule] = Given(**row._mapping)


def _put(placed: Placed, shelf: Shelf, named: UUID, event: Event) -> None:
    if event.order is not None:
        paid = event.order
        order = Order(event.occurred_at, event.source, paid.order_ref, paid.total_minor, paid.currency, named)
        reason = _put_order(placed, shelf, order)
    else:
        reason = _put_refund(placed, shelf, named, event)
    if reason is not None:
        placed.refused[event.source, event.event_id] = reason


def _put_order(placed: Placed, shelf: Shelf, order: Order) -> str | None:
    first = placed.taken.setdefault(order.key, order)
    if first is order:
        shelf.add(order)
        return None
    # The order is known under another event's id: telling it again must not earn again.
    return "DUPLICATE" if first == order else "ORDER_COUNTED"


def _put_refund(placed: Placed, shelf: Shelf, named: UUID, event: Event) -> str | None:
    assert event.refund is not None
    key, minor = (event.source, event.refund.order_ref), event.refund.amount_minor
    if (order := placed.taken.get(key)) is not None and order.named != named:
        return "ORDER_OF_ANOTHER"
    if not shelf.give_back(key, Refunded(event.occurred_at, event.event_id, minor)):
        return "REFUND_BEYOND"
    placed.refunds.append(_refund_row(named, event))
    return None


def _refund_row(named: UUID, event: Event) -> dict[str, Any]:
    assert event.refund is not None
    return {
        "member_id": named,
        "source": event.source,
        "order_ref": event.refund.order_ref,
        "refund_ref": event.event_id,
        "amount_minor": event.refund.amount_minor,
        "refunded_at": event.occurred_at,
    }


def _named(events: Iterable[Event]) -> Any:
    about = ((event.source, event.order or event.refund) for event in events)
    names = sorted({(source, told.order_ref) for source, told in about if told is not None})
    return tuple_(PURCHASE.c.source, PURCHASE.c.order_ref).in_(names)
