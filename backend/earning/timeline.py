"""A member's orders in time order and what the rules give for each: pure, so any order of arrival ends the same."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.earning import rules
from backend.earning.rules import Award, Rulebook
from backend.programme.terms import Terms, Timeline as TermsTimeline
from backend.tiers.qualification import Window, qualified, window_start

OrderKey = tuple[str, str]
"""Source and order reference."""


@dataclass(frozen=True, slots=True)
class Order:
    """A paid order, as far as rules care. Two are the same order when all but what was given back is the same."""

    paid_at: datetime
    source: str
    order_ref: str
    total_minor: int
    currency: str
    named: UUID
    """The member it was told of."""
    refunded_minor: int = field(default=0, compare=False)
    undone: bool = field(default=False, compare=False)

    @property
    def key(self) -> OrderKey:
        """What names the order."""
        return self.source, self.order_ref

    @property
    def remaining_minor(self) -> int:
        """What is still paid."""
        return self.total_minor - self.refunded_minor


@dataclass
class Decisions:
    """What every rule gives for every order from some moment on."""

    awards: dict[tuple[OrderKey, str], Award] = field(default_factory=dict)
    orders: dict[OrderKey, Order] = field(default_factory=dict)


def decide(orders: Sequence[Order], since: Order, terms: TermsTimeline, rulebook: Rulebook) -> Decisions:
    """Decide again about `since` and every order after it; `orders` are all of the member's, sorted."""
    decisions = Decisions()
    for order, values in _described(orders, since, terms):
        decisions.orders[order.key] = order
        for rule in rulebook.in_force(order.paid_at):
            if given := _kept(order, rules.award(rule, values)):
                decisions.awards[order.key, rule.code] = given
    return decisions


def sort(orders: Iterable[Order]) -> list[Order]:
    """In the one order that decisions are made in."""
    return sorted(orders, key=place_in_time)


def place_in_time(order: Order) -> tuple[datetime, str, str]:
    """What orders are sorted by: by time, then by source and reference, so that ties are settled."""
    return order.paid_at, order.source, order.order_ref


def _kept(order: Order, award: Award | None) -> Award | None:
    # The rule decides about the order as it was paid; of its points remain as much as of the money, rounded down.
    if award is None or order.undone:
        return None
    if not order.refunded_minor:
        return award
    points = award.points * order.remaining_minor // order.total_minor
    return replace(award, points=points) if points else None


def _described(
    orders: Sequence[Order], since: Order, terms: TermsTimeline
) -> Iterator[tuple[Order, Mapping[str, Any]]]:
    window, start = Window(), place_in_time(since)
    opens = _window_opens()
    before = 0
    for order in orders:
        if place_in_time(order) >= start:
            programme = terms.at(order.paid_at)
            spend = window.spend(opens(programme, order.paid_at))
            yield order, _values(order, before, programme, spend)
        window.add(order.paid_at, order.remaining_minor)
        before += not order.undone


def _values(order: Order, before: int, programme: Terms, spend_minor: int) -> Mapping[str, Any]:
    tier, day = qualified(programme, spend_minor), programme.day_of(order.paid_at)
    return {
        "order.total_minor": order.total_minor,
        "order.currency": order.currency,
        "order.source": order.source,
        "order.weekday": day.isoweekday(),
        "order.day_of_month": day.day,
        "member.orders_before": before,
        "tier.code": tier.code,
        "tier.earn_multiplier": tier.earn_multiplier_bp / rules.ONE,
    }


def _window_opens() -> Callable[[Terms, datetime], datetime]:
    # The window opens at a month's beginning: most orders of a run share it.
    known: dict[tuple[int, int, int], datetime] = {}

    def opens(programme: Terms, moment: datetime) -> datetime:
        day = programme.day_of(moment)
        place = (id(programme), day.year, day.month)
        if place not in known:
            known[place] = window_start(programme, moment)
        return known[place]

    return opens
