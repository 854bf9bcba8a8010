"""What channels tell the rest of the house."""

from dataclasses import dataclass
from uuid import UUID

from backend.kit.outbox import Fact


@dataclass(frozen=True, kw_only=True)
class NoticeDelivered(Fact):
    """A `channel` has `proof` that the member's news number `news_seq` reached her: a receipt, a message's id."""

    member_id: UUID
    news_seq: int
    channel: str
    proof: str
