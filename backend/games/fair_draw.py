"""Which prize a draw is: pure, and frozen, because members' browsers and anyone else compute the same.

Version 1 means exactly this: HMAC-SHA-256 (RFC 2104) under the round's seed over `<pool code>|<round number>|<draw
id>`, the id in lower case; its first 16 bytes as a big-endian number, times the sum of the weights, the upper part of
the product (after 128 bits) being the place on the row of weights. Taking the upper part instead of a remainder
prefers no prize: two of equal weight differ by at most one number in 2^128. Golden vectors are shared with the browser.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from uuid import UUID

SEED_BYTES = 32
DRAWN_BYTES = 16
WEIGHT_MAX = 100_000_000
PRIZES_MAX = 20


class SoldOutRule(StrEnum):
    """What comes instead of a prize that is sold out: the next one of the list that is left, or the last one."""

    NEXT_DOWN = "NEXT_DOWN"
    CONSOLATION = "CONSOLATION"


@dataclass(frozen=True)
class Chance:
    """A prize as the odds have it. `pieces`: None for the last one, which never runs out."""

    weight: int
    pieces: int | None


@dataclass(frozen=True)
class Drawn:
    """What a draw came to: the place its number fell on, and the place it was given, both from 0."""

    digest: bytes
    fell_on: int
    given: int

    @property
    def replaced(self) -> bool:
        """Whether the prize it fell on was sold out."""
        return self.given != self.fell_on


def commitment(seed: bytes) -> str:
    """What is published of a seed before anyone draws: its SHA-256, in hexadecimal."""
    return hashlib.sha256(seed).hexdigest()


def message(pool_code: str, round_number: int, draw_id: UUID) -> str:
    """What is hashed under the seed."""
    return f"{pool_code}|{round_number}|{draw_id}"


def digest(seed: bytes, message: str) -> bytes:
    """HMAC-SHA-256 of a draw's message."""
    return hmac.digest(seed, message.encode(), hashlib.sha256)


def fell_on(hashed: bytes, weights: Sequence[int]) -> int:
    """The place whose weight the number of `hashed` falls into."""
    number = int.from_bytes(hashed[:DRAWN_BYTES], "big")
    point = number * sum(weights) >> 8 * DRAWN_BYTES
    return next(place for place, end in enumerate(accumulate(weights)) if point < end)


def given(place: int, left: Sequence[int | None], rule: SoldOutRule) -> int:
    """The place that is given instead when `place` is sold out; itself when it is not."""
    last = len(left) - 1
    assert left[last] is None, "the last prize never runs out"
    if left[place] != 0:
        return place
    if rule is SoldOutRule.CONSOLATION:
        return last
    return next(lower for lower in range(place + 1, last + 1) if left[lower] != 0)


def weights_now(chances: Sequence[Chance], left: Sequence[int | None], rule: SoldOutRule) -> list[int]:
    """The weight with which each prize is given now: what is sold out hands its own to what comes instead."""
    now = [0] * len(chances)
    for place, chance in enumerate(chances):
        now[given(place, left, rule)] += chance.weight
    return now


def draw(hashed: bytes, chances: Sequence[Chance], left: Sequence[int | None], rule: SoldOutRule) -> Drawn:
    """The draw that hashes to this, with so many pieces left of each prize."""
    place = fell_on(hashed, [chance.weight for chance in chances])
    return Drawn(hashed, place, given(place, left, rule))


def replay(seed: bytes, chances: Sequence[Chance], rule: SoldOutRule, messages: Iterable[str]) -> Iterator[Drawn]:
    """Every draw of a round again, in the order of their numbers."""
    left = [chance.pieces for chance in chances]
    for one in messages:
        drawn = draw(digest(seed, one), chances, left, rule)
        if (pieces := left[drawn.given]) is not None:
            left[drawn.given] = pieces - 1
        yield drawn
