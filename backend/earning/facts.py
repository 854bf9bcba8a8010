"""What earning tells the rest of the house."""

from dataclasses import dataclass
from uuid import UUID

from backend.kit.outbox import Fact


@dataclass(frozen=True, kw_only=True)
class OrderCounted(Fact):
    """Orders of this member were counted that may matter to what is going on this month."""

    member_id: UUID
