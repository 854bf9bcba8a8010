"""What giving tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.kit.outbox import Fact
from backend.ledger.facts import MemberFact


@dataclass(frozen=True, kw_only=True)
class DonationMade(Fact):
    """A member gave something; it waits to be counted."""

    member_id: UUID
    project_id: UUID


@dataclass(frozen=True, kw_only=True)
class DonationReversed(Fact):
    """A donation of this member was made by mistake, and is undone."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True)
class DonationsMatched(Fact):
    """Donations were counted and the programme added to them: their members are still to be told."""

    donation_ids: Sequence[UUID]


@dataclass(frozen=True, kw_only=True)
class DonationMatched(MemberFact):
    """The programme added `matched_minor` to her donation of `points`."""

    donation_id: UUID
    project_id: UUID
    project_title: Mapping[str, str]
    points: int
    matched_minor: int
    currency: str
