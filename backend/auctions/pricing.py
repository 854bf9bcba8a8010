"""What bids come to, as pure rules: eBay's proxy bidding in whole points.

The price is the second-highest maximum plus the step at that maximum, and never more than the highest. Of equal maxima
the earlier leads. A lone bidder pays where bidding opens, or the reserve once her maximum reaches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.programme.auctions import Step


@dataclass(frozen=True)
class Rules:
    """What an operator decided about an auction's price."""

    opening_points: int
    steps: Sequence[Step]
    reserve_points: int | None = None

    def step(self, price: int) -> int:
        """How much more the next bid must at least be at this price."""
        return next(step.points for step in self.steps if step.below is None or price < step.below)

    def first(self) -> int:
        """What the first bid must at least be: one step where bidding opens at 0."""
        return self.opening_points or self.step(0)

    def reached(self, maximum: int) -> bool:
        """Whether a maximum reaches the reserve, if there is one."""
        return self.reserve_points is None or maximum >= self.reserve_points

    def at_least(self, price: int, maximum: int) -> int:
        """The price, lifted to the reserve if the highest maximum reaches it."""
        return max(price, self.reserve_points or 0) if self.reached(maximum) else price


@dataclass(frozen=True)
class Result:
    """What a bid comes to: the price then, and whether its bidder leads."""

    price: int
    leads: bool


def alone(rules: Rules, maximum: int) -> Result:
    """The first bid."""
    return Result(rules.at_least(rules.first(), maximum), leads=True)


def raised(rules: Rules, price: int, maximum: int) -> Result:
    """The leader raises her own maximum: the price stays, but for a reserve that is reached now."""
    return Result(rules.at_least(price, maximum), leads=True)


def against(rules: Rules, price: int, leading: int, maximum: int) -> Result:
    """A bid of `maximum` against the leader's `leading`."""
    highest, second = max(leading, maximum), min(leading, maximum)
    met = min(highest, second + rules.step(second))
    return Result(max(price, rules.at_least(met, highest)), leads=maximum > leading)
