"""What a tier gives to points that near their expiry: more months, or else the warning everybody gets."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.ledger import extending, notices, posting
from backend.programme import terms
from backend.programme.terms import Tier
from backend.tiers import standing


async def extend_or_warn(session: AsyncSession, *, member_ids: Sequence[UUID]) -> int:
    """Extend lots about to be warned of, once each, where their member's tier grants it; warn of all the others.

    Returns how many lots were extended or warned of; again at once, none.
    """
    books = await posting.open_books(session, member_ids)
    extended = await extending.by_tier(session, books, await _granting(session, member_ids))
    warned = await notices.warn_in(session, books)
    await posting.write(session, books.values())
    return extended + warned


async def _granting(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, Tier]:
    if not any(tier.expiry_extension_months for tier in (await terms.in_force(session)).tiers):
        return {}
    tiers = {member_id: stands.tier for member_id, stands in (await standing.of(session, member_ids)).items()}
    return {member_id: tier for member_id, tier in tiers.items() if tier.expiry_extension_months}
