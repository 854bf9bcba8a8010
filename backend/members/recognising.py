"""Recognising a member: by the mall's reference, by phone, by id."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import crypto
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput, NotFound
from backend.members import families, phones
from backend.members.models import Member

REFERENCE_MAX = 100
BATCH_MAX = 500
"""References of one statement, so that its values stay far below what SQLite and PostgreSQL allow."""
MEMBER = table_of(Member)
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def checked(reference: str) -> str:
    """`reference` as it is kept: a phone in its normal form, anything else as it is. Raises InvalidInput."""
    if reference.startswith("+"):
        return phones.normal(reference)
    if not 0 < len(reference) <= REFERENCE_MAX or not reference.isprintable() or reference != reference.strip():
        raise InvalidInput("reference", f"A member's reference has 1 to {REFERENCE_MAX} visible characters.")
    return reference


async def find(session: AsyncSession, reference: str) -> Member | None:
    """The member whose account this reference, id or phone (typed any way) means; nobody is opened."""
    for meaning in (checked, phones.normal):
        with contextlib.suppress(InvalidInput):
            if found := await known(session, {reference: meaning(reference)}):
                return await session.get(Member, await families.survivor(session, found[reference]))
    return None


async def known(session: AsyncSession, wanted: Mapping[str, str]) -> dict[str, UUID]:
    """Those of `wanted` (reference → as it is kept) who are members, by reference.

    Who is named, not whose account it is: `families.survivors` says that.
    """
    spellings = sorted(set(wanted.values()))
    found: dict[str, UUID] = {}
    await session.flush()
    for start in range(0, len(spellings), BATCH_MAX):
        found |= await _look_up(session, spellings[start : start + BATCH_MAX])
    return {reference: found[kept] for reference, kept in wanted.items() if kept in found}


async def locked(session: AsyncSession, member_id: UUID) -> Member:
    """The member's row, nobody else's until this verb ends. Raises NotFound."""
    member = await session.get(Member, member_id, with_for_update=True)
    if member is None:
        raise NotFound
    return member


def phone_of(member: Member) -> str | None:
    """Her phone in E.164, in clear: mask it before anyone sees it."""
    if member.phone_sealed is None:
        return None
    return crypto.open_sealed(member.phone_sealed, about_phone(member.id)).decode()


def about_phone(member_id: UUID) -> str:
    """What her sealed phone is about."""
    return f"member {member_id}: phone"


async def _look_up(session: AsyncSession, spellings: Sequence[str]) -> dict[str, UUID]:
    # A phone in clear must not reach the database even as a question: drivers and servers log those.
    named = [kept for kept in spellings if not kept.startswith("+")]
    by_phone = {found: kept for kept in spellings if kept.startswith("+") for found in phones.indexes(kept)}
    by_id = {UUID(kept): kept for kept in spellings if CANONICAL_UUID.fullmatch(kept)}
    query = select(MEMBER.c.id, MEMBER.c.reference, MEMBER.c.phone_index).where(
        MEMBER.c.erased_at.is_(None),
        or_(
            MEMBER.c.reference.in_(named),
            MEMBER.c.phone_index.in_(list(by_phone)),
            MEMBER.c.id.in_(list(by_id)),
        ),
    )
    rows = list(await (await session.connection()).execute(query))
    found: dict[str, UUID] = {row.reference: row.id for row in rows if row.reference is not None}
    found |= {by_phone[row.phone_index]: row.id for row in rows if row.phone_index in by_phone}
    # Last, so that an id always means its own member, even if a mall calls another one that.
    return found | {by_id[row.id]: row.id for row in rows if row.id in by_id}
