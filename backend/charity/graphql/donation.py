"""Donations on the wire: giving, what was given, and the certificate to share."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.charity import donating, donations, models
from backend.charity.donating import Given
from backend.charity.graphql.project import CharityProject, project_of
from backend.charity.graphql.totals import CharityTotals, totals_of
from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    MinorUnits,
    Moment,
    Node,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    member_of,
    node_from,
    page,
    perform,
    refusal,
)
from backend.ledger.graphql import Entry, entry_of
from backend.members.graphql import MemberEdge, MemberRef, row_of
from backend.programme import terms
from backend.tiers.graphql import Badge, badge_view

Place = tuple[datetime, UUID]
LINES = {
    "ZH_CN": "为“{title}”捐赠 {points} 积分",
    "EN": "gave {points} points for “{title}”",
}
TITLES = {"ZH_CN": "捐赠证书", "EN": "Certificate of giving"}


@refusal(donating.ProjectClosed)
class ProjectClosed(Refusal):
    pass


@refusal(donating.DonationTooSmall)
class DonationTooSmall(Refusal):
    minimum: Points = strawberry.field(description="The least that can be given.")


@strawberry.type(description="What a certificate says: the phone draws it, so that it can be shared as a picture.")
class Certificate:
    title: str = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="Who gave: what she wants to be called.")
    line: str = strawberry.field(description="What she gave, to what.")
    points: Points = strawberry.field(description="How many points.")
    at: Moment = strawberry.field(name="date", description="When she gave them.")
    seal: str = strawberry.field(
        description="The hash of the entry that burned them, in hexadecimal: press it once the proof verified."
    )


@strawberry.type(description="Points a member gave to a project, for good.")
class Donation(Node):
    row: strawberry.Private[models.Donation]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    points: Points = strawberry.field(description="What she gave.")
    value_minor: MinorUnits = strawberry.field(description="Its worth at the reference value of that time.")
    at: Moment = strawberry.field(description="When.")
    matched_minor: MinorUnits | None = strawberry.field(
        description="What the programme added; null until it is counted, which takes about a second."
    )
    entry_id: strawberry.ID = strawberry.field(description="The entry that burned the points.")
    reversed_at: Moment | None = strawberry.field(description="When an operator undid it; null otherwise.")

    @strawberry.field(description="What she gave to.")
    async def project(self, info: Info) -> CharityProject:
        found = await project_of(info, self.row.project_id)
        assert found is not None, "a project is closed, never removed"
        return found

    @strawberry.field(description="The entry that burned the points: its hash is the receipt.")
    async def entry(self, info: Info) -> Entry:
        return await entry_of(info, self.row.member_id, self.row.entry_id)

    @strawberry.field(description="Something to share; null once the donation was undone.")
    async def certificate(self, info: Info, locale: Locale) -> Certificate | None:
        if self.row.reversed_at is not None:
            return None
        project, entry = await self.project(info), await self.entry(info)
        said = {"title": project.title(locale), "points": f"{self.points:,}"}
        return Certificate(
            title=TITLES[locale.value],
            name=(await row_of(info, self.row.member_id)).nickname,
            line=LINES[locale.value].format(**said),
            points=self.points,
            at=self.at,
            seal=entry.hash,
        )


@strawberry.input(description="Points for a project.")
class DonatePointsInput:
    idempotency_key: UUID = strawberry.field(
        description="Made by whoever acts; the same one again is the same donation. A refusal does not use it up."
    )
    project_id: strawberry.ID = strawberry.field(description="The project.")
    points: Points = strawberry.field(description="How many: from `programme.donationMinimum`.")
    campaign: str | None = strawberry.field(
        default=None, description="What made her give, as the link said: 1 to 40 of A-Z, a-z, 0-9, hyphen, underscore."
    )


@strawberry.type(description="The donation, or why not; project, totals and member as they now stand, either way.")
class DonatePointsPayload:
    refusal: Refusal | None = strawberry.field(description="Why nothing happened; null when it did.")
    replayed: bool = strawberry.field(description="True: this had been done before and nothing happened now.")
    donation: Donation | None = strawberry.field(description="Null when refused.")
    project: CharityProject | None = strawberry.field(description="Null when there is none with this id.")
    totals: CharityTotals | None = strawberry.field(
        description="As counted by now: this donation follows within about a second, in `charityTotals`."
    )
    badge: Badge | None = strawberry.field(description="The badge this donation earned; null when it earned none.")
    member: MemberRef = strawberry.field(description="She who gave.")


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="What she gave, the newest first. 1 to 50 at a time.")
    async def donations(self, first: int | None = 20, after: str | None = None) -> Connection[Donation]:
        async def fetch(place: Place | None, count: int) -> list[tuple[Place, Donation]]:
            async with db.read() as session:
                rows = await donations.of_member(session, self.member_id, place, count)
            return [((row.donated_at, row.id), donation_view(row)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(datetime, UUID))


@strawberry.type
class DonatingMutation:
    @strawberry.mutation(
        description="Give points to a project, for good: the earliest to expire first, at once. The first donation "
        "earns the donors' badge. The same key returns the first result. Refused as PROJECT_CLOSED, "
        "DONATION_TOO_SMALL, INSUFFICIENT_POINTS, ACCOUNT_FROZEN, NOT_ENROLLED, KEY_REUSED, NOT_FOUND, INVALID_INPUT."
    )
    async def donate_points(self, info: Info, input: DonatePointsInput) -> DonatePointsPayload:  # noqa: A002
        member_id = member_of(info)
        asked = {"key": input.idempotency_key, "points": input.points, "campaign": input.campaign}
        outcome = await _donate(input.project_id, member_id=member_id, **asked)
        project, totals = await _as_it_stands(info, input.project_id)
        given = outcome.value
        return DonatePointsPayload(
            refusal=outcome.refusal,
            replayed=outcome.replayed,
            donation=donation_view(given.donation) if given else None,
            project=project,
            totals=totals,
            badge=await _badge(given),
            member=assembled("Member")(member_id=member_id),
        )


async def _badge(given: Given | None) -> Badge | None:
    if given is None or given.badge is None:
        return None
    async with db.read() as session:
        return badge_view(given.badge, await terms.in_force(session))


def donation_view(row: models.Donation) -> Donation:
    """A donation's row as the wire shows it."""
    return Donation(
        row=row,
        id=global_id("Donation", row.id),
        points=row.points,
        value_minor=row.value_minor,
        at=row.donated_at,
        matched_minor=row.matched_minor,
        entry_id=global_id("Entry", row.entry_id),
        reversed_at=row.reversed_at,
    )


@node_from("Donation")
async def _node(info: Info, donation_id: UUID) -> Donation | None:
    identity = info.context.identity
    async with db.read() as session:
        try:
            if identity.operator is not None:
                return donation_view(await donations.by_id(session, donation_id))
            if identity.member_id is not None:
                return donation_view(await donations.one(session, identity.member_id, donation_id))
        except NotFound:
            pass
    return None


async def _donate(wire_id: str, **asked: Any) -> Outcome[Given]:
    # The id is read inside the verb, so that nonsense is a refusal like any other.
    async def act(session: AsyncSession, **named: Any) -> Done[Given]:
        project_id = from_global_id("CharityProject", wire_id, field="projectId")
        return await donating.donate_points(session, project_id=project_id, **named)

    return await perform(act, **asked)


async def _as_it_stands(info: Info, wire_id: str) -> tuple[CharityProject | None, CharityTotals | None]:
    try:
        project_id = from_global_id("CharityProject", wire_id)
    except InvalidInput:
        return None, None
    project = await project_of(info, project_id)
    return project, await totals_of(info, project_id) if project else None
