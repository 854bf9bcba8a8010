"""A project's totals as they stand: the same value in query, payload, fact, subscription and phone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity.models import CharityProject, CharityTotals
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.kit.outbox import Fact, announce
from backend.programme import terms

PROJECT, TOTALS = table_of(CharityProject), table_of(CharityTotals)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What was given to a project and counted. The higher version is the later one. Money in minor units."""

    project_id: UUID
    version: int
    points: int
    donors: int
    value_minor: int
    matched_minor: int
    match_left_minor: int
    goal_points: int
    currency: str
    counted_at: datetime

    @classmethod
    def told(cls, body: Mapping[str, Any]) -> Self:
        """As a fact has them."""
        moment = datetime.fromisoformat(body["counted_at"])
        return cls(**{**body, "project_id": UUID(body["project_id"]), "counted_at": moment})


@dataclass(frozen=True, kw_only=True)
class CharityTotalsChanged(Fact):
    """Donations were counted, or the project's goal or budget changed."""

    totals: Totals

    def stream(self) -> str:
        """The project's own."""
        return totals_stream(self.totals.project_id)


def totals_stream(project_id: UUID) -> str:
    """The name of a project's own stream."""
    return f"charity:{project_id}"


async def lock(session: AsyncSession, project_id: UUID) -> None:
    """Let nobody else count, change or close this project until this verb ends. Raises NotFound."""
    query = select(TOTALS.c.project_id).where(TOTALS.c.project_id == project_id).with_for_update()
    if (await (await session.connection()).execute(query)).first() is None:
        raise NotFound


async def of(session: AsyncSession, project_ids: Collection[UUID]) -> dict[UUID, Totals]:
    """The totals of these projects, by project."""
    await session.flush()
    currency = (await terms.in_force(session)).currency
    query = _standing().where(TOTALS.c.project_id.in_(project_ids))
    return {row.project_id: _totals(row, currency) for row in await (await session.connection()).execute(query)}


async def tell(session: AsyncSession, project_id: UUID) -> Totals:
    """Announce the totals as they now stand in this transaction, which has changed them."""
    totals = (await of(session, [project_id]))[project_id]
    announce(session, CharityTotalsChanged(totals=totals))
    return totals


def _standing() -> Select[Any]:
    of_project = TOTALS.join(PROJECT, PROJECT.c.id == TOTALS.c.project_id)
    return select(TOTALS, PROJECT.c.goal_points, PROJECT.c.match_budget_minor).select_from(of_project)


def _totals(row: Any, currency: str) -> Totals:
    return Totals(
        project_id=row.project_id,
        version=row.version,
        points=row.points,
        donors=row.donors,
        value_minor=row.value_minor,
        matched_minor=row.matched_minor,
        match_left_minor=max(0, row.match_budget_minor - row.matched_minor),
        goal_points=row.goal_points,
        currency=currency,
        counted_at=row.counted_at,
    )
