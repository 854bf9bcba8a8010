"""What operators do about charities, their projects, their staff, and donations made by mistake."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import strawberry

from backend.charity import charities, looking, models, projects, reversing
from backend.charity.graphql.donation import Donation, donation_view
from backend.charity.graphql.project import (
    Charity,
    CharityProject,
    CharityUpdate,
    charity_view,
    project_view,
    update_view,
)
from backend.kit import audit, db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    Info,
    LocalizedTextInput,
    MinorUnits,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    operator_of,
    perform_audited,
    refusal,
    refusal_of,
)
from backend.members.graphql import MemberRef

WHY_NOT = "Why nothing happened; null when it did."
REPLAYED = "True: this had been done before and nothing happened now."
KEY = "Made by whoever acts; the same one again is the same act. A refusal does not use it up."


@refusal(charities.StaffElsewhere)
class StaffElsewhere(Refusal):
    pass


@refusal(reversing.DonationSettled)
class DonationSettled(Refusal):
    pass


@strawberry.input(description="What a project did so far, in one figure.")
class ImpactFigureInput:
    value: str = strawberry.field(description="Short, as it is to be shown: 1 to 20 characters.")
    label: LocalizedTextInput = strawberry.field(description="Of what.")


@strawberry.input(description="A new charity.")
class CreateCharityInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    name: LocalizedTextInput = strawberry.field(description="What it is called.")
    registration: str = strawberry.field(description="Its number in the public register: 1 to 60 characters, unique.")


@strawberry.input(description="A new project of a charity.")
class CreateCharityProjectInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    charity_id: strawberry.ID = strawberry.field(description="The charity; for ever.")
    code: str = strawberry.field(description="1 to 40 of A-Z, 0-9 and hyphens; unique, for ever.")
    title: LocalizedTextInput = strawberry.field(description="What it is called.")
    story: LocalizedTextInput = strawberry.field(description="What it is for.")
    goal_points: Points = strawberry.field(description="What it needs.")
    tile_points: Points = strawberry.field(description="Points that make one tile of its roof.")
    match_rate_bp: int = strawberry.field(
        default=10_000, description="Basis points of a donation's worth that the programme adds, up to 100000."
    )
    match_budget_minor: MinorUnits = strawberry.field(default=0, description="All the programme may ever add.")
    impact: list[ImpactFigureInput] = strawberry.field(
        default_factory=list, description="What it did so far; at most 6."
    )


@strawberry.input(description="What is left out stays.")
class UpdateCharityProjectInput:
    id: strawberry.ID = strawberry.field(description="The project.")
    title: LocalizedTextInput | None = strawberry.field(default=None, description="What it is called.")
    story: LocalizedTextInput | None = strawberry.field(default=None, description="What it is for.")
    goal_points: Points | None = strawberry.field(default=None, description="What it needs.")
    tile_points: Points | None = strawberry.field(default=None, description="Points that make one tile.")
    match_rate_bp: int | None = strawberry.field(default=None, description="For donations counted from now on.")
    match_budget_minor: MinorUnits | None = strawberry.field(
        default=None, description="All it may ever add; not below what it has added."
    )
    impact: list[ImpactFigureInput] | None = strawberry.field(default=None, description="In place of those there were.")


@strawberry.input(description="The project that has taken its last donation.")
class CloseCharityProjectInput:
    id: strawberry.ID = strawberry.field(description="The project.")


@strawberry.input(description="News of a project.")
class PostCharityUpdateInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    project_id: strawberry.ID = strawberry.field(description="The project.")
    title: LocalizedTextInput = strawberry.field(description="The headline.")
    text: LocalizedTextInput = strawberry.field(description="What it says.")


@strawberry.input(description="Who is to see a charity's desk.")
class AddCharityStaffInput:
    charity_id: strawberry.ID = strawberry.field(description="The charity.")
    phone: str = strawberry.field(description="Hers, typed any way: she signs in with it as every member does.")


@strawberry.input(description="Who is no longer to see a charity's desk.")
class RemoveCharityStaffInput:
    charity_id: strawberry.ID = strawberry.field(description="The charity.")
    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.input(description="A donation made by mistake.")
class ReverseDonationInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    id: strawberry.ID = strawberry.field(description="The donation.")
    reason: str = strawberry.field(description="1 to 500 characters; the member reads it.")


@strawberry.type(description="The charity as it now stands, or why nothing changed.")
class CharityPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    charity: Charity | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The project as it now stands, or why nothing changed.")
class CharityProjectPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    project: CharityProject | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The news as they were posted, or why they were not.")
class CharityUpdatePayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    update: CharityUpdate | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The member whose role changed, or why nothing did.")
class CharityStaffPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    member: MemberRef | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The donation as it now stands, or why nothing changed.")
class ReverseDonationPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    donation: Donation | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="A charity as operators see it.")
class OperatorCharity:
    row: strawberry.Private[models.Charity]

    @strawberry.field(description="The charity.")
    def charity(self) -> Charity:
        return charity_view(self.row)

    @strawberry.field(description="Its projects, the newest first.")
    async def projects(self) -> list[CharityProject]:
        async with db.read() as session:
            return [project_view(row) for row in await projects.of_charity(session, self.row.id)]

    @strawberry.field(description="The members who may see its desk.")
    async def staff(self) -> list[MemberRef]:
        async with db.read() as session:
            found: Sequence[UUID] = await charities.everyone_of(session, self.row.id)
        return [assembled("Member")(member_id=member_id) for member_id in found]


@strawberry.type
class OperatorFragment:
    @strawberry.field(description="Every charity, the oldest first.")
    async def charities(self) -> list[OperatorCharity]:
        async with db.read() as session:
            return [OperatorCharity(row=row) for row in await charities.every_charity(session)]


@strawberry.type
class OperatingMutation:
    @strawberry.mutation(description="For operators. Take in a charity; the same key returns it.")
    async def create_charity(self, info: Info, input: CreateCharityInput) -> CharityPayload:  # noqa: A002
        key = input.idempotency_key
        asked = {"name": input.name.words(), "registration": input.registration}
        outcome = await perform_audited(info, looking.at_charity(key), charities.create_charity, key=key, **asked)
        charity = charity_view(outcome.value) if outcome.value else None
        return CharityPayload(refusal=outcome.refusal, replayed=outcome.replayed, charity=charity)

    @strawberry.mutation(description="For operators. Open a project; the same key returns it as it now stands.")
    async def create_charity_project(self, info: Info, input: CreateCharityProjectInput) -> CharityProjectPayload:  # noqa: A002
        asked = vars(input) | {"title": input.title.words(), "story": input.story.words()}
        asked["impact"] = _figures(input.impact)
        key, wire_id = asked.pop("idempotency_key"), asked.pop("charity_id")
        about = _about(info, "Charity", wire_id, "charityId")
        if isinstance(about, Outcome):
            return _project_payload(about)
        create = projects.create_project
        outcome = await perform_audited(info, looking.at_project(key), create, key=key, charity_id=about, **asked)
        return _project_payload(outcome)

    @strawberry.mutation(description="For operators. Change a project; the same again changes nothing.")
    async def update_charity_project(self, info: Info, input: UpdateCharityProjectInput) -> CharityProjectPayload:  # noqa: A002
        changes = {name: value for name, value in vars(input).items() if value is not None}
        wire_id = changes.pop("id")
        for name in changes.keys() & {"title", "story"}:
            changes[name] = changes[name].words()
        if "impact" in changes:
            changes["impact"] = _figures(changes["impact"])
        return _project_payload(await _on_project(info, projects.update_project, wire_id, changes=changes))

    @strawberry.mutation(description="For operators. Let a project take no more donations; again changes nothing.")
    async def close_charity_project(self, info: Info, input: CloseCharityProjectInput) -> CharityProjectPayload:  # noqa: A002
        return _project_payload(await _on_project(info, projects.close_project, input.id))

    @strawberry.mutation(description="For operators. Post news of a project; the same key returns them.")
    async def post_charity_update(self, info: Info, input: PostCharityUpdateInput) -> CharityUpdatePayload:  # noqa: A002
        about, key = _about(info, "CharityProject", input.project_id, "projectId"), input.idempotency_key
        if isinstance(about, Outcome):
            return CharityUpdatePayload(refusal=about.refusal, replayed=False, update=None)
        said: dict[str, Any] = {"title": input.title.words(), "words": input.text.words()}
        subject = looking.at_update(key)
        outcome = await perform_audited(info, subject, projects.post_update, key=key, project_id=about, **said)
        update = update_view(outcome.value) if outcome.value else None
        return CharityUpdatePayload(refusal=outcome.refusal, replayed=outcome.replayed, update=update)

    @strawberry.mutation(
        description="For operators. Let a member see a charity's desk; again changes nothing. Refused as "
        "STAFF_ELSEWHERE when she works for another one."
    )
    async def add_charity_staff(self, info: Info, input: AddCharityStaffInput) -> CharityStaffPayload:  # noqa: A002
        actor = f"operator:{operator_of(info)}"
        outcome = await _on_charity(info, charities.add_staff, input.charity_id, phone=input.phone, actor=actor)
        return _staff_payload(outcome, outcome.value and outcome.value.member_id)

    @strawberry.mutation(description="For operators. Take a charity's desk away from a member, at once.")
    async def remove_charity_staff(self, info: Info, input: RemoveCharityStaffInput) -> CharityStaffPayload:  # noqa: A002
        about = _about(info, "Member", input.member_id, "memberId")
        if isinstance(about, Outcome):
            return _staff_payload(about, None)
        outcome = await _on_charity(info, charities.remove_staff, input.charity_id, member_id=about)
        return _staff_payload(outcome, outcome.value)

    @strawberry.mutation(
        description="For operators. Undo a donation made by mistake: points go back to their lots, its match into the "
        "budget; again changes nothing. Refused as DONATION_SETTLED once its month has a statement, as ACCOUNT_FROZEN."
    )
    async def reverse_donation(self, info: Info, input: ReverseDonationInput) -> ReverseDonationPayload:  # noqa: A002
        about = _about(info, "Donation", input.id, "id")
        if isinstance(about, Outcome):
            return ReverseDonationPayload(refusal=about.refusal, replayed=False, donation=None)
        asked: dict[str, Any] = {"key": input.idempotency_key, "donation_id": about, "reason": input.reason}
        actor = f"operator:{operator_of(info)}"
        verb, subject = reversing.reverse_donation, looking.at_donation(about)
        outcome = await perform_audited(info, subject, verb, actor=actor, **asked)
        donation = donation_view(outcome.value) if outcome.value else None
        return ReverseDonationPayload(refusal=outcome.refusal, replayed=outcome.replayed, donation=donation)


def _about(info: Info, kind: str, wire_id: str, field: str) -> UUID | Outcome[Any]:
    operator_of(info)
    try:
        return from_global_id(kind, wire_id, field=field)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))


async def _on_project(
    info: Info, verb: Callable[..., Awaitable[Done[Any]]], wire_id: str, **asked: Any
) -> Outcome[Any]:
    about = _about(info, "CharityProject", wire_id, "id")
    if isinstance(about, Outcome):
        return about
    subject: audit.Subject = looking.at_project(about)
    return await perform_audited(info, subject, verb, project_id=about, **asked)


async def _on_charity(
    info: Info, verb: Callable[..., Awaitable[Done[Any]]], wire_id: str, **asked: Any
) -> Outcome[Any]:
    about = _about(info, "Charity", wire_id, "charityId")
    if isinstance(about, Outcome):
        return about
    return await perform_audited(info, looking.at_charity(about), verb, charity_id=about, **asked)


def _figures(given: Sequence[ImpactFigureInput]) -> list[dict[str, Any]]:
    return [{"value": figure.value, "label": figure.label.words()} for figure in given]


def _project_payload(outcome: Outcome[models.CharityProject]) -> CharityProjectPayload:
    project = project_view(outcome.value) if outcome.value else None
    return CharityProjectPayload(refusal=outcome.refusal, replayed=outcome.replayed, project=project)


def _staff_payload(outcome: Outcome[Any], member_id: UUID | None) -> CharityStaffPayload:
    member = member_id and assembled("Member")(member_id=member_id)
    return CharityStaffPayload(refusal=outcome.refusal, replayed=outcome.replayed, member=member)
