"""Charities and who may see their desks."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity.models import Charity, CharityStaff
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.members import enrolment, families, phones, recognising
from backend.programme.text import Text

REGISTRATION_CHARACTERS_MAX = 60


class StaffElsewhere(Refused):
    """This member works for another charity. Take that away first."""


async def create_charity(
    session: AsyncSession, *, key: UUID, name: Mapping[str, str], registration: str
) -> Done[Charity]:
    """Take in a charity; `key` becomes its id, and again returns it. Raises KeyReused, InvalidInput."""
    registration = registration.strip()
    request_hash = chain.digest({"name": dict(name), "registration": registration})
    if (earlier := await session.get(Charity, key)) is not None:
        if earlier.request_hash != request_hash:
            raise KeyReused
        return Done(earlier, replayed=True)
    if not 0 < len(registration) <= REGISTRATION_CHARACTERS_MAX:
        raise InvalidInput("registration", f"1 to {REGISTRATION_CHARACTERS_MAX} characters.")
    if (await session.exec(select(Charity.id).where(Charity.registration == registration))).first() is not None:
        raise InvalidInput("registration", "There is a charity with this registration already.")
    named = Text.model_validate(dict(name)).model_dump()
    charity = Charity(id=key, name=named, registration=registration, created_at=clock.now(), request_hash=request_hash)
    session.add(charity)
    return Done(charity)


async def add_staff(session: AsyncSession, *, charity_id: UUID, phone: str, actor: str) -> Done[CharityStaff]:
    """Let the member with this phone see the charity's desk; nobody seen with it before, she is opened.

    Again changes nothing. Raises NotFound, InvalidInput, StaffElsewhere.
    """
    if await session.get(Charity, charity_id, with_for_update=True) is None:
        raise NotFound
    named = phones.normal(phone)
    member_id = (await enrolment.first_sight(session, [named]))[named]
    await recognising.locked(session, member_id)
    row = await session.get(CharityStaff, member_id)
    if row is not None and row.charity_id != charity_id:
        raise StaffElsewhere
    if row is not None:
        return Done(row, replayed=True)
    row = CharityStaff(member_id=member_id, charity_id=charity_id, added_at=clock.now(), added_by=actor)
    session.add(row)
    return Done(row)


async def remove_staff(session: AsyncSession, *, charity_id: UUID, member_id: UUID) -> Done[UUID]:
    """Take the desk away from a member, from her next request on. Again changes nothing. Raises NotFound."""
    if await session.get(Charity, charity_id, with_for_update=True) is None:
        raise NotFound
    parts = await families.part_ids(session, member_id)
    hers = select(CharityStaff).where(CharityStaff.charity_id == charity_id, col(CharityStaff.member_id).in_(parts))
    rows = (await session.exec(hers)).all()
    for row in rows:
        await session.delete(row)
    return Done(member_id, replayed=not rows)


async def of_staff(session: AsyncSession, member_id: UUID) -> Charity | None:
    """The charity this member works for, asked anew each time; None when she works for none.

    Of several accounts that are one and work for different ones, the role given first counts.
    """
    parts = await families.part_ids(session, member_id)
    roles = select(CharityStaff.charity_id).where(col(CharityStaff.member_id).in_(parts))
    charity_id = (await session.exec(roles.order_by(col(CharityStaff.added_at)).limit(1))).first()
    return None if charity_id is None else await session.get(Charity, charity_id)


async def everyone_of(session: AsyncSession, charity_id: UUID) -> Sequence[UUID]:
    """The members who may see the charity's desk, the first added first."""
    query = select(CharityStaff.member_id).where(CharityStaff.charity_id == charity_id)
    return (await session.exec(query.order_by(col(CharityStaff.added_at)))).all()


async def every_charity(session: AsyncSession) -> Sequence[Charity]:
    """All charities, the oldest first."""
    return (await session.exec(select(Charity).order_by(col(Charity.created_at), col(Charity.id)))).all()
