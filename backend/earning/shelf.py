"""One member's orders as they stand, what is new about them, and what that changes: plain values."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.earning import timeline
from backend.earning.given import Given
from backend.earning.rules import Award, Rulebook
from backend.earning.timeline import Order, OrderKey
from backend.ledger.book import Book
from backend.orders.refunding import Refunded, fits, given_back
from backend.programme.terms import Timeline


@dataclass(frozen=True)
class Change:
    """A decision that is not what was posted."""

    order: Order
    rule: str
    was: Given | None
    now: Award | None

    @property
    def points(self) -> int:
        """How many more it earns now; negative: how many fewer."""
        given = self.now.points if self.now else 0
        return given if self.was is None else max(0, given - self.was.withheld) - self.was.points

    @property
    def reasons(self) -> bool:
        """Whether the same points are given for other reasons now."""
        if self.was is None or self.now is None:
            return False
        return (self.was.version, self.was.factors) != (self.now.version, self.now.factors)


@dataclass
class Shelf:
    """A member's book, her orders and refunds by order, those that are new, and what is to be written about them."""

    book: Book
    orders: dict[OrderKey, Order]
    refunds: dict[OrderKey, list[Refunded]] = field(default_factory=dict)
    fresh: dict[OrderKey, Order] = field(default_factory=dict)
    refunded: dict[OrderKey, Order] = field(default_factory=dict)
    """Orders counted before, as they stand after the new refunds."""
    refunded_at: list[datetime] = field(default_factory=list)
    accruals: dict[tuple[OrderKey, str], Given] = field(default_factory=dict)
    opened: list[Given] = field(default_factory=list)
    changed: list[Given] = field(default_factory=list)

    def stands(self) -> list[Order]:
        """All orders as they stand now, in the order decisions are made in."""
        return timeline.sort({**self.orders, **self.fresh, **self.refunded}.values())

    def news(self) -> list[Order]:
        """The orders that are new or newly refunded, the earliest first."""
        return timeline.sort({**self.fresh, **self.refunded}.values())

    def moments(self) -> list[datetime]:
        """When what is new happened."""
        return [*(order.paid_at for order in self.fresh.values()), *self.refunded_at]

    def late(self) -> bool:
        """Whether something new is about, or happened before, something counted already."""
        if not self.orders or not self.news():
            return False
        return bool(self.refunded) or self.news()[0].paid_at <= max(order.paid_at for order in self.orders.values())

    def add(self, order: Order) -> None:
        """A new order, less the refunds that were here before it."""
        refunded_minor, undone = given_back(order.total_minor, self.refunds.get(order.key, ()))
        self.fresh[order.key] = replace(order, refunded_minor=refunded_minor, undone=undone)

    def give_back(self, key: OrderKey, refund: Refunded) -> bool:
        """Note a refund; False when it is more than is left of its order. One without its order waits for it."""
        order = self.fresh.get(key) or self.refunded.get(key) or self.orders.get(key)
        if order is not None:
            if not fits(refund, order.remaining_minor, undone=order.undone):
                return False
            minor, undone = given_back(order.total_minor, [*self.refunds.get(key, ()), refund])
            where = self.fresh if key in self.fresh else self.refunded
            self.refunded_at.append(refund.refunded_at)
            where[key] = replace(order, refunded_minor=minor, undone=undone)
        self.refunds.setdefault(key, []).append(refund)
        return True

    def changes(self, known: Timeline, rulebook: Rulebook, *, recount: bool = False) -> list[Change]:
        """What the news change about what was decided before; a `recount` looks at every order again."""
        if not (news := self.stands() if recount else self.news()):
            return []
        decided = timeline.decide(self.stands(), news[0], known, rulebook)
        earlier = [place for place in self.accruals if place[0] in decided.orders]
        places = dict.fromkeys([*decided.awards, *earlier])
        changes = [
            Change(decided.orders[key], rule, self.accruals.get((key, rule)), decided.awards.get((key, rule)))
            for key, rule in places
        ]
        return [change for change in changes if change.points or change.reasons]
