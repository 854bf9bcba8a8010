"""Counting paid orders: what they earn, and what a late one changes about those after it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import explaining, rules, timeline
from backend.earning.events import Event
from backend.earning.facts import OrderCounted
from backend.earning.given import Given
from backend.earning.models import Accrual
from backend.earning.rules import Award, Rulebook
from backend.earning.timeline import Order, OrderKey
from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.outbox import announce
from backend.ledger import posting
from backend.ledger.book import Book
from backend.orders.models import Purchase
from backend.programme import terms
from backend.programme.terms import Terms, Timeline as TermsTimeline
from backend.tiers.facts import TierChanged
from backend.tiers.qualification import stand

PURCHASE, ACCRUAL = table_of(Purchase), table_of(Accrual)
PLACE = ("member_id", "source", "order_ref", "rule")
DECISION = ("version", "points", "factors", "corrections")
SAVE_ACCRUAL = (
    update(ACCRUAL)
    .where(*(ACCRUAL.c[name] == bindparam(f"at_{name}") for name in PLACE))
    .values({name: bindparam(name) for name in DECISION})
)


@dataclass
class Counted:
    """What became of the orders: points issued less taken back; events not counted, with the reason."""

    points: int = 0
    refused: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class _Shelf:
    """One member's orders as they stand, those that are new, and what is to be written about them."""

    book: Book
    orders: list[Order]
    fresh: list[Order] = field(default_factory=list)
    accruals: dict[tuple[OrderKey, str], Given] = field(default_factory=dict)
    opened: list[Given] = field(default_factory=list)
    changed: list[Given] = field(default_factory=list)

    def late(self) -> bool:
        """Whether something new happened before something counted already."""
        return bool(self.orders) and timeline.sort(self.fresh)[0].paid_at <= max(o.paid_at for o in self.orders)


@dataclass(frozen=True)
class _Change:
    """A decision that is not what was posted."""

    order: Order
    rule: str
    was: Given | None
    now: Award | None

    @property
    def points(self) -> int:
        return (self.now.points if self.now else 0) - (self.was.points if self.was else 0)

    @property
    def reasons(self) -> bool:
        """Whether the same points are given for other reasons now."""
        if self.was is None or self.now is None:
            return False
        return (self.was.version, self.was.factors) != (self.now.version, self.now.factors)


async def count(
    session: AsyncSession, *, orders: Sequence[tuple[UUID, Event]], news_from: datetime | None = None
) -> Counted:
    """Record the orders and post what they earn and what they change. An order is counted once per source.

    Orders paid before `news_from` count without ringing a phone. The members' accounts are locked first, so
    that two batches about one member follow each other.
    """
    outcome = Counted()
    if not orders:
        return outcome
    shelves = await _open(session, orders, outcome)
    known, rulebook = await terms.timeline(session), await rules.rulebook(session)
    await _load_accruals(session, [shelf for shelf in shelves.values() if shelf.late()])
    changes = {member_id: _changes(shelf, known, rulebook) for member_id, shelf in shelves.items()}
    await _load_lots(session, shelves, changes, news_from)
    for member_id, shelf in shelves.items():
        outcome.points += _post(shelf, changes[member_id], known, rulebook, news_from)
    await _write(session, shelves.values())
    _announce(session, shelves.values(), known.at(clock.now()), news_from)
    return outcome


async def _open(session: AsyncSession, orders: Sequence[tuple[UUID, Event]], outcome: Counted) -> dict[UUID, _Shelf]:
    member_ids = {member_id for member_id, _ in orders}
    books = await posting.open_books(session, member_ids, with_lots=False)
    counted = await _purchases(session, PURCHASE.c.member_id.in_(member_ids))
    elsewhere = await _purchases(session, _named([event for _, event in orders]))
    taken = {order.key: (member_id, order) for member_id, of in elsewhere.items() for order in of}
    shelves = {member_id: _Shelf(books[member_id], counted[member_id]) for member_id in member_ids}
    for member_id, event in orders:
        order = _order(event)
        if (first := taken.setdefault(order.key, (member_id, order)))[1] is order:
            shelves[member_id].fresh.append(order)
        else:
            # The order is known under another event's id: telling it again must not earn again.
            same = first == (member_id, order)
            outcome.refused[event.source, event.event_id] = "DUPLICATE" if same else "ORDER_COUNTED"
    return {member_id: shelf for member_id, shelf in shelves.items() if shelf.fresh}


async def _purchases(session: AsyncSession, which: Any) -> defaultdict[UUID, list[Order]]:
    columns = ("member_id", "paid_at", "source", "order_ref", "total_minor", "currency")
    orders: defaultdict[UUID, list[Order]] = defaultdict(list)
    query = select(*(PURCHASE.c[name] for name in columns)).where(which)
    for member_id, *rest in await (await session.connection()).execute(query):
        orders[member_id].append(Order(*rest))
    return orders


async def _load_accruals(session: AsyncSession, shelves: Collection[_Shelf]) -> None:
    if not shelves:
        return
    by_member = {shelf.book.member_id: shelf for shelf in shelves}
    query = select(ACCRUAL).where(ACCRUAL.c.member_id.in_(by_member))
    for row in await (await session.connection()).execute(query):
        by_member[row.member_id].accruals[(row.source, row.order_ref), row.rule] = Given(**row._mapping)


def _changes(shelf: _Shelf, known: TermsTimeline, rulebook: Rulebook) -> list[_Change]:
    since = timeline.sort(shelf.fresh)[0]
    decided = timeline.decide(timeline.sort([*shelf.orders, *shelf.fresh]), since, known, rulebook)
    earlier = [place for place in shelf.accruals if place[0] in decided.orders]
    places = dict.fromkeys([*decided.awards, *earlier])
    changes = [
        _Change(decided.orders[key], rule, shelf.accruals.get((key, rule)), decided.awards.get((key, rule)))
        for key, rule in places
    ]
    return [change for change in changes if change.points or change.reasons]


async def _load_lots(
    session: AsyncSession,
    shelves: dict[UUID, _Shelf],
    changes: dict[UUID, list[_Change]],
    news_from: datetime | None,
) -> None:
    corrected = [change.was.entry_id for of in changes.values() for change in of if change.was]
    needing = [
        shelf.book
        for member_id, shelf in shelves.items()
        if any(change.was for change in changes[member_id]) or _is_news(shelf, news_from)
    ]
    if needing:
        await posting.load_lots(session, needing, corrected)


def _post(
    shelf: _Shelf, changes: list[_Change], known: TermsTimeline, rulebook: Rulebook, news_from: datetime | None
) -> int:
    points, tell = sum(change.points for change in changes), _is_news(shelf, news_from)
    for change in sorted(changes, key=lambda change: change.order.paid_at):
        if change.was is None:
            _earn(shelf, change, known, rulebook, tell=tell)
            continue
        if change.points:
            _correct(shelf, change, change.was, rulebook, tell=tell)
        _note(shelf, change, change.was)
    if tell:
        _tell_of_tier(shelf, known)
    return points


def _tell_of_tier(shelf: _Shelf, known: TermsTimeline) -> None:
    before, after = _stand(shelf.orders, known), _stand([*shelf.orders, *shelf.fresh], known)
    if before != after:
        shelf.book.tell(TierChanged(member_id=shelf.book.member_id, tier=after, previous=before))


def _earn(shelf: _Shelf, change: _Change, known: TermsTimeline, rulebook: Rulebook, *, tell: bool) -> None:
    assert change.now is not None
    order, award = change.order, change.now
    entry = posting.earn(
        shelf.book,
        key=f"order:{order.source}:{order.order_ref}:{change.rule}",
        points=award.points,
        expires_at=known.at(order.paid_at).expires_at(order.paid_at, change.rule),
        occurred_at=order.paid_at,
        actor=f"source:{order.source}",
        why=explaining.earned(order, award, rulebook),
        reference=order.order_ref,
        tell=tell,
    )
    shelf.opened.append(
        Given(
            member_id=shelf.book.member_id,
            source=order.source,
            order_ref=order.order_ref,
            rule=change.rule,
            version=award.version,
            points=award.points,
            factors=dict(award.factors),
            entry_id=entry.entry_id,
        )
    )


def _correct(shelf: _Shelf, change: _Change, was: Given, rulebook: Rulebook, *, tell: bool) -> None:
    order, because = change.order, timeline.sort(shelf.fresh)[0]
    posting.correct(
        shelf.book,
        key=f"order:{order.source}:{order.order_ref}:{change.rule}:{was.corrections + 1}",
        lot_id=was.entry_id,
        points=change.points,
        occurred_at=clock.now(),
        actor=f"source:{because.source}",
        why=explaining.corrected(order, was, change.now, because, rulebook),
        reference=order.order_ref,
        tell=tell,
    )
    was.points, was.corrections = was.points + change.points, was.corrections + 1


def _note(shelf: _Shelf, change: _Change, was: Given) -> None:
    if change.now:
        was.version, was.factors = change.now.version, dict(change.now.factors)
    shelf.changed.append(was)


async def _write(session: AsyncSession, shelves: Collection[_Shelf]) -> None:
    connection = await session.connection()
    purchases = [_purchase(shelf.book.member_id, order) for shelf in shelves for order in shelf.fresh]
    if purchases:
        await connection.execute(insert(PURCHASE), purchases)
    await posting.write(session, [shelf.book for shelf in shelves])
    if opened := [_row(given) for shelf in shelves for given in shelf.opened]:
        await connection.execute(insert(ACCRUAL), opened)
    if changed := [_saved(given) for shelf in shelves for given in shelf.changed]:
        await connection.execute(SAVE_ACCRUAL, changed)


def _announce(session: AsyncSession, shelves: Iterable[_Shelf], programme: Terms, news_from: datetime | None) -> None:
    # Tasks look at this week and this month; orders from before both matter to none of them.
    today = programme.today()
    since = programme.start_of(min(today.replace(day=1), today - timedelta(days=today.weekday())))
    for shelf in shelves:
        if _is_news(shelf, news_from) or any(order.paid_at >= since for order in shelf.fresh):
            announce(session, OrderCounted(member_id=shelf.book.member_id))


def _is_news(shelf: _Shelf, news_from: datetime | None) -> bool:
    return news_from is None or any(order.paid_at >= news_from for order in shelf.fresh)


def _stand(orders: Iterable[Order], known: TermsTimeline) -> str:
    moment = clock.now()
    paid = [(order.paid_at, order.total_minor) for order in timeline.sort(orders)]
    return stand(known.at(moment), paid, moment).tier.code


def _order(event: Event) -> Order:
    assert event.order is not None
    paid = event.order
    return Order(event.occurred_at, event.source, paid.order_ref, paid.total_minor, paid.currency)


def _named(events: Iterable[Event]) -> Any:
    names = sorted({_order(event).key for event in events})
    return tuple_(PURCHASE.c.source, PURCHASE.c.order_ref).in_(names)


def _purchase(member_id: UUID, order: Order) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "source": order.source,
        "order_ref": order.order_ref,
        "paid_at": order.paid_at,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "recorded_at": clock.now(),
    }


def _saved(given: Given) -> dict[str, Any]:
    return {f"at_{name}": getattr(given, name) for name in PLACE} | {name: getattr(given, name) for name in DECISION}


def _row(given: Given) -> dict[str, Any]:
    return {"entry_id": given.entry_id} | {name: getattr(given, name) for name in (*PLACE, *DECISION)}
