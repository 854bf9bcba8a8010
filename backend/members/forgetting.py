"""The person goes: whatever names a member, or lets somebody in as her, is removed. Her id stays, and means nobody."""

from sqlalchemy import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.members import nicknames, phones, recognising
from backend.members.models import Consent, DeliveryDefault, Member, MemberSession, SignInCode

CONSENT, DELIVERY, SESSION = table_of(Consent), table_of(DeliveryDefault), table_of(MemberSession)
CODE = table_of(SignInCode)


async def forget(session: AsyncSession, member: Member) -> None:
    """Forget a locked member: phone, name, reference, delivery, devices and consents. Again, nothing is left."""
    connection = await session.connection()
    if (phone := recognising.phone_of(member)) is not None:
        await connection.execute(delete(CODE).where(CODE.c.phone_index.in_(phones.indexes(phone))))
    for table in (CONSENT, DELIVERY, SESSION):
        await connection.execute(delete(table).where(table.c.member_id == member.id))
    member.nickname = nicknames.first(member.id)
    member.reference = member.phone_index = member.phone_sealed = None
    member.enrolled_at = member.terms_version = member.locale = None
    member.erased_at = member.erased_at or clock.now()
