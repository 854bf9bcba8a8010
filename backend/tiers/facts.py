"""What tiers and badges tell the member."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class TierChanged(MemberFact):
    """She stands on another rung now; codes of the programme's tiers."""

    tier: str
    previous: str


@dataclass(frozen=True, kw_only=True)
class BadgeEarned(MemberFact):
    """She earned a badge: its code, and what it was called then."""

    badge: str
    badge_name: Mapping[str, str]
