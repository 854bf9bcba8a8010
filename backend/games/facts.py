"""What games tell members."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class ChallengeWon(MemberFact):
    """The goal was reached in time: the `stake` is free again and the `bonus` is in the account."""

    challenge_id: UUID
    stake_id: UUID
    title: Mapping[str, str]
    """As it reads: zh_cn, en."""
    stake: int
    bonus: int


@dataclass(frozen=True, kw_only=True)
class ChallengeLost(MemberFact):
    """The goal was not reached in time: the `stake` is gone."""

    challenge_id: UUID
    stake_id: UUID
    title: Mapping[str, str]
    stake: int


@dataclass(frozen=True, kw_only=True)
class ChallengeCancelled(MemberFact):
    """The programme cancelled the challenge: the `stake` is free again."""

    challenge_id: UUID
    stake_id: UUID
    title: Mapping[str, str]
    stake: int


@dataclass(frozen=True, kw_only=True)
class PlantHelped(MemberFact):
    """A friend, `helper` as others see her name, made the plant grow by `growth`; how it stands now."""

    plant: int
    """Its number."""
    version: int
    helper: str
    growth: int
    grown_to: int
