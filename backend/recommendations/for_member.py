"""Recommendations for one member, of what is known of her and of the catalogue: `affinity` decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.kit.columns import table_of
from backend.kit.gathering import Found, Look, Part, Rows
from backend.kit.looking import among
from backend.ledger import having
from backend.programme.terms import Terms
from backend.programme.text import Text
from backend.recommendations.affinity import Line, Redeemed, Suggestion, Taste, best, best_of_every_kind
from backend.recommendations.shortlist import shortlist
from backend.rewards import means
from backend.rewards.kept import Catalogue, Goods, KeptReward
from backend.rewards.models import Redemption, RedemptionState
from backend.rewards.why_not import Means

PAST_MAX = 30
"""Her latest redemptions say what she likes now."""
REDEMPTION = table_of(Redemption)


def _past() -> Select[Any]:
    latest_first = REDEMPTION.c.redeemed_at.desc(), REDEMPTION.c.id.desc()
    nth = func.row_number().over(partition_by=REDEMPTION.c.member_id, order_by=latest_first).label("nth")
    past = (
        select(REDEMPTION.c.member_id, REDEMPTION.c.reward_id, nth)
        .where(among(REDEMPTION.c.member_id, "keys"), REDEMPTION.c.state != RedemptionState.CANCELLED.value)
        .subquery()
    )
    return select(past.c.member_id, past.c.reward_id).where(past.c.nth <= PAST_MAX).order_by(past.c.nth)


PAST = Look(_past)
"""What she redeemed lately, the latest first."""


class Recommended(NamedTuple):
    """A reward and why."""

    reward: KeptReward
    suggestion: Suggestion


def parts(catalogue: Catalogue, now: Terms, moment: datetime) -> tuple[Part, ...]:
    """What must be known of a member."""
    return PAST(), *means.parts(catalogue.goods.tiered, now, moment)


@dataclass(frozen=True)
class Asked:
    """Somebody wants recommendations at `moment`: what `parts` found of her, and what there is."""

    member_id: UUID
    catalogue: Catalogue
    now: Terms
    moment: datetime
    found: Found

    def recommended(self, count: int) -> list[Recommended]:
        """The `count` rewards that suit her best, of every kind one, those she is still saving for included."""
        # A frozen account sees everything: it is recommended what it will be able to redeem once it is thawed.
        return self._told(best_of_every_kind(self._line(), self._taste(), count))

    def within_reach(self, count: int) -> list[Recommended]:
        """The `count` rewards that suit her best among those she may redeem now; what fits expiring points leads."""
        if self.has.frozen:
            return []
        line = self._line()
        too_dear = {place for place, one in enumerate(line.candidates) if one.points > self.has.burnable}
        return self._told(best(line.without(too_dear), self._taste(), count))

    @cached_property
    def has(self) -> Means:
        """What she has."""
        return means.told(self.member_id, self.now, self.moment, self.found[1:])

    def _line(self) -> Line:
        return shortlist(self.catalogue, self.now, self.moment).open_to(self.has)

    def _taste(self) -> Taste:
        return Taste(
            available=self.has.burnable,
            expiring=_expiring(self.found[2], self.now, self.moment),
            redeemed=_redeemed(self.catalogue.goods, self.found[0]),
            leaving_days=self.now.leaving_soon_days,
        )

    def _told(self, found: Sequence[Suggestion]) -> list[Recommended]:
        by_id = self.catalogue.goods.by_id
        return [Recommended(by_id[one.reward_id], one) for one in found]


def _expiring(lots: Rows, now: Terms, moment: datetime) -> int:
    """Points of the next date on which some expire, if that is within the first warning step."""
    within = moment + timedelta(days=max(now.warning_days, default=0))
    dated = [(lot.expires_at, lot.available) for lot in having.lots(lots) if lot.available and lot.expires_at]
    soon = [(expires_at, points) for expires_at, points in dated if moment < expires_at <= within]
    first = min((expires_at for expires_at, _ in soon), default=None)
    return sum(points for expires_at, points in soon if expires_at == first)


def _redeemed(goods: Goods, past: Rows) -> list[Redeemed]:
    rewards = (goods.by_id.get(reward_id) for _, reward_id in past)
    return [Redeemed(one.sku, one.category, Text(**one.name)) for one in rewards if one is not None]
