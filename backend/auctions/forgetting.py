"""What an auction knows of the person: what is shown of her name. That she bid, and how much, stays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.auctions.finding import AUCTION, BIDDER
from backend.auctions.models import RUNNING

NOBODY = "**"


async def leads_until(session: AsyncSession, member_id: UUID) -> datetime | None:
    """When the last auction ends that she leads; None: she leads none. Asked under her account's lock."""
    leads = (AUCTION.c.leader_id == member_id) & AUCTION.c.state.in_(RUNNING)
    found = await (await session.connection()).execute(select(func.max(AUCTION.c.ends_at)).where(leads))
    until: datetime | None = found.scalar()
    return until


async def forget(session: AsyncSession, member_id: UUID) -> None:
    """Forget what was shown of her name; again, nothing is left."""
    connection = await session.connection()
    await connection.execute(update(BIDDER).where(BIDDER.c.member_id == member_id).values(alias=NOBODY))
    # What she won is over, so nobody changes these rows any more, and no lock of another's is needed.
    await connection.execute(update(AUCTION).where(AUCTION.c.leader_id == member_id).values(leader_alias=NOBODY))
