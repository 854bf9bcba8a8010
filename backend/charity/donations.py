"""Finding donations: one, a member's own, what she gave to a project."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity.models import Donation
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.members import families

DONATION = table_of(Donation)
Position = tuple[datetime, UUID]


@dataclass(frozen=True)
class Share:
    """What a member gave to one project, counted or not: points, in how many donations, the last one when."""

    points: int
    donations: int
    last_at: datetime


async def one(session: AsyncSession, member_id: UUID, donation_id: UUID) -> Donation:
    """A member's donation as it now stands. Raises NotFound."""
    hers = col(Donation.member_id).in_(await families.part_ids(session, member_id))
    query = select(Donation).where(hers, Donation.id == donation_id)
    found = (await session.exec(query, execution_options={"populate_existing": True})).first()
    if found is None:
        raise NotFound
    return found


async def by_id(session: AsyncSession, donation_id: UUID) -> Donation:
    """Anybody's donation. Raises NotFound."""
    query = select(Donation).where(Donation.id == donation_id)
    found = (await session.exec(query, execution_options={"populate_existing": True})).first()
    if found is None:
        raise NotFound
    return found


async def of_member(session: AsyncSession, member_id: UUID, after: Position | None, count: int) -> Sequence[Donation]:
    """A member's donations, the newest first."""
    moment, which = DONATION.c.donated_at, DONATION.c.id
    hers = col(Donation.member_id).in_(await families.part_ids(session, member_id))
    query = select(Donation).where(hers).order_by(moment.desc(), which.desc()).limit(count)
    if after is not None:
        passed = tuple_(literal(after[0], moment.type), literal(after[1], which.type))
        query = query.where(tuple_(moment, which) < passed)
    return (await session.exec(query)).all()


async def shares(session: AsyncSession, member_id: UUID, project_ids: Collection[UUID]) -> dict[UUID, Share]:
    """What she gave to each of these projects, by project; nothing for those she gave nothing to."""
    given = DONATION.c.member_id.in_(await families.part_ids(session, member_id))
    query = (
        select(
            DONATION.c.project_id,
            func.sum(DONATION.c.points),
            func.count(),
            func.max(DONATION.c.donated_at),
        )
        .where(given, DONATION.c.project_id.in_(project_ids), DONATION.c.reversed_at.is_(None))
        .group_by(DONATION.c.project_id)
    )
    rows = await (await session.connection()).execute(query)
    return {project_id: Share(int(points), number, last_at) for project_id, points, number, last_at in rows}
