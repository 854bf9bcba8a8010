"""What a member says about herself."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.members import nicknames
from backend.members.models import Member
from backend.members.recognising import locked


async def update_profile(session: AsyncSession, *, member_id: UUID, nickname: str) -> Member:
    """Change the member's nickname; the same again changes nothing. Raises InvalidInput, NotFound."""
    member = await locked(session, member_id)
    member.nickname = nicknames.tidy(nickname)
    return member
