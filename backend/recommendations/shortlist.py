"""What may be recommended to somebody now, whoever she is: worked out once for all, as long as nothing changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from backend.programme.terms import Terms, days_left
from backend.recommendations.affinity import Candidate, Line, in_line
from backend.rewards.kept import Catalogue, KeptReward, Stocked
from backend.rewards.why_not import Means, required_tier, why_not

CANDIDATES_MAX = 300
"""Looked at for one member: the hottest and newest of a large catalogue."""
DAY = timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
Weighed = tuple[Stocked, Candidate | None]


@dataclass(frozen=True)
class Shortlist:
    """Who waits in line while `catalogue` and `now` are what they are, from `since` to `until`."""

    catalogue: Catalogue
    now: Terms
    since: datetime
    until: datetime
    weighed: Mapping[str, Weighed]
    """By SKU, the stock it was weighed with, and the candidate; none when nobody may redeem it."""
    line: Line
    ranks: Mapping[int, int]
    """Places in line that ask for a rank."""
    limits: Mapping[int, tuple[UUID, int]]
    """Places in line of which one member gets only so many."""

    def open_to(self, has: Means) -> Line:
        """Those she could redeem if she had the points."""
        closed = {place for place, rank in self.ranks.items() if rank > has.rank}
        closed |= {place for place, (which, limit) in self.limits.items() if has.redeemed.get(which, 0) >= limit}
        return self.line.without(closed)

    def holds(self, catalogue: Catalogue, now: Terms, moment: datetime) -> bool:
        """Whether it says what is so then, but for the stock."""
        same = self.catalogue.goods is catalogue.goods and self.now is now
        return same and self.since <= moment < self.until


_last: Shortlist | None = None


def shortlist(catalogue: Catalogue, now: Terms, moment: datetime) -> Shortlist:
    """The shortlist at `moment`."""
    global _last
    before = _last if _last is not None and _last.holds(catalogue, now, moment) else None
    if before is None or before.catalogue is not catalogue:
        _last = before = _drawn_up(catalogue, now, moment, before)
    return before


def _drawn_up(catalogue: Catalogue, now: Terms, moment: datetime, before: Shortlist | None) -> Shortlist:
    known: Mapping[str, Weighed] = before.weighed if before is not None else {}
    offered = list(islice((one for one in catalogue.goods.wanted if one.is_offered(moment)), CANDIDATES_MAX))
    weighed = {one.sku: _weighed(one, catalogue.stock[one.sku], known, now, moment) for one in offered}
    line = in_line((one for _, one in weighed.values() if one is not None), now.leaving_soon_days)
    rewards = [catalogue.goods.by_id[one.reward_id] for one in line.candidates]
    asked = {place: required_tier(one, now) for place, one in enumerate(rewards)}
    limited = {place: (one.id, one.limit_per_member) for place, one in enumerate(rewards)}
    return Shortlist(
        catalogue,
        now,
        since=moment if before is None else before.since,
        until=min(_turns(catalogue, moment), default=NEVER) if before is None else before.until,
        weighed=weighed,
        line=line,
        ranks={place: tier.rank for place, tier in asked.items() if tier is not None},
        limits={place: (which, limit) for place, (which, limit) in limited.items() if limit is not None},
    )


def _weighed(one: KeptReward, stock: Stocked, known: Mapping[str, Weighed], now: Terms, moment: datetime) -> Weighed:
    if (before := known.get(one.sku)) is not None and before[0] is stock:
        return before
    # Somebody who has all it takes: what stops her stops everybody.
    has = Means(burnable=one.points, rank=max(tier.rank for tier in now.tiers))
    against = why_not(one, left=stock.left, means=has, terms=now, moment=moment)
    return stock, None if against is not None else _candidate(one, stock, moment)


def _turns(catalogue: Catalogue, moment: datetime) -> Iterator[datetime]:
    """When something opens, ends, or has a day less to go."""
    for one in catalogue.goods.wanted:
        if one.available_from is not None and one.available_from > moment:
            yield one.available_from
        if one.available_until is not None and one.available_until > moment:
            yield one.available_until - (days_left(one.available_until, moment) - 1) * DAY


def _candidate(reward: KeptReward, stock: Stocked, moment: datetime) -> Candidate:
    until = reward.available_until
    return Candidate(
        reward_id=reward.id,
        sku=reward.sku,
        kind=reward.kind,
        category=reward.category,
        points=reward.points,
        popularity=stock.redeemed,
        hot=reward.hot,
        leaves_in_days=days_left(until, moment) if until else None,
    )
