"""What a desk sees of a project beside its totals: by day and by campaign, donors counted and never named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import hiding
from backend.charity.models import Donation
from backend.kit.columns import table_of
from backend.programme import terms

DONATION = table_of(Donation)
NONE_SAID = ""
"""The campaign of a donation that came without one; no campaign can be called so."""
COUNTED = DONATION.c.counted_as.is_not(None) & DONATION.c.reversed_at.is_(None)
DONORS = func.count(DONATION.c.member_id.distinct())
FIGURES = (func.sum(DONATION.c.points), DONORS, func.sum(DONATION.c.matched_minor))


@dataclass(frozen=True)
class Day:
    """What was given on one day of the programme. `donors` None: hidden."""

    day: date
    points: int
    donors: int | None
    matched_minor: int


@dataclass(frozen=True)
class Campaign:
    """What was given through one campaign. `name` NONE_SAID: without one. `pooled`: several small ones together."""

    name: str
    points: int
    donors: int | None
    matched_minor: int
    pooled: bool = False


async def by_day(
    session: AsyncSession, project_id: UUID, since: date | None = None, until: date | None = None
) -> Sequence[Day]:
    """Days with donations from `since` to `until`, both included, in order. Takes no lock."""
    query = select(DONATION.c.day, *FIGURES).where(DONATION.c.project_id == project_id, COUNTED)
    rows = list(await (await session.connection()).execute(query.group_by(DONATION.c.day).order_by(DONATION.c.day)))
    shown_from = (await terms.in_force(session)).donors_shown_from
    shown = hiding.shown({day: donors for day, _, donors, _ in rows}, shown_from)
    return [
        Day(day, int(points), shown[day], int(matched))
        for day, points, _, matched in rows
        if (since is None or since <= day) and (until is None or day <= until)
    ]


async def by_campaign(session: AsyncSession, project_id: UUID) -> Sequence[Campaign]:
    """Campaigns that brought donations, by name, those of few donors told together and last. Takes no lock."""
    name = func.coalesce(DONATION.c.campaign, NONE_SAID)
    query = select(name, *FIGURES).where(DONATION.c.project_id == project_id, COUNTED).group_by(name)
    rows = {row[0]: row for row in await (await session.connection()).execute(query)}
    shown_from = (await terms.in_force(session)).donors_shown_from
    pool, donors = await _pool(session, project_id, {name: row[2] for name, row in rows.items()}, shown_from)
    told = [
        Campaign(name, int(rows[name][1]), rows[name][2], int(rows[name][3])) for name in sorted(rows.keys() - pool)
    ]
    if pool:
        points, matched = (sum(int(rows[name][index]) for name in pool) for index in (1, 3))
        told.append(Campaign(NONE_SAID, points, donors if donors >= shown_from else None, matched, pooled=True))
    return told


async def _pool(
    session: AsyncSession, project_id: UUID, counts: dict[str, int], shown_from: int
) -> tuple[set[str], int]:
    small = sum(count < shown_from for count in counts.values())
    pool, donors = list[str](), 0
    for name in hiding.pooled(counts, shown_from):
        if hiding.enough(donors, pool, small, shown_from):
            break
        pool.append(name)
        if len(pool) >= small:
            donors = await _donors(session, project_id, pool)
    return set(pool), donors


async def _donors(session: AsyncSession, project_id: UUID, names: Sequence[str]) -> int:
    name = func.coalesce(DONATION.c.campaign, NONE_SAID)
    query = select(DONORS).where(DONATION.c.project_id == project_id, COUNTED, name.in_(names))
    return int((await (await session.connection()).execute(query)).scalar_one())
