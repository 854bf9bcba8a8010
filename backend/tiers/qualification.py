"""Which tier spending qualifies for: pure, so that late events replay to the same answer."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from backend.programme.terms import Terms, Tier

KEPT_MAX = 64
"""Days, and versions of the terms, for which what follows from them is kept."""


@dataclass(frozen=True)
class TierStanding:
    """Where a member stands at one moment. Money in minor units."""

    tier: Tier
    next: Tier | None
    spend_minor: int
    keep_until: datetime | None
    """When the tier lapses unless she spends again; none for the lowest one."""

    @property
    def missing_minor(self) -> int:
        """What is still to be spent for the next tier; 0 at the top."""
        return max(0, self.next.qualifying_spend_minor - self.spend_minor) if self.next else 0

    @property
    def progress_bp(self) -> int:
        """The way from this tier to the next, in basis points; 10000 at the top."""
        if self.next is None:
            return 10000
        span = self.next.qualifying_spend_minor - self.tier.qualifying_spend_minor
        return max(0, min(10000, (self.spend_minor - self.tier.qualifying_spend_minor) * 10000 // span))


@dataclass
class Window:
    """Paid amounts in time order, with running totals, so that any window is a subtraction."""

    times: list[datetime] = field(default_factory=list)
    totals: list[int] = field(default_factory=lambda: [0])

    def add(self, paid_at: datetime, amount_minor: int) -> None:
        """Append an order; orders come in time order."""
        assert not self.times or self.times[-1] <= paid_at
        self.times.append(paid_at)
        self.totals.append(self.totals[-1] + amount_minor)

    def spend(self, since: datetime, count: int | None = None) -> int:
        """What was spent from `since` on, over the first `count` orders (all of them by default)."""
        end = len(self.times) if count is None else count
        return self.totals[end] - self.totals[min(bisect_left(self.times, since), end)]


def window_start(terms: Terms, moment: datetime) -> datetime:
    """The first instant that counts at `moment`: the month begins in the zone, so a whole month lapses at once."""
    return _window_start(terms, terms.day_of(moment))


@lru_cache(KEPT_MAX)
def _window_start(terms: Terms, day: date) -> datetime:
    return terms.start_of(terms.month_after(day, -terms.tier_window_months))


def qualified(terms: Terms, spend_minor: int) -> Tier:
    """The highest tier this spending reaches."""
    return max((tier for tier in terms.tiers if tier.qualifying_spend_minor <= spend_minor), key=_rank)


def stand(terms: Terms, orders: Sequence[tuple[datetime, int]], moment: datetime) -> TierStanding:
    """The standing that `orders` (paid_at, amount_minor; in time order) give at `moment`."""
    since = window_start(terms, moment)
    counted = [(paid_at, minor) for paid_at, minor in orders if since <= paid_at <= moment]
    spend = sum(minor for _, minor in counted)
    tier = qualified(terms, spend)
    return TierStanding(tier, _above(terms, tier), spend, _keeps_until(terms, tier, counted))


def _keeps_until(terms: Terms, tier: Tier, counted: Sequence[tuple[datetime, int]]) -> datetime | None:
    # Month by month the oldest orders leave the window; the tier lapses with the order without whose month the later
    # ones are too little.
    if tier.qualifying_spend_minor == 0:
        return None
    later = 0
    for paid_at, minor in reversed(counted):
        later += minor
        if later >= tier.qualifying_spend_minor:
            return terms.start_of(terms.month_after(terms.day_of(paid_at), terms.tier_window_months + 1))
    raise AssertionError("an empty window qualifies for nothing")


def _above(terms: Terms, tier: Tier) -> Tier | None:
    return _next_rungs(terms).get(tier.code)


@lru_cache(KEPT_MAX)
def _next_rungs(terms: Terms) -> Mapping[str, Tier]:
    return {lower.code: upper for lower, upper in pairwise(sorted(terms.tiers, key=_rank))}


def _rank(tier: Tier) -> int:
    return tier.rank
