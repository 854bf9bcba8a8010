"""Charities with projects, and members who give to them, made by the product's own verbs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.charity import charities, counting, donating, donations, projects, standing
from backend.charity.donating import Given
from backend.charity.models import Charity, CharityProject, CharityTotals, Donation
from backend.charity.standing import Totals
from backend.kit import clock, db, ids
from backend.kit.done import Done
from tests.builders import a_member

WORDS = {"zh_cn": "乡村图书角", "en": "Village libraries"}


async def a_charity(registration: str = "REG-1") -> Charity:
    asked: dict[str, Any] = {"name": {"zh_cn": "童书会", "en": "Books for all"}, "registration": registration}
    return (await db.transact(charities.create_charity, key=ids.new(), **asked)).value


async def a_project(code: str = "BOOKS", *, charity: Charity | None = None, **differing: Any) -> CharityProject:
    """A project of a new charity, or of the one named: goal 10,000, match one to one out of 500 yuan."""
    charity = charity or await a_charity(f"REG-{code}")
    asked: dict[str, Any] = {
        "title": WORDS,
        "story": WORDS,
        "impact": [],
        "goal_points": 10_000,
        "tile_points": 100,
        "match_rate_bp": 10_000,
        "match_budget_minor": 50_000,
        **differing,
    }
    done = await db.transact(projects.create_project, key=ids.new(), charity_id=charity.id, code=code, **asked)
    return done.value


async def gives(
    member_id: UUID, project: CharityProject, points: int, *, key: UUID | None = None, campaign: str | None = None
) -> Done[Given]:
    return await db.transact(
        donating.donate_points,
        key=key or ids.new(),
        member_id=member_id,
        project_id=project.id,
        points=points,
        campaign=campaign,
    )


async def counted(project: CharityProject) -> Totals:
    """Everything that waits is counted; the totals then."""
    while await db.transact(counting.count_waiting, project_id=project.id):
        pass
    return await totals(project)


async def totals(project: CharityProject) -> Totals:
    async with db.read() as session:
        return (await standing.of(session, [project.id]))[project.id]


async def the_row(project: CharityProject) -> CharityTotals:
    async with db.read() as session:
        return await session.get_one(CharityTotals, project.id)


async def donation(donation_id: UUID) -> Donation:
    async with db.read() as session:
        return await donations.by_id(session, donation_id)


async def donors(number: int, points: int = 1000) -> list[UUID]:
    return [await a_member(f"donor{one}", points=points) for one in range(number)]


def the_day_is(day: date) -> None:
    """It is noon of that day where the programme is, for this process, until the clock is turned again."""
    clock.turn(timedelta(0))
    clock.turn(datetime(day.year, day.month, day.day, 4, tzinfo=UTC) - clock.now())
