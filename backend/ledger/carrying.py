"""Notices of expiry that go with their lots to another account: what somebody was told once, she was told."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.ledger.models import ExpiryNotice

NOTICE = table_of(ExpiryNotice)
IDS_MAX = 500
NOT_OF_HER_NEWS = 0


async def carry_notices(session: AsyncSession, lot_ids: Collection[UUID], *, from_id: UUID, to_id: UUID) -> None:
    """Let notices of these lots that were delivered, or will count as such, be the other member's too.

    One that nobody has seen yet is left behind: she is told herself.
    """
    connection, wanted = await session.connection(), sorted(lot_ids)
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    for start in range(0, len(wanted), IDS_MAX):
        seen = or_(NOTICE.c.delivered_at.is_not(None), NOTICE.c.counts_at.is_not(None))
        of = NOTICE.c.lot_id.in_(wanted[start : start + IDS_MAX])
        found = await connection.execute(select(NOTICE).where(NOTICE.c.member_id == from_id, of, seen))
        rows = [{**row._mapping, "member_id": to_id, "told_seq": NOT_OF_HER_NEWS} for row in found]
        if rows:
            await connection.execute(dialect.insert(NOTICE).on_conflict_do_nothing(), rows)
