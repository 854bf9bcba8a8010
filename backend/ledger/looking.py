"""How an account stands, for the audit: locked, so that nothing comes between the look and the act."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.kit.columns import table_of
from backend.ledger.models import Adjustment, AdjustmentState
from backend.ledger.shelving import ACCOUNT

ADJUSTMENT = table_of(Adjustment)


def at_account(member_id: UUID) -> audit.Subject:
    """A member as the books know her: her balance, and whether her account is frozen."""
    shown = ("available", "held", "pending", "debt", "seq", "frozen_at")

    async def look(session: AsyncSession) -> audit.Standing:
        query = select(*(ACCOUNT.c[name] for name in shown)).where(ACCOUNT.c.member_id == member_id)
        found = (await (await session.connection()).execute(query.with_for_update())).mappings().first()
        return None if found is None else dict(found)

    return audit.Subject("Member", str(member_id), look)


def at_proposals(member_id: UUID) -> audit.Subject:
    """`at_account`, with the points of the adjustments that wait for a second person."""

    async def look(session: AsyncSession) -> audit.Standing:
        account = await at_account(member_id).look(session)
        waiting = (ADJUSTMENT.c.member_id == member_id) & (ADJUSTMENT.c.state == AdjustmentState.PROPOSED.value)
        query = select(ADJUSTMENT.c.id, ADJUSTMENT.c.points).where(waiting).order_by(ADJUSTMENT.c.proposed_at)
        rows = (await (await session.connection()).execute(query)).all()
        return {**(account or {}), "proposed": {str(row.id): row.points for row in rows}}

    return audit.Subject("Member", str(member_id), look)


def at_adjustment(adjustment_id: UUID) -> audit.Subject:
    """An adjustment with its member's balance."""

    async def look(session: AsyncSession) -> audit.Standing:
        owner = select(ADJUSTMENT.c.member_id).where(ADJUSTMENT.c.id == adjustment_id)
        member_id = (await (await session.connection()).execute(owner)).scalar()
        if member_id is None:
            return None
        account = await at_account(member_id).look(session)
        adjustment = await audit.row(ADJUSTMENT, ADJUSTMENT.c.id == adjustment_id)(session)
        return {**(adjustment or {}), "account": account}

    return audit.Subject("Adjustment", str(adjustment_id), look)
