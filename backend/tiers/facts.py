"""What a change of tier tells the member."""

from dataclasses import dataclass

from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class TierChanged(MemberFact):
    """She stands on another rung now; codes of the programme's tiers."""

    tier: str
    previous: str
