"""What refunds leave of an order: pure, and the same in whatever order they come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True, slots=True)
class Refunded:
    """One refund. `amount_minor`: in minor units, at least 1; None means all that is left."""

    refunded_at: datetime
    refund_ref: str
    amount_minor: int | None


def given_back(total_minor: int, refunds: Iterable[Refunded]) -> tuple[int, bool]:
    """How much of `total_minor` was given back, and whether that undid the order.

    One that asks for more than what those before it in time have left counts for nothing. Such a refund is refused
    when its order is known, so here it can only be one that came before its order did.
    """
    left, undone = total_minor, False
    for refund in sorted(refunds, key=lambda refund: (refund.refunded_at, refund.refund_ref)):
        if fits(refund, left, undone=undone):
            left -= left if refund.amount_minor is None else refund.amount_minor
            undone = left == 0
    return total_minor - left, undone


def fits(refund: Refunded, left_minor: int, *, undone: bool) -> bool:
    """Whether there is still so much to give back. An order of nothing can be undone as a whole, once."""
    return not undone and (refund.amount_minor is None or refund.amount_minor <= left_minor)
