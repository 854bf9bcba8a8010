"""Projects on the wire: what one gives to, told in public."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlmodel import col, select

from backend.charity import donations, models, projects, statements
from backend.charity.donations import Share
from backend.charity.graphql.totals import CharityTotals, totals_of
from backend.charity.models import ProjectState
from backend.kit import db
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    MinorUnits,
    Moment,
    Node,
    Points,
    from_global_id,
    global_id,
    node_from,
    page,
)

Place = tuple[datetime, UUID]
strawberry.enum(ProjectState, description="OPEN takes donations, CLOSED has taken its last one.")


@strawberry.type(description="An organisation that may be given to.")
class Charity(Node):
    row: strawberry.Private[models.Charity]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    registration: str = strawberry.field(description="Its number in the public register.")

    @strawberry.field(description="What it is called.")
    def name(self, locale: Locale) -> str:
        return self.row.name[locale.value.lower()]


@strawberry.type(description="What a project did so far, in one figure.")
class ImpactFigure:
    value: str = strawberry.field(description="Short, as it is to be shown: 1,240.")
    words: strawberry.Private[dict[str, str]]

    @strawberry.field(description="Of what: books in village schools.")
    def label(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]


@strawberry.type(description="News of a project.")
class CharityUpdate:
    row: strawberry.Private[models.CharityUpdate]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    posted_at: Moment = strawberry.field(description="When it was posted.")

    @strawberry.field(description="Its headline.")
    def title(self, locale: Locale) -> str:
        return self.row.title[locale.value.lower()]

    @strawberry.field(description="What it says.")
    def text(self, locale: Locale) -> str:
        return self.row.words[locale.value.lower()]


@strawberry.type(description="What the programme adds to donations, until its budget is given.")
class CharityMatch:
    rate_bp: int = strawberry.field(description="Basis points of a donation's worth: 10000 adds as much again.")
    budget_minor: MinorUnits = strawberry.field(description="All it may ever add.")
    left_minor: MinorUnits = strawberry.field(description="What of it is left.")


@strawberry.type(description="What the signed-in member gave to a project, counted or not.")
class CharityShare:
    points: Points = strawberry.field(description="In all.")
    donations: int = strawberry.field(description="In how many donations.")
    last_at: Moment = strawberry.field(description="The last of them.")


@strawberry.type(description="A project's line in the newest signed statement of its charity.")
class ProjectStatement:
    month: str = strawberry.field(description="The month that is over, as YYYY-MM.")
    points: Points = strawberry.field(description="Given in that month.")
    matched_minor: MinorUnits = strawberry.field(description="Added by the programme to these points.")
    key_id: str = strawberry.field(description="The key that signed it: see /checkpoints/keys.json.")


@strawberry.type(description="Something worth giving to.")
class CharityProject(Node):
    row: strawberry.Private[models.CharityProject]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    code: str = strawberry.field(description="Its short name in addresses and files; unique, for ever.")
    state: ProjectState = strawberry.field(description="Whether it takes donations.")
    goal_points: Points = strawberry.field(description="What it needs.")
    tile_points: Points = strawberry.field(description="Points that make one tile of its roof.")
    created_at: Moment = strawberry.field(description="When it was opened.")
    closed_at: Moment | None = strawberry.field(description="When it took its last donation; null while it is open.")

    @strawberry.field(description="What it is called.")
    def title(self, locale: Locale) -> str:
        return self.row.title[locale.value.lower()]

    @strawberry.field(description="What it is for.")
    def story(self, locale: Locale) -> str:
        return self.row.story[locale.value.lower()]

    @strawberry.field(description="Who spends what is given.")
    async def charity(self, info: Info) -> Charity:
        found = await info.context.load(_charities, self.row.charity_id)
        assert found is not None, "no project is without its charity"
        return found

    @strawberry.field(description="What was given so far; live in the subscription `charityTotals`.")
    async def totals(self, info: Info) -> CharityTotals:
        return await totals_of(info, self.row.id)

    @strawberry.field(description="Its news, the latest first; at most 50.")
    async def updates(self) -> list[CharityUpdate]:
        async with db.read() as session:
            rows = await projects.updates(session, self.row.id)
        return [update_view(row) for row in rows]

    @strawberry.field(description="What it did so far; at most 6 figures.")
    def impact(self) -> list[ImpactFigure]:
        return [ImpactFigure(value=figure["value"], words=figure["label"]) for figure in self.row.impact]

    @strawberry.field(description="What the programme adds.")
    async def match(self, info: Info) -> CharityMatch:
        left = (await totals_of(info, self.row.id)).match_left_minor
        row = self.row
        return CharityMatch(rate_bp=row.match_rate_bp, budget_minor=row.match_budget_minor, left_minor=left)

    @strawberry.field(description="What the signed-in member gave to it; null when she gave nothing yet.")
    async def mine(self, info: Info) -> CharityShare | None:
        member_id = info.context.identity.member_id
        share = await info.context.load(_shares, (member_id, self.row.id)) if member_id else None
        if share is None:
            return None
        return CharityShare(points=share.points, donations=share.donations, last_at=share.last_at)

    @strawberry.field(description="Its line in its charity's newest signed statement; null before the first one.")
    async def last_statement(self) -> ProjectStatement | None:
        async with db.read() as session:
            found = await statements.newest(session, self.row.charity_id)
        lines = {line["project"]: line for line in found.lines} if found else {}
        if found is None or (line := lines.get(self.row.code)) is None:
            return None
        return ProjectStatement(
            month=found.month.isoformat()[:7],
            points=line["points"],
            matched_minor=line["matched_minor"],
            key_id=found.key_id,
        )


@strawberry.type
class Query:
    @strawberry.field(description="What one can give to, and what is over, the newest first. 1 to 50 at a time.")
    async def charity_projects(self, first: int | None = 20, after: str | None = None) -> Connection[CharityProject]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, CharityProject]]:
            async with db.read() as session:
                rows = await projects.page(session, place, count)
            return [((row.created_at, row.id), project_view(row)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))

    @strawberry.field(description="One project, open or closed; null when there is none.")
    async def charity_project(self, info: Info, id: strawberry.ID) -> CharityProject | None:  # noqa: A002
        return await project_of(info, from_global_id("CharityProject", id))


def project_view(row: models.CharityProject) -> CharityProject:
    """A project's row as the wire shows it."""
    return CharityProject(
        row=row,
        id=global_id("CharityProject", row.id),
        code=row.code,
        state=ProjectState(row.state),
        goal_points=row.goal_points,
        tile_points=row.tile_points,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def charity_view(row: models.Charity) -> Charity:
    """A charity's row as the wire shows it."""
    return Charity(row=row, id=global_id("Charity", row.id), registration=row.registration)


def update_view(row: models.CharityUpdate) -> CharityUpdate:
    """News as the wire shows them."""
    return CharityUpdate(row=row, id=global_id("CharityUpdate", row.id), posted_at=row.posted_at)


async def project_of(info: Info, project_id: UUID) -> CharityProject | None:
    """One project; many are read together."""
    return await info.context.load(_projects, project_id)


@node_from("CharityProject")
async def _project(info: Info, project_id: UUID) -> CharityProject | None:
    return await project_of(info, project_id)


@node_from("Charity")
async def _charity(info: Info, charity_id: UUID) -> Charity | None:
    return await info.context.load(_charities, charity_id)


async def _projects(project_ids: list[UUID]) -> Sequence[CharityProject | None]:
    wanted = select(models.CharityProject).where(col(models.CharityProject.id).in_(project_ids))
    async with db.read() as session:
        found = {row.id: project_view(row) for row in await session.exec(wanted)}
    return [found.get(project_id) for project_id in project_ids]


async def _charities(charity_ids: list[UUID]) -> Sequence[Charity | None]:
    async with db.read() as session:
        rows = await session.exec(select(models.Charity).where(col(models.Charity.id).in_(charity_ids)))
        found = {row.id: charity_view(row) for row in rows}
    return [found.get(charity_id) for charity_id in charity_ids]


async def _shares(asked: list[tuple[UUID, UUID]]) -> Sequence[Share | None]:
    # In practice there is one member: whoever is signed in.
    found: dict[Any, Share] = {}
    async with db.read() as session:
        for member_id in {member_id for member_id, _ in asked}:
            given = await donations.shares(session, member_id, [project_id for _, project_id in asked])
            found |= {(member_id, project_id): share for project_id, share in given.items()}
    return [found.get(one) for one in asked]
