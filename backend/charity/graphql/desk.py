"""A charity's desk: its own projects, by day and by campaign, and its signed statements. Nobody else's, by any way."""

import base64
from datetime import date as day
from typing import Annotated
from uuid import UUID

import strawberry

from backend.charity import breakdowns, charities, models, projects, statements
from backend.charity.graphql.project import Charity, CharityProject, charity_view, project_view
from backend.charity.graphql.totals import CharityTotals, totals_of
from backend.kit import db
from backend.kit.graphql import Info, MinorUnits, Moment, Node, Points, global_id, node_from

HIDDEN = "null where it is hidden: so few are counted, or it would tell by difference how few are counted elsewhere."


@strawberry.type(description="What was given on one day of the programme.")
class CharityDay:
    date: day = strawberry.field(description="The day.")
    points: Points = strawberry.field(description="Given on that day.")
    donors: int | None = strawberry.field(description=f"How many gave; {HIDDEN}")
    matched_minor: MinorUnits = strawberry.field(description="What the programme added to it.")


@strawberry.type(description="What was given through one campaign.")
class CharityCampaign:
    campaign: str | None = strawberry.field(description="Its name; null: without one, or several small ones together.")
    pooled: bool = strawberry.field(description="Several campaigns of few donors, told together and not by name.")
    points: Points = strawberry.field(description="Given through it.")
    donors: int | None = strawberry.field(description=f"How many gave; {HIDDEN}")
    matched_minor: MinorUnits = strawberry.field(description="What the programme added to it.")


@strawberry.type(description="A project as its charity sees it.")
class CharityDeskProject:
    row: strawberry.Private[models.CharityProject]

    @strawberry.field(description="The project, as everybody sees it.")
    def project(self) -> CharityProject:
        return project_view(self.row)

    @strawberry.field(description="What was given so far; live in the subscription `charityTotals`.")
    async def totals(self, info: Info) -> CharityTotals:
        return await totals_of(info, self.row.id)

    @strawberry.field(
        name="byDay", description="Days with donations, both ends included; null: from the first, to the last."
    )
    async def by_day(
        self,
        since: Annotated[day | None, strawberry.argument(name="from")] = None,
        until: Annotated[day | None, strawberry.argument(name="to")] = None,
    ) -> list[CharityDay]:
        async with db.read() as session:
            days = await breakdowns.by_day(session, self.row.id, since, until)
        return [
            CharityDay(date=one.day, points=one.points, donors=one.donors, matched_minor=one.matched_minor)
            for one in days
        ]

    @strawberry.field(description="By what made members give; campaigns of few donors are told together.")
    async def by_campaign(self) -> list[CharityCampaign]:
        async with db.read() as session:
            found = await breakdowns.by_campaign(session, self.row.id)
        return [
            CharityCampaign(
                campaign=one.name or None,
                pooled=one.pooled,
                points=one.points,
                donors=one.donors,
                matched_minor=one.matched_minor,
            )
            for one in found
        ]


@strawberry.type(description="A charity's month, signed once it is over and never changed. Equal to the books.")
class CharityStatement(Node):
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    month: str = strawberry.field(description="YYYY-MM, of the programme's zone.")
    points: Points = strawberry.field(description="Given in it, to all of the charity's projects.")
    value_minor: MinorUnits = strawberry.field(description="Their worth at the reference value of their time.")
    matched_minor: MinorUnits = strawberry.field(description="What the programme added to them.")
    currency: str = strawberry.field(description="ISO 4217 code of the amounts.")
    csv: str = strawberry.field(description="The file that is signed, byte by byte (UTF-8 with its mark).")
    signature: str = strawberry.field(description="Ed25519 over these bytes, in base64.")
    key_id: str = strawberry.field(description="The key that signed it: its public half is in /checkpoints/keys.json.")
    made_at: Moment = strawberry.field(description="When it was made.")
    url: str = strawberry.field(description="Where the file is; with .json for .csv it comes with its signature.")


@strawberry.type(description="What the staff of a charity see.")
class CharityDesk:
    row: strawberry.Private[models.Charity]

    @strawberry.field(description="Whose desk it is.")
    def charity(self) -> Charity:
        return charity_view(self.row)

    @strawberry.field(description="Its projects, the newest first.")
    async def projects(self) -> list[CharityDeskProject]:
        async with db.read() as session:
            rows = await projects.of_charity(session, self.row.id)
        return [CharityDeskProject(row=row) for row in rows]

    @strawberry.field(description="Its signed statements, the newest month first.")
    async def statements(self) -> list[CharityStatement]:
        async with db.read() as session:
            rows = await statements.of_charity(session, self.row.id)
        return [statement_view(row) for row in rows]


@strawberry.type
class Query:
    @strawberry.field(
        description="The desk of the charity whose staff the signed-in member is; null when she is nobody's. The role "
        "is asked for anew each time."
    )
    async def charity_desk(self, info: Info) -> CharityDesk | None:
        charity = await her_charity(info)
        return CharityDesk(row=charity) if charity else None


async def her_charity(info: Info) -> models.Charity | None:
    """The charity whose staff the one who asks is now."""
    member_id = info.context.identity.member_id
    if member_id is None:
        return None
    async with db.read() as session:
        return await charities.of_staff(session, member_id)


def statement_view(row: models.CharityStatement) -> CharityStatement:
    """A statement's row as the wire shows it."""
    month = row.month.isoformat()[:7]
    return CharityStatement(
        id=global_id("CharityStatement", row.id),
        month=month,
        points=row.points,
        value_minor=row.value_minor,
        matched_minor=row.matched_minor,
        currency=row.currency,
        csv=row.document,
        signature=base64.b64encode(row.signature).decode(),
        key_id=row.key_id,
        made_at=row.made_at,
        url=f"/desk/statements/{month}.csv",
    )


@node_from("CharityStatement")
async def _statement(info: Info, statement_id: UUID) -> CharityStatement | None:
    async with db.read() as session:
        found = await statements.by_id(session, statement_id)
    if found is None:
        return None
    if info.context.identity.operator is None:
        charity = await her_charity(info)
        if charity is None or charity.id != found.charity_id:
            return None
    return statement_view(found)
