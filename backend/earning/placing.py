"""Putting orders and refunds on the shelves of their members: what is new, what is known, what cannot be."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
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
from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger import posting
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
    member_ids = {member_id for member_id, _ in events}
    books = await posting.open_books(session, member_ids, with_lots=False)
    counted = by_member(await orders(session, PURCHASE.c.member_id.in_(member_ids)))
    refunds = await _refunds(session, member_ids)
    shelves = {one: Shelf(books[one], counted[one], refunds[one]) for one in member_ids}
    placed = Placed(shelves)
    placed.taken = {order.key: order for order in await orders(session, _named(event for _, event in events))}
    for member_id, event in events:
        _put(placed, shelves[member_id], member_id, event)
    return placed


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
    query = select(ACCRUAL).where(ACCRUAL.c.member_id.in_(by_book))
    for row in await (await session.connection()).execute(query):
        by_book[row.member_id].accruals[(row.source, row.order_ref), row.rule] = Given(**row._mapping)


def by_member(found: Iterable[Order]) -> defaultdict[UUID, dict[OrderKey, Order]]:
    """Orders by the member they were told of, then by their names."""
    sorted_out: defaultdict[UUID, dict[OrderKey, Order]] = defaultdict(dict)
    for order in found:
        sorted_out[order.named][order.key] = order
    return sorted_out


async def _refunds(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, dict[OrderKey, list[Refunded]]]:
    found: dict[UUID, dict[OrderKey, list[Refunded]]] = {member_id: {} for member_id in member_ids}
    query = select(REFUND).where(REFUND.c.member_id.in_(member_ids))
    for row in await (await session.connection()).execute(query):
        refund = Refunded(row.refunded_at, row.refund_ref, row.amount_minor)
        found[row.member_id].setdefault((row.source, row.order_ref), []).append(refund)
    return found


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
        "recorded_at": clock.now(),
    }


def _named(events: Iterable[Event]) -> Any:
    about = ((event.source, event.order or event.refund) for event in events)
    names = sorted({(source, told.order_ref) for source, told in about if told is not None})
    return tuple_(PURCHASE.c.source, PURCHASE.c.order_ref).in_(names)
