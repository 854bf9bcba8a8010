"""What operators do about an account, and the refusals of the books."""

from typing import Any
from uuid import UUID

import strawberry

from backend.kit.graphql import (
    Info,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    operator_of,
    perform_audited,
    refusal,
)
from backend.ledger import book, freezing, posting
from backend.ledger.looking import at_account
from backend.members.graphql import MemberRef


@refusal(posting.InsufficientPoints)
class InsufficientPoints(Refusal):
    missing: Points = strawberry.field(description="How many points more it takes.")


@refusal(book.AccountFrozen)
class AccountFrozen(Refusal):
    pass


@refusal(book.AccountMerged)
class AccountMerged(Refusal):
    pass


@refusal(book.KeyReused)
class KeyReused(Refusal):
    pass


@strawberry.input(description="Whose account, and why.")
class FreezeAccountInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same act.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str = strawberry.field(description="1 to 500 characters, kept in the account's history where she reads it.")


@strawberry.type(description="The account as it now stands, or why nothing changed.")
class AccountPayload:
    member_id: strawberry.Private[UUID]
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")

    @strawberry.field(description="The member; null when there is none with this id.")
    def member(self) -> MemberRef | None:
        unknown = self.refusal is not None and self.refusal.code == "NOT_FOUND"
        return None if unknown else assembled("Member")(member_id=self.member_id)


@strawberry.type
class FreezingMutation:
    @strawberry.mutation(
        description="For operators. Let an account move nothing; it still earns. A second freeze notes its reason."
    )
    async def freeze_account(self, info: Info, input: FreezeAccountInput) -> AccountPayload:  # noqa: A002
        return await _act_on_account(freezing.freeze_account, info, input)

    @strawberry.mutation(description="For operators. Let a frozen account move again.")
    async def unfreeze_account(self, info: Info, input: FreezeAccountInput) -> AccountPayload:  # noqa: A002
        return await _act_on_account(freezing.unfreeze_account, info, input)


async def _act_on_account(verb: Any, info: Info, given: FreezeAccountInput) -> AccountPayload:
    actor = f"operator:{operator_of(info)}"
    member_id = from_global_id("Member", given.member_id, field="memberId")
    asked = {"key": given.idempotency_key, "member_id": member_id, "reason": given.reason, "actor": actor}
    outcome: Outcome[Any] = await perform_audited(info, at_account(member_id), verb, **asked)
    return AccountPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed)
