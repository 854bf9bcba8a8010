"""What operators do to points: adjust, top up, settle, release, let go; each act is on record."""

from typing import Any
from uuid import UUID

import strawberry

from backend.kit import audit, db
from backend.kit.graphql import (
    Info,
    MinorUnits,
    Moment,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    operator_of,
    perform_audited,
    refusal,
)
from backend.ledger import adjusting, holding, models, payments, releasing, reserving, settling, topping_up
from backend.ledger.graphql.freezing import AccountPayload
from backend.ledger.looking import at_account, at_adjustment, at_proposals
from backend.ledger.models import AdjustmentState
from backend.members.graphql import MemberRef

KEY = "Made by the caller; the same one again is the same act."
REASON = "1 to 500 characters, kept in the account's history where she reads it."
strawberry.enum(AdjustmentState, description="PROPOSED waits for a second person, POSTED is done, REJECTED never was.")


@refusal(holding.HoldBound)
class HoldBound(Refusal):
    pass


@refusal(reserving.HoldClosed)
class HoldClosed(Refusal):
    pass


@refusal(releasing.NothingPending)
class NothingPending(Refusal):
    pass


@refusal(adjusting.AnotherPersonDecides)
class AnotherPersonDecides(Refusal):
    pass


@refusal(adjusting.AdjustmentDecided)
class AdjustmentDecided(Refusal):
    pass


@refusal(payments.PaymentBooked)
class PaymentBooked(Refusal):
    pass


@refusal(settling.SettlementOff)
class SettlementOff(Refusal):
    pass


@refusal(settling.NothingToSettle)
class NothingToSettle(Refusal):
    pass


@strawberry.type(description="Points an operator adds or takes by hand.")
class Adjustment:
    member_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    points: Points = strawberry.field(description="Added, or taken when negative.")
    reason: str = strawberry.field(description="Why.")
    state: AdjustmentState = strawberry.field(description="How it stands.")
    proposed_by: str = strawberry.field(description="Who wanted it: `operator:olga`.")
    proposed_at: Moment = strawberry.field(description="When.")
    decided_by: str | None = strawberry.field(description="Who decided; a second person beyond `adjustAloneMax`.")
    decided_at: Moment | None = strawberry.field(description="When; null while it waits.")
    decided_why: str | None = strawberry.field(description="Why it was rejected; null otherwise.")

    @strawberry.field(description="Whose points they are.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.type(description="The adjustment as it now stands, or why nothing changed.")
class AdjustmentPayload:
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    adjustment: Adjustment | None = strawberry.field(description="PROPOSED when it waits for a second person.")
    replayed: bool = strawberry.field(description="It had been done: nothing happened now.")


@strawberry.input(description="How many points, and why.")
class AdjustPointsInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    points: Points = strawberry.field(description="To add, or to take when negative; what she has not becomes a debt.")
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="Which adjustment to post.")
class ApproveAdjustmentInput:
    id: strawberry.ID = strawberry.field(description="The adjustment: its id is its key.")


@strawberry.input(description="Which adjustment to turn down, and why.")
class RejectAdjustmentInput:
    id: strawberry.ID = strawberry.field(description="The adjustment: its id is its key.")
    reason: str = strawberry.field(description="1 to 500 characters, for whoever proposed it.")


@strawberry.input(description="Which earning to release before its time, and why.")
class ReleasePendingInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    entry_id: strawberry.ID = strawberry.field(description="The earning's entry.")
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="Which hold to let go, and why.")
class LetGoHoldInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    hold_id: strawberry.ID = strawberry.field(description="From `Member.holds`.")
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="What was paid for points.")
class TopUpPointsInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    member_id: strawberry.ID = strawberry.field(description="Who paid.")
    amount_minor: MinorUnits = strawberry.field(description="In the programme's currency; buys at the reference value.")
    reference: str = strawberry.field(description="The payment's own number: one booking each.")


@strawberry.input(description="Whose surplus to turn into wallet credit.")
class SettleSurplusInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    reference: str = strawberry.field(description="The wallet's number for the credit: one booking each.")


@strawberry.type
class AdjustmentsFragment:
    @strawberry.field(description="Adjustments that wait for a second person, the oldest first; at most 100.")
    async def adjustments(self) -> list[Adjustment]:
        async with db.read() as session:
            return [adjustment_view(row) for row in await adjusting.proposed(session)]


@strawberry.type
class OperatingMutation:
    @strawberry.mutation(
        description="For operators. Add or take points: up to the programme's limit a day alone, beyond it as a "
        "proposal that another person decides."
    )
    async def adjust_points(self, info: Info, input: AdjustPointsInput) -> AdjustmentPayload:  # noqa: A002
        member_id = _member(input.member_id)
        asked = {"key": input.idempotency_key, "points": input.points, "reason": input.reason}
        return _adjusted(
            await _do(info, at_proposals(member_id), adjusting.adjust_points, member_id=member_id, **asked)
        )

    @strawberry.mutation(description="For operators. Post what another person proposed. A second call changes nothing.")
    async def approve_adjustment(self, info: Info, input: ApproveAdjustmentInput) -> AdjustmentPayload:  # noqa: A002
        which = from_global_id("Adjustment", input.id)
        return _adjusted(await _do(info, at_adjustment(which), adjusting.approve_adjustment, adjustment_id=which))

    @strawberry.mutation(
        description="For operators. Turn down what another person proposed. A second call changes nothing."
    )
    async def reject_adjustment(self, info: Info, input: RejectAdjustmentInput) -> AdjustmentPayload:  # noqa: A002
        which = from_global_id("Adjustment", input.id)
        asked = {"adjustment_id": which, "reason": input.reason}
        return _adjusted(await _do(info, at_adjustment(which), adjusting.reject_adjustment, **asked))

    @strawberry.mutation(description="For operators. Release an earning before its return period is over.")
    async def release_pending(self, info: Info, input: ReleasePendingInput) -> AccountPayload:  # noqa: A002
        entry_id = from_global_id("Entry", input.entry_id, field="entryId")
        return await _about_member(info, releasing.release_pending, input, entry_id=entry_id, reason=input.reason)

    @strawberry.mutation(description="For operators. Give the points of a hold back before it lapses.")
    async def let_go_hold(self, info: Info, input: LetGoHoldInput) -> AccountPayload:  # noqa: A002
        hold_id = from_global_id("Hold", input.hold_id, field="holdId")
        return await _about_member(info, holding.let_go_hold, input, hold_id=hold_id, reason=input.reason)

    @strawberry.mutation(description="For operators. Credit points a member has paid for, at the reference value.")
    async def top_up_points(self, info: Info, input: TopUpPointsInput) -> AccountPayload:  # noqa: A002
        asked = {"amount_minor": input.amount_minor, "reference": input.reference}
        return await _about_member(info, topping_up.top_up_points, input, **asked)

    @strawberry.mutation(
        description="For operators. Burn what a member's points are worth beyond the programme's multiple of her spend "
        "and record it as wallet credit. Off unless the terms allow it; no return on money."
    )
    async def settle_surplus(self, info: Info, input: SettleSurplusInput) -> AccountPayload:  # noqa: A002
        return await _about_member(info, settling.settle_surplus, input, reference=input.reference)


def adjustment_view(row: models.Adjustment) -> Adjustment:
    """An adjustment's row as operators see it."""
    return Adjustment(
        member_id=row.member_id,
        id=global_id("Adjustment", row.id),
        points=row.points,
        reason=row.reason,
        state=AdjustmentState(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decided_why=row.decided_why,
    )


async def _about_member(info: Info, verb: Any, given: Any, **asked: Any) -> AccountPayload:
    member_id = _member(given.member_id)
    asked |= {"key": given.idempotency_key, "member_id": member_id}
    outcome = await _do(info, at_account(member_id), verb, **asked)
    return AccountPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed)


async def _do(info: Info, subject: audit.Subject, verb: Any, **asked: Any) -> Outcome[Any]:
    return await perform_audited(info, subject, verb, actor=f"operator:{operator_of(info)}", **asked)


def _adjusted(outcome: Outcome[models.Adjustment]) -> AdjustmentPayload:
    row = outcome.value
    adjustment = None if row is None else adjustment_view(row)
    return AdjustmentPayload(refusal=outcome.refusal, adjustment=adjustment, replayed=outcome.replayed)


def _member(given: str) -> UUID:
    return from_global_id("Member", given, field="memberId")
