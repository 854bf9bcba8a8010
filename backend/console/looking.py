"""How two accounts stand, for the audit: locked in the order of the verbs."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console.models import AccountMerge
from backend.kit import audit
from backend.ledger.looking import at_account


def at_accounts(member_id: UUID, into_id: UUID | None) -> audit.Subject:
    """A member, with the account hers becomes part of, or did last."""

    async def look(session: AsyncSession) -> audit.Standing:
        mine = select(AccountMerge.into_id).where(AccountMerge.member_id == member_id)
        newest = mine.order_by(col(AccountMerge.merged_at).desc()).limit(1)
        other = into_id or (await session.exec(newest)).first()
        both = sorted({member_id, *([other] if other else [])})
        found = {str(one): await at_account(one).look(session) for one in both}
        return found if any(found.values()) else None

    return audit.Subject("Member", str(member_id), look)
