"""ONE table: fact → what else happens. Domains on one floor never import each other; they meet here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import counting
from backend.games import settling, tending
from backend.ledger import notices
from backend.tasks import awarding

Reaction = Callable[[AsyncSession, Mapping[str, Any]], Awaitable[object]]


async def award_tasks(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """What a member did may have finished a task; whoever asks twice finds it awarded."""
    await awarding.award_due(session, member_id=UUID(fact["member_id"]))


async def settle_challenges(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """What a member did may have won a challenge, or undone one she had won; settled twice, nothing happens."""
    await settling.settle_reached(session, member_id=UUID(fact["member_id"]))


async def grow_plant_by_orders(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """A day with an order makes a plant grow, once."""
    await tending.grow_by_orders(session, member_id=UUID(fact["member_id"]))


async def grow_plant_by_check_in(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """A check-in makes a plant grow, once a day; a repaired day is no care."""
    if not fact["repaired"]:
        member_id, day = UUID(fact["member_id"]), date.fromisoformat(fact["day"])
        await tending.grow_by_check_in(session, member_id=member_id, day=day)


async def record_notice(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """A channel has proven a delivery: the books may let go what it announced. The first proof stays."""
    seqs, named = [fact["news_seq"]], {name: fact[name] for name in ("channel", "proof")}
    await notices.record_notice(session, member_id=UUID(fact["member_id"]), seqs=seqs, **named)


async def count_donations(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """A donation waits to be counted, and others may with it; whoever comes later finds it counted."""
    await counting.count_waiting(session, project_id=UUID(fact["project_id"]))


async def tell_of_match(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """The members learn what was added to their donations, in the fact's own transaction: once."""
    await counting.tell_matched(session, donation_ids=[UUID(one) for one in fact["donation_ids"]])


REACTIONS: Mapping[str, Sequence[Reaction]] = {
    "OrderCounted": (settle_challenges, grow_plant_by_orders, award_tasks),
    "CheckedIn": (settle_challenges, grow_plant_by_check_in, award_tasks),
    "RewardRedeemed": (award_tasks,),
    "NoticeDelivered": (record_notice,),
    "DonationMade": (count_donations, settle_challenges),
    "DonationReversed": (settle_challenges,),
    "DonationsMatched": (tell_of_match,),
}
"""Every reaction is idempotent: a fact is delivered at least once."""
