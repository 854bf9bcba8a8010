"""What a stake can win, and when it ends: pure."""

from datetime import datetime, timedelta
from typing import Protocol

from backend.programme.terms import Terms

WHOLE_BP = 10_000


class Prize(Protocol):
    """How the bonus of a challenge is worked out."""

    @property
    def bonus_bp(self) -> int | None:
        """Basis points of the stake."""

    @property
    def bonus_cap(self) -> int | None:
        """The most that basis points come to."""

    @property
    def bonus_points(self) -> int | None:
        """A bonus that is the same for every stake."""


def bonus_of(prize: Prize, stake: int) -> int:
    """What winning with this stake earns on top of the stake: fixed, or its share of the stake rounded down, capped."""
    if prize.bonus_points is not None:
        return prize.bonus_points
    assert prize.bonus_bp is not None and prize.bonus_cap is not None
    return min(prize.bonus_cap, stake * prize.bonus_bp // WHOLE_BP)


def ends_at(programme: Terms, moment: datetime, days: int) -> datetime:
    """When a challenge taken up at `moment` ends: today and `days` whole days of the programme later, at midnight."""
    return programme.start_of(programme.day_of(moment) + timedelta(days=days + 1))
