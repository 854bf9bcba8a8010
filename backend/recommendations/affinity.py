"""How well a reward suits a member, and why: pure, whole numbers, ties always broken the same way."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import NamedTuple
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


class Redeemed(NamedTuple):
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


class Reason(NamedTuple):
    """One reason with its number or name: `missing` points, `days` left, `name` of what she redeemed."""

    code: ReasonCode
    points: int = 0
    days: int = 0
    name: Text | None = None


class Suggestion(NamedTuple):
    """A reward with its score (higher suits better) and the reason she reads."""

    reward_id: UUID
    sku: str
    kind: str
    within: bool
    """Whether she has the points."""
    score: int
    reason: Reason


@dataclass(frozen=True)
class Line:
    """Candidates in the order of their SKUs, with what of their scores is the same for everybody."""

    candidates: Sequence[Candidate]
    leaving_days: int = 14

    @cached_property
    def most(self) -> int:
        """How popular the most popular one is."""
        return max((one.popularity for one in self.candidates), default=0)

    @cached_property
    def kinds(self) -> int:
        """How many kinds there are."""
        return len({one.kind for one in self.candidates})

    @cached_property
    def terms(self) -> Sequence[tuple[int, str, str, int, int]]:
        """Price, category and SKU of each, and what its haste and its popularity count."""
        weight, popular = WEIGHTS[ReasonCode.LEAVING_SOON], WEIGHTS[ReasonCode.POPULAR]
        return [
            (
                one.points,
                one.category,
                one.sku,
                weight * _haste(one.leaves_in_days, self.leaving_days),
                popular * _popularity(one, self.most),
            )
            for one in self.candidates
        ]

    def without(self, places: Collection[int]) -> "Line":
        """The same but for those at these places."""
        if not places:
            return self
        left = [place for place in range(len(self.candidates)) if place not in places]
        others = Line([self.candidates[place] for place in left], self.leaving_days)
        if others.most == self.most:
            # What is the same for everybody stays so: a cached property is there once it was said.
            others.__dict__["terms"] = [self.terms[place] for place in left]
        return others


def in_line(candidates: Iterable[Candidate], leaving_days: int = 14) -> Line:
    """Those who are to be compared."""
    return Line(sorted(candidates, key=lambda one: one.sku), leaving_days)


def ranked(candidates: Iterable[Candidate], taste: Taste) -> list[Suggestion]:
    """All of them, the best first; equal scores in the order of their SKUs."""
    line = in_line(candidates, taste.leaving_days)
    return best(line, taste, len(line.candidates))


def best(line: Line, taste: Taste, count: int) -> list[Suggestion]:
    """The best `count`, the best first."""
    found = scores(line, taste)
    return [_suggest(line, place, taste, found[place]) for place in _order(found)[:count]]


def best_of_every_kind(line: Line, taste: Taste, count: int) -> list[Suggestion]:
    """The best `count`, with the best of every kind among them, so that each is a tap away.

    Of a kind, one she has the points for is taken before one she has not.
    """
    found, candidates = scores(line, taste), line.candidates
    order = _order(found)
    first: dict[str, int] = {}
    for within in (True, False):
        for place in order:
            if len(first) == line.kinds:
                break
            if (candidates[place].points <= taste.available) is within:
                first.setdefault(candidates[place].kind, place)
    kept = set(list(first.values())[:count])
    others = (place for place in order if place not in kept)
    kept.update(islice(others, count - len(kept)))
    return [_suggest(line, place, taste, found[place]) for place in order if place in kept]


def scores(line: Line, taste: Taste) -> list[int]:
    """How well each suits her: the sum of its strengths, weighed. Written out, for every request comes by here."""
    fits, because, nearly, reach = (
        WEIGHTS[code]
        for code in (
            ReasonCode.FITS_EXPIRING,
            ReasonCode.BECAUSE_YOU_REDEEMED,
            ReasonCode.NEARLY_THERE,
            ReasonCode.WITHIN_REACH,
        )
    )
    available, expiring = max(taste.available, 0), taste.expiring
    likes = Counter(past.category for past in taste.redeemed)
    itself = Counter((past.category, past.sku) for past in taste.redeemed)
    found = []
    for points, category, sku, haste, popularity in line.terms:
        if points <= available:
            near, score = FULL, popularity + haste + reach * ((FULL + FULL * points // available) // 2)
            if expiring > 0:
                score += fits * (FULL * points // expiring if points < expiring else FULL * expiring // points)
        else:
            near = FULL * available // points
            score = popularity + nearly * near + (haste if near >= NEARLY else 0)
        if category in likes:
            alike = likes[category] - itself[category, sku]
            score += because * (near * (min(HABIT_MAX, alike)) // HABIT_MAX)
        found.append(score)
    return found


def _order(found: Sequence[int]) -> list[int]:
    # Python's sort leaves equals as they stand, also when it is reversed.
    return sorted(range(len(found)), key=found.__getitem__, reverse=True)


def _suggest(line: Line, place: int, taste: Taste, score: int) -> Suggestion:
    one = line.candidates[place]
    weighed = weighed_strengths(one, taste, line.most)
    said = _said(one, taste)
    code = max(said, key=lambda code: weighed[code]) if said else ReasonCode.NEARLY_THERE
    within = one.points <= taste.available
    return Suggestion(one.reward_id, one.sku, one.kind, within, score, _reason(code, one, taste))


def weighed_strengths(one: Candidate, taste: Taste, most: int) -> dict[ReasonCode, int]:
    """What each reason counts; `most`: how popular the most popular candidate is. `scores` says their sum."""
    return {code: WEIGHTS[code] * strength for code, strength in _strengths(one, taste, most).items()}


def _strengths(one: Candidate, taste: Taste, most: int) -> dict[ReasonCode, int]:
    within = one.points <= taste.available
    near = FULL if within else FULL * max(taste.available, 0) // one.points
    alike = len(_likes(one, taste))
    days = one.leaves_in_days
    leaving = days is not None and days <= taste.leaving_days and near >= NEARLY
    return {
        ReasonCode.FITS_EXPIRING: _fit(one.points, taste.expiring) if within else 0,
        ReasonCode.BECAUSE_YOU_REDEEMED: near * min(alike, HABIT_MAX) // HABIT_MAX,
        ReasonCode.LEAVING_SOON: _haste(days, taste.leaving_days) if leaving else 0,
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
    return [code for code, is_so in true.items() if is_so]


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


def _haste(days: int | None, leaving_days: int) -> int:
    return 0 if days is None or days > leaving_days else FULL * (leaving_days + 1 - days) // (leaving_days + 1)


def _fit(points: int, expiring: int) -> int:
    return FULL * min(points, expiring) // max(points, expiring) if expiring > 0 else 0


def _popularity(one: Candidate, most: int) -> int:
    share = FULL * one.popularity // most if most else 0
    return (share + FULL) // 2 if one.hot else share // 2
