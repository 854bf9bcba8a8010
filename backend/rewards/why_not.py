"""Why a member may not redeem a reward now: pure, so that the answer before the tap is the verb's answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.kit.errors import Refused
from backend.ledger.book import AccountFrozen
from backend.ledger.posting import InsufficientPoints
from backend.programme.terms import Terms, Tier
from backend.rewards.kept import AnyReward


class RewardGone(Refused):
    """This reward is no longer offered."""


class NotOpenYet(Refused):
    """This reward cannot be redeemed yet."""

    def __init__(self, opens_at: datetime) -> None:
        super().__init__()
        self.opens_at = opens_at


class TierTooLow(Refused):
    """This reward is for members of a higher tier."""

    def __init__(self, required: Tier, programme: Terms) -> None:
        super().__init__()
        self.required = required
        self.programme = programme


class OutOfStock(Refused):
    """This reward is out of stock."""


class LimitReached(Refused):
    """You have redeemed this reward as often as one member may."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


@dataclass(frozen=True)
class Means:
    """What a member redeems with: points she can burn, her tier's rank, and what she redeemed of each reward."""

    burnable: int
    rank: int = 0
    frozen: bool = False
    redeemed: Mapping[UUID, int] = field(default_factory=dict)
    """Redemptions by reward; cancelled ones do not count."""


def why_not(reward: AnyReward, *, left: int | None, means: Means, terms: Terms, moment: datetime) -> Refused | None:
    """The first reason against it, or none. `left`: its stock, null for unlimited."""
    return (
        (AccountFrozen() if means.frozen else None)
        or _closed(reward, moment)
        or _too_low(reward, means, terms)
        or (OutOfStock() if left is not None and left <= 0 else None)
        or _too_often(reward, means)
        or _too_dear(reward, means)
    )


def gone(reward: AnyReward, moment: datetime) -> bool:
    """Whether it was withdrawn or has ended."""
    return reward.withdrawn_at is not None or (reward.available_until is not None and reward.available_until <= moment)


def required_tier(reward: AnyReward, terms: Terms) -> Tier | None:
    """The lowest tier that may redeem it; a tier the programme no longer has asks for its highest."""
    if reward.minimum_tier is None:
        return None
    highest = max(terms.tiers, key=lambda tier: tier.rank)
    return next((tier for tier in terms.tiers if tier.code == reward.minimum_tier), highest)


def _closed(reward: AnyReward, moment: datetime) -> Refused | None:
    if gone(reward, moment):
        return RewardGone()
    opens_at = reward.available_from
    return NotOpenYet(opens_at) if opens_at is not None and opens_at > moment else None


def _too_low(reward: AnyReward, means: Means, terms: Terms) -> Refused | None:
    required = required_tier(reward, terms)
    return TierTooLow(required, terms) if required is not None and means.rank < required.rank else None


def _too_often(reward: AnyReward, means: Means) -> Refused | None:
    limit = reward.limit_per_member
    return LimitReached(limit) if limit is not None and means.redeemed.get(reward.id, 0) >= limit else None


def _too_dear(reward: AnyReward, means: Means) -> Refused | None:
    missing = reward.points - means.burnable
    return InsufficientPoints(missing) if missing > 0 else None
