"""What the books tell the member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from backend.kit.outbox import Fact


def member_stream(member_id: UUID) -> str:
    """The name of a member's own stream of facts."""
    return f"member:{member_id}"


@dataclass(frozen=True, kw_only=True)
class MemberFact(Fact):
    """News for one member, numbered under her account's lock. `available`: what she can burn right after it."""

    member_id: UUID
    available: int = 0

    def with_available(self, points: int) -> Self:
        """The same, with `points` left to her: `replace` for many, a tenth of its cost."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, available=points)
        return made

    def stream(self) -> str:
        """Her own."""
        return member_stream(self.member_id)


@dataclass(frozen=True, kw_only=True)
class PointsCredited(MemberFact):
    """`points` (> 0) were added."""

    entry_id: UUID
    points: int
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PointsTaken(MemberFact):
    """`points` (> 0) were burned, expired or taken back."""

    entry_id: UUID
    points: int
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PointsReleased(MemberFact):
    """`points` (> 0) that were pending can be used now."""

    entry_id: UUID
    points: int
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PointsExtended(MemberFact):
    """`points` live longer: the first of them until `expires_at`."""

    entry_id: UUID
    points: int
    expires_at: datetime
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExpiryWarned(MemberFact):
    """`points` expire at `expires_at`, in `days_left` days (rounded up)."""

    points: int
    expires_at: datetime
    days_left: int
