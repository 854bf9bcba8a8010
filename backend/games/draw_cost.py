"""What a round can cost, before it opens: pure. Values are minor units of money."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Valued:
    """A prize with what it is worth. `pieces`: None for the last one."""

    weight: int
    pieces: int | None
    value_minor: int


def expected_minor(prizes: Sequence[Valued]) -> Fraction:
    """What one draw gives away on average, exactly."""
    return Fraction(sum(one.weight * one.value_minor for one in prizes), sum(one.weight for one in prizes))


def worst_case_minor(prizes: Sequence[Valued]) -> int:
    """What all pieces are worth together: no draws, however many, give more away.

    The last prize is not in it: it is worth less than the draw that pays for it.
    """
    return sum(one.pieces * one.value_minor for one in prizes if one.pieces is not None)
