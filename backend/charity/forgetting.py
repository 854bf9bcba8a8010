"""What giving knows of the person: her role, and what operators wrote about a donation of hers."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity.models import CharityStaff, Donation
from backend.kit.columns import table_of

STAFF, DONATION = table_of(CharityStaff), table_of(Donation)


async def forget(session: AsyncSession, member_id: UUID) -> None:
    """Take her desk away and forget why a donation was reversed; what she gave stays counted, and names nobody."""
    await session.flush()
    connection = await session.connection()
    await connection.execute(delete(STAFF).where(STAFF.c.member_id == member_id))
    await connection.execute(update(DONATION).where(DONATION.c.member_id == member_id).values(reason=None))
