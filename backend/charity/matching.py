"""What a donation is worth and what the programme adds to it: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

FEN_PER_YUAN = 100
WHOLE_BP = 10_000


@dataclass(frozen=True)
class Match:
    """What is added to a project's donations: basis points of their worth, while the budget lasts."""

    rate_bp: int
    budget_minor: int

    def left(self, matched_minor: int) -> int:
        """What of the budget is left once `matched_minor` was given."""
        return max(0, self.budget_minor - matched_minor)

    def of(self, value_minor: int, matched_minor: int) -> int:
        """What is added to one donation after `matched_minor` was given: rounded down, and never beyond the budget."""
        return min(value_minor * self.rate_bp // WHOLE_BP, self.left(matched_minor))


def worth(points: int, points_per_yuan: int) -> int:
    """The points at the reference value, in minor units, rounded down."""
    return points * FEN_PER_YUAN // points_per_yuan


def in_order(match: Match, matched_minor: int, waiting: Iterable[tuple[UUID, int]]) -> Iterator[tuple[UUID, int]]:
    """What is added to each donation (id, worth), the first come the first served. Each knows of those before it."""
    for donation_id, value_minor in waiting:
        added = match.of(value_minor, matched_minor)
        matched_minor += added
        yield donation_id, added
