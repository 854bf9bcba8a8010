"""Leaving, on the wire: what it would take, and doing it."""

from uuid import UUID

import strawberry

from backend.kit import db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    Info,
    Moment,
    Points,
    Refusal,
    from_global_id,
    member_of,
    operator_of,
    perform,
    perform_audited,
    refusal,
    refusal_of,
)
from backend.members import sessions
from backend.members.graphql import MemberEdge
from backend.members.roles import NOBODY
from backend.privacy import erasing

WHY_NOT = "Why nothing happened; null when it did."


@refusal(erasing.ErasureMustWait)
class ErasureMustWait(Refusal):
    until: Moment = strawberry.field(description="From when on it can be done.")


@refusal(erasing.LossChanged)
class LossChanged(Refusal):
    points: Points = strawberry.field(description="What she would lose now.")


@strawberry.type(description="What leaving takes from a member. Her entries stay, and name nobody.")
class ErasureLoss:
    points: Points = strawberry.field(
        description="All she would lose: available, pending and held, and those of redemptions that still wait."
    )
    redemptions: int = strawberry.field(description="Redemptions that still wait, and would be cancelled.")


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="What she would lose by leaving, as it stands now.")
    async def erasure_loss(self) -> ErasureLoss:
        async with db.read() as session:
            lost = await erasing.loss(session, self.member_id)
        return ErasureLoss(points=lost.points, redemptions=lost.redemptions)


@strawberry.input(description="Leaving for good.")
class EraseMeInput:
    accepted_points: Points = strawberry.field(description="`erasureLoss.points` as she saw it: nothing more is taken.")


@strawberry.input(description="A member who asked an operator to be forgotten.")
class EraseMemberInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str = strawberry.field(description="1 to 500 characters, kept in the audit log: never her name or number.")


@strawberry.type(description="Whether the member was erased.")
class ErasePayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description="True: she had been erased before, and nothing happened now.")


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Leave for good. Phone, name, address, devices and consents are removed, open redemptions are "
        "cancelled, every point left expires; the entries stay and name nobody. She is signed out everywhere. Refused "
        "as LOSS_CHANGED, ERASURE_MUST_WAIT, ACCOUNT_FROZEN."
    )
    async def erase_me(self, info: Info, input: EraseMeInput) -> ErasePayload:  # noqa: A002
        outcome = await perform(
            erasing.erase_member,
            member_id=member_of(info),
            actor="member",
            reason=erasing.REASON,
            accepted_points=input.accepted_points,
        )
        if outcome.refusal is None:
            info.context.clear_cookie(sessions.COOKIE)
            info.context.identity = NOBODY
        return ErasePayload(refusal=outcome.refusal, replayed=outcome.replayed)

    @strawberry.mutation(
        description="For operators. Erase a member who asked for it, as eraseMe does. Again changes nothing. Refused "
        "as NOT_FOUND, ERASURE_MUST_WAIT, ACCOUNT_FROZEN, INVALID_INPUT."
    )
    async def erase_member(self, info: Info, input: EraseMemberInput) -> ErasePayload:  # noqa: A002
        actor = f"operator:{operator_of(info)}"
        try:
            member_id: UUID = from_global_id("Member", input.member_id, field="memberId")
        except InvalidInput as nonsense:
            return ErasePayload(refusal=refusal_of(nonsense), replayed=False)
        asked = {"member_id": member_id, "reason": input.reason, "actor": actor}
        outcome = await perform_audited(info, erasing.at_member(member_id), erasing.erase_member, **asked)
        return ErasePayload(refusal=outcome.refusal, replayed=outcome.replayed)
