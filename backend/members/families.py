"""Members whose accounts are one: whom a name means now, and who all is meant by it."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.columns import table_of
from backend.kit.errors import Overtaken
from backend.members.models import Member

MEMBER = table_of(Member)
IDS_MAX = 500
WHOSE = func.coalesce(MEMBER.c.merged_into, MEMBER.c.id)
"""Whose account a row of member has now, as `survivors` says it."""


async def survivors(session: AsyncSession, member_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Whose account each of them has now: her own, or the one hers is part of."""
    found = {member_id: member_id for member_id in member_ids}
    query = select(MEMBER.c.id, MEMBER.c.merged_into).where(MEMBER.c.merged_into.is_not(None))
    wanted = sorted(found)
    for start in range(0, len(wanted), IDS_MAX):
        page = query.where(MEMBER.c.id.in_(wanted[start : start + IDS_MAX]))
        found.update((row.id, row.merged_into) for row in await (await session.connection()).execute(page))
    return found


async def survivor(session: AsyncSession, member_id: UUID) -> UUID:
    """Whose account she has now."""
    return (await survivors(session, [member_id]))[member_id]


async def must_still_be(session: AsyncSession, whose: Mapping[UUID, UUID]) -> None:
    """Asked once the survivors' accounts are locked: that they are not taken apart since. Raises Overtaken.

    That none of them became part of another is seen by whoever locks: its account says so.
    """
    parted = {member_id: survivor for member_id, survivor in whose.items() if member_id != survivor}
    if parted and await survivors(session, parted) != parted:
        raise Overtaken


async def parts(session: AsyncSession, member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Everyone whose account is one of theirs, themselves first, with the one of them it is part of."""
    found = {member_id: member_id for member_id in member_ids}
    wanted = sorted(found)
    for start in range(0, len(wanted), IDS_MAX):
        query = select(MEMBER.c.id, MEMBER.c.merged_into).where(
            MEMBER.c.merged_into.in_(wanted[start : start + IDS_MAX])
        )
        found.update((row.id, row.merged_into) for row in await (await session.connection()).execute(query))
    return found


async def part_ids(session: AsyncSession, member_id: UUID) -> list[UUID]:
    """Everyone whose account is hers, herself first."""
    return list(await parts(session, [member_id]))
