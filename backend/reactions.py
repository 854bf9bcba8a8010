"""ONE table: fact → what else happens. Domains on one floor never import each other; they meet here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.ledger import notices
from backend.tasks import awarding

Reaction = Callable[[AsyncSession, Mapping[str, Any]], Awaitable[object]]


async def award_tasks(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """What a member did may have finished a task; whoever asks twice finds it awarded."""
    await awarding.award_due(session, member_id=UUID(fact["member_id"]))


async def record_notice(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """A channel has proven a delivery: the books may let go what it announced. The first proof stays."""
    seqs, named = [fact["news_seq"]], {name: fact[name] for name in ("channel", "proof")}
    await notices.record_notice(session, member_id=UUID(fact["member_id"]), seqs=seqs, **named)


REACTIONS: Mapping[str, Sequence[Reaction]] = {
    "OrderCounted": (award_tasks,),
    "CheckedIn": (award_tasks,),
    "RewardRedeemed": (award_tasks,),
    "NoticeDelivered": (record_notice,),
}
"""Every reaction is idempotent: a fact is delivered at least once."""
