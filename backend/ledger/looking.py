"""How an account stands, for the audit: locked, so that nothing comes between the look and the act."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.ledger.shelving import ACCOUNT


def at_account(member_id: UUID) -> audit.Subject:
    """A member as the books know her: her balance, and whether her account is frozen."""
    shown = ("available", "held", "pending", "debt", "seq", "frozen_at")

    async def look(session: AsyncSession) -> audit.Standing:
        query = select(*(ACCOUNT.c[name] for name in shown)).where(ACCOUNT.c.member_id == member_id)
        found = (await (await session.connection()).execute(query.with_for_update())).mappings().first()
        return None if found is None else dict(found)

    return audit.Subject("Member", str(member_id), look)
