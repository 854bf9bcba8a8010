"""A project's totals on the wire: as they stand, and each time they change."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from uuid import UUID

import strawberry

from backend.charity import standing
from backend.charity.standing import Totals, totals_stream
from backend.kit import db, live
from backend.kit.graphql import SHARED, Info, MinorUnits, Moment, Points, from_global_id, global_id
from backend.kit.watching import watch

LOOK_AGAIN_SECONDS = 15.0
"""After so much silence the totals are read again: the news may have gone past this process."""


@strawberry.type(description="What was given to a project and counted; the higher version is the later one.")
class CharityTotals:
    project_id: strawberry.ID = strawberry.field(description="The project.")
    version: int = strawberry.field(description="Rises with every change: drop what has a lower one than you know.")
    points: Points = strawberry.field(description="Points given.")
    donors: int = strawberry.field(description="How many members gave; one counts once.")
    value_minor: MinorUnits = strawberry.field(
        description="What the points were worth when they were given, at the reference value."
    )
    matched_minor: MinorUnits = strawberry.field(description="What the programme added; never beyond the budget.")
    match_left_minor: MinorUnits = strawberry.field(description="What of the match's budget is left.")
    currency: str = strawberry.field(description="ISO 4217 code of all amounts here.")
    goal_points: Points = strawberry.field(description="What the project needs.")
    counted_at: Moment = strawberry.field(description="When donations were last counted: usually a second ago.")


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="A project's totals: at once as they stand, then each time they change. For everyone.",
        metadata=SHARED,
    )
    async def charity_totals(self, project_id: strawberry.ID) -> AsyncIterator[CharityTotals]:
        which = from_global_id("CharityProject", project_id, field="projectId")
        read = partial(_as_they_stand, which)
        async for totals in watch(totals_stream(which), read, _heard, look_again_seconds=LOOK_AGAIN_SECONDS):
            yield totals_view(totals)


def _heard(message: live.Message) -> Totals:
    return Totals.told(message["body"]["totals"])


async def _as_they_stand(project_id: UUID) -> Totals | None:
    async with db.read() as session:
        return (await standing.of(session, [project_id])).get(project_id)


def totals_view(totals: Totals) -> CharityTotals:
    """The totals as the wire shows them."""
    shown = vars(totals) | {"project_id": global_id("CharityProject", totals.project_id)}
    return CharityTotals(**shown)


async def totals_of(info: Info, project_id: UUID) -> CharityTotals:
    """The totals of one project; many are read together."""
    found = await info.context.load(_totals, project_id)
    assert found is not None, "no project is without its totals"
    return totals_view(found)


async def _totals(project_ids: list[UUID]) -> Sequence[Totals | None]:
    async with db.read() as session:
        found = await standing.of(session, project_ids)
    return [found.get(project_id) for project_id in project_ids]
