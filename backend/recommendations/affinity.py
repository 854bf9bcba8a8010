"""How well a reward suits a member, and why: pure, whole numbers, ties always broken the same way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from backend.programme.text import Text

FULL = 1000
"""The strength of a reason at its strongest; a reason counts its strength times its weight."""
FITTING = 500
"""From here on a price is said to fit: at least half of the larger of price and expiring points is the other."""
NEARLY = 800
"""From here on she is nearly there: four fifths of the price."""
HABIT_MAX = 3
"""So many redemptions in a category make a habit; more say nothing new."""


class ReasonCode(StrEnum):
    """Why a reward is recommended, the first one winning when two are equally strong."""

    FITS_EXPIRING = "FITS_EXPIRING"
    BECAUSE_YOU_REDEEMED = "BECAUSE_YOU_REDEEMED"
    LEAVING_SOON = "LEAVING_SOON"
    NEARLY_THERE = "NEARLY_THERE"
    WITHIN_REACH = "WITHIN_REACH"
    POPULAR = "POPULAR"


WEIGHTS: Mapping[ReasonCode, int] = {
    ReasonCode.FITS_EXPIRING: 6,
    ReasonCode.BECAUSE_YOU_REDEEMED: 5,
    ReasonCode.LEAVING_SOON: 4,
    ReasonCode.NEARLY_THERE: 2,
    ReasonCode.WITHIN_REACH: 2,
    ReasonCode.POPULAR: 1,
}


@dataclass(frozen=True)
class Candidate:
    """A reward she could redeem if she had the points. `popularity`: redemptions by everyone."""

    reward_id: UUID
    sku: str
    kind: str
    category: str
    points: int
    popularity: int = 0
    hot: bool = False
    leaves_in_days: int | None = None


@dataclass(frozen=True)
class Redeemed:
    """What she redeemed before, the latest first among its like."""

    sku: str
    category: str
    name: Text


@dataclass(frozen=True)
class Taste:
    """What is known of a member. `expiring`: points of the next date on which some are lost."""

    available: int
    expiring: int = 0
    redeemed: Sequence[Redeemed] = field(default_factory=tuple)
    leaving_days: int = 14
    """From so many days before its end on, a reward is said to leave soon."""


@dataclass(frozen=True)
class Reason:
    """One reason with its number or name: `missing` points, `days` left, `name` of what she redeemed."""

    code: ReasonCode
    points: int = 0
    days: int = 0
    name: Text | None = None


@dataclass(frozen=True)
class Suggestion:
    """A reward with its score (higher suits better) and the reason she reads."""

    reward_id: UUID
    sku: str
    kind: str
    within: bool
    """Whether she has the points."""
    score: int
    reason: Reason


def ranked(candidates: Iterable[Candidate], taste: Taste) -> list[Suggestion]:
    """All of them, the best first; equal scores in the order of their SKUs."""
    every = list(candidates)
    most = max((one.popularity for one in every), default=0)
    suggestions = [_suggest(one, taste, most) for one in every]
    return sorted(suggestions, key=lambda suggestion: (-suggestion.score, suggestion.sku))


def varied(suggestions: Sequence[Suggestion], count: int) -> list[Suggestion]:
    """The best `count` of those ranked, with the best of every kind among them, so that each is a tap away.

    Of a kind, one she has the points for is taken before one she has not.
    """
    best: dict[str, Suggestion] = {}
    for suggestion in sorted(suggestions, key=lambda suggestion: not suggestion.within):
        best.setdefault(suggestion.kind, suggestion)
    kept = list(best.values())[:count]
    kept += [suggestion for suggestion in suggestions if suggestion not in kept][: count - len(kept)]
    return [suggestion for suggestion in suggestions if suggestion in kept]


def _suggest(one: Candidate, taste: Taste, most: int) -> Suggestion:
    weighed = {code: WEIGHTS[code] * strength for code, strength in _strengths(one, taste, most).items()}
    said = _said(one, taste)
    code = max(said, key=lambda code: weighed[code]) if said else ReasonCode.NEARLY_THERE
    within = one.points <= taste.available
    return Suggestion(one.reward_id, one.sku, one.kind, within, sum(weighed.values()), _reason(code, one, taste))


def _strengths(one: Candidate, taste: Taste, most: int) -> dict[ReasonCode, int]:
    within = one.points <= taste.available
    near = FULL if within else FULL * max(taste.available, 0) // one.points
    alike = len(_likes(one, taste))
    days = one.leaves_in_days
    leaving = days is not None and days <= taste.leaving_days and near >= NEARLY
    return {
        ReasonCode.FITS_EXPIRING: _fit(one.points, taste.expiring) if within else 0,
        ReasonCode.BECAUSE_YOU_REDEEMED: near * min(alike, HABIT_MAX) // HABIT_MAX,
        ReasonCode.LEAVING_SOON: _haste(days or 0, taste) if leaving else 0,
        ReasonCode.NEARLY_THERE: 0 if within else near,
        # Of what she can have, what is worth more of her points comes first.
        ReasonCode.WITHIN_REACH: (FULL + FULL * one.points // taste.available) // 2 if within else 0,
        ReasonCode.POPULAR: _popularity(one, most),
    }


def _said(one: Candidate, taste: Taste) -> list[ReasonCode]:
    """The reasons that are worth saying, and true."""
    within, days = one.points <= taste.available, one.leaves_in_days
    nearly = not within and FULL * taste.available // one.points >= NEARLY
    true = {
        ReasonCode.FITS_EXPIRING: within and _fit(one.points, taste.expiring) >= FITTING,
        ReasonCode.BECAUSE_YOU_REDEEMED: bool(_likes(one, taste)),
        ReasonCode.LEAVING_SOON: (within or nearly) and days is not None and days <= taste.leaving_days,
        ReasonCode.NEARLY_THERE: nearly,
        ReasonCode.WITHIN_REACH: within,
        ReasonCode.POPULAR: one.hot,
    }
    return [code for code in ReasonCode if true[code]]


def _reason(code: ReasonCode, one: Candidate, taste: Taste) -> Reason:
    likes = _likes(one, taste)
    return Reason(
        code,
        points=taste.expiring if code is ReasonCode.FITS_EXPIRING else max(0, one.points - taste.available),
        days=one.leaves_in_days or 0,
        name=likes[0].name if likes else None,
    )


def _likes(one: Candidate, taste: Taste) -> list[Redeemed]:
    # "Because you redeemed X" under X itself would say nothing, and she has it already.
    return [past for past in taste.redeemed if past.category == one.category and past.sku != one.sku]


def _haste(days: int, taste: Taste) -> int:
    return FULL * (taste.leaving_days + 1 - days) // (taste.leaving_days + 1)


def _fit(points: int, expiring: int) -> int:
    return FULL * min(points, expiring) // max(points, expiring) if expiring > 0 else 0


def _popularity(one: Candidate, most: int) -> int:
    share = FULL * one.popularity // most if most else 0
    return (share + FULL) // 2 if one.hot else share // 2
