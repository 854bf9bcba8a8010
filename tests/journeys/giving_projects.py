"""Projects to give to on a running mall, and the staff of their charity."""

from typing import Any
from uuid import uuid4

from backend.charity import charities
from backend.charity.models import Charity, CharityProject
from backend.kit import db, ids
from backend.kit.graphql import global_id
from backend.members import sessions
from tests.builders import a_member
from tests.charity.giving import a_project, counted, gives
from tests.journeys.a_running_mall import Mall, Somebody, somebody
from tests.members.signing_in import a_phone as a_number

TITLE = {"zh_cn": "山村图书角", "en": "Village library"}
STORY = {"zh_cn": "给山村小学建起图书角。", "en": "Reading corners in mountain schools."}
BOOKS = {"value": "312", "label": {"zh_cn": "本图书", "en": "books"}}
NAME = {"zh_cn": "青禾公益基金会", "en": "Green Shoots Foundation"}


async def the_charity(mall: Mall) -> Charity:
    """A new charity."""
    number = f"5331{uuid4().int % 10**10}"
    async with mall.books():
        return (await db.transact(charities.create_charity, key=ids.new(), name=NAME, registration=number)).value


async def the_project(
    mall: Mall, *, charity: Charity | None = None, given: int = 0, **differing: Any
) -> CharityProject:
    """A project of 40 tiles of 100 points, so much of it given already by somebody else."""
    charity = charity or await the_charity(mall)
    asked = {"title": TITLE, "story": STORY, "impact": [BOOKS], "goal_points": 4_000, "tile_points": 100, **differing}
    async with mall.books():
        project = await a_project(f"P{uuid4().hex[:12].upper()}", charity=charity, **asked)
        if given:
            await gives((await somebody("Giver", given)).member_id, project, given)
            await counted(project)
    return project


def path_of(project: CharityProject) -> str:
    """Where its screen is."""
    return f"/giving/{global_id('CharityProject', project.id)}"


async def staff_of(mall: Mall, charity: Charity) -> Somebody:
    """Somebody an operator let see the charity's desk."""
    async with mall.books():
        number = a_number()
        member_id = await a_member(number)
        await db.transact(charities.add_staff, charity_id=charity.id, phone=number, actor="operator")
        opened = await db.transact(sessions.open_session, member_id=member_id)
    return Somebody(member_id, number, opened.cookie)
