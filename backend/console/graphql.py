"""The operators' view of what operators did, and the acts that cross the domains: making one account of two."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from backend.console import merging, unmerging
from backend.console.looking import at_accounts
from backend.kit import audit, db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    OPERATOR_PAGE_MAX,
    Connection,
    Info,
    Moment,
    Outcome,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    node_kind_and_id,
    operator_of,
    page,
    perform_audited,
    refusal,
)
from backend.members.graphql import MemberRef

Place = tuple[datetime, UUID]


@strawberry.type(description="One act of an operator or a command: who did what to whom. Never changed, never removed.")
class AuditRecord:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    at: Moment = strawberry.field(description="When it was done.")
    actor: str = strawberry.field(description="`operator:NAME`, or `command` for `./mall` on the machine itself.")
    act: str = strawberry.field(description="The mutation's name, or the command's.")
    subject_kind: str = strawberry.field(description="What kind of thing it was done to: Member, Reward …")
    subject: strawberry.ID = strawberry.field(description="To which one: its id in this API, or its code or name.")
    before: JSON | None = strawberry.field(description="How it stood before, masked; null when it was not there.")
    after: JSON | None = strawberry.field(description="How it stood after, masked; null when it was gone.")
    reason: str | None = strawberry.field(description="Why, where the act asks for a reason.")
    request_id: str | None = strawberry.field(description="The request that did it, as the log knows it.")

    @classmethod
    def of(cls, row: audit.AuditRecord) -> Self:
        """The view of a record."""
        shown = ("at", "actor", "act", "subject_kind", "before", "after", "reason", "request_id")
        return cls(
            id=global_id("AuditRecord", row.id),
            subject=_on_the_wire(row.subject_kind, row.subject_id),
            **{name: getattr(row, name) for name in shown},
        )


@refusal(merging.MergeWithItself)
class MergeWithItself(Refusal):
    pass


@refusal(merging.AlreadyMerged)
class AlreadyMerged(Refusal):
    pass


@refusal(merging.PointsUnderWay)
class PointsUnderWay(Refusal):
    pass


@refusal(unmerging.NotMerged)
class NotMerged(Refusal):
    pass


@refusal(unmerging.MergedSince)
class MergedSince(Refusal):
    pass


@strawberry.input(description="Two accounts of one person, and why they are hers.")
class MergeMembersInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same act.")
    member_id: strawberry.ID = strawberry.field(description="Whose account becomes part of the other.")
    into_id: strawberry.ID = strawberry.field(description="Whose account goes on, with all of both.")
    reason: str = strawberry.field(description="1 to 500 characters, kept in both histories where the member reads it.")


@strawberry.input(description="An account to take out of the one it is part of, and why.")
class UnmergeMembersInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same act.")
    member_id: strawberry.ID = strawberry.field(description="Whose account became part of another one.")
    reason: str = strawberry.field(description="1 to 500 characters, kept in both histories where the member reads it.")


@strawberry.type(description="Both members as they now stand, or why nothing changed.")
class MergePayload:
    member_id: strawberry.Private[UUID]
    into_id: strawberry.Private[UUID | None]
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is done.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")

    @strawberry.field(description="The one whose account became part of the other; null when it is refused.")
    def member(self) -> MemberRef | None:
        return None if self.refusal else assembled("Member")(member_id=self.member_id)

    @strawberry.field(description="The one whose account goes on; null when it is refused.")
    def into(self) -> MemberRef | None:
        return None if self.into_id is None or self.refusal else assembled("Member")(member_id=self.into_id)


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="For operators. Make one account of two: lots, debt, orders, check-ins, tasks, "
        "sign-in. Whatever names the one means the other from then on; orders count together. It can be undone."
    )
    async def merge_members(self, info: Info, input: MergeMembersInput) -> MergePayload:  # noqa: A002
        into_id = from_global_id("Member", input.into_id, field="intoId")
        return await _act(info, merging.merge_members, input, into_id=into_id)

    @strawberry.mutation(
        description="For operators. Take two merged accounts apart: each stands as it would alone; what was spent "
        "meanwhile is the surviving one's. A later merge is taken apart first."
    )
    async def unmerge_members(self, info: Info, input: UnmergeMembersInput) -> MergePayload:  # noqa: A002
        return await _act(info, unmerging.unmerge_members, input)


async def _act(info: Info, verb: Any, given: MergeMembersInput | UnmergeMembersInput, **more: UUID) -> MergePayload:
    member_id = from_global_id("Member", given.member_id, field="memberId")
    asked = {"key": given.idempotency_key, "member_id": member_id, "reason": given.reason, **more}
    subject = at_accounts(member_id, more.get("into_id"))
    outcome: Outcome[Any] = await perform_audited(info, subject, verb, **asked, actor=f"operator:{operator_of(info)}")
    into_id = outcome.value.into_id if outcome.value else None
    return MergePayload(member_id=member_id, into_id=into_id, refusal=outcome.refusal, replayed=outcome.replayed)


Until = Annotated[Moment | None, strawberry.argument(description="Before this moment.")]


@strawberry.type
class OperatorFragment:
    @strawberry.field(
        description="What operators and commands did, newest first, 1 to 100 at a time. Every condition given must "
        "hold. `actor`: an operator's name, or as in the record; `subject`: an id of this API, a code or a name."
    )
    async def audit_log(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
        actor: str | None = None,
        act: str | None = None,
        subject: str | None = None,
        from_: Annotated[Moment | None, strawberry.argument(name="from", description="From this moment on.")] = None,
        until: Until = None,
    ) -> Connection[AuditRecord]:
        wanted = audit.Wanted(act=_sane(act), since=from_, until=until)
        wanted = replace(wanted, actor=_sane(actor and _actor(actor)), subject_id=_sane(subject and _own_id(subject)))

        async def fetch(position: tuple[Any, ...] | None, count: int) -> Sequence[tuple[Place, AuditRecord]]:
            place = None if position is None else (position[0], position[1])
            async with db.read() as session:
                rows = await audit.search(session, wanted, place, count)
            return [((row.at, row.id), AuditRecord.of(row)) for row in rows]

        return await page(first, after, OPERATOR_PAGE_MAX, fetch, by=(datetime, UUID))


def _actor(given: str) -> str:
    return given if ":" in given or given == audit.COMMAND else f"operator:{given}"


def _sane(given: str | None) -> str | None:
    # PostgreSQL cannot even be asked for a text with a NUL in it; nothing is ever called that.
    return given if given is None or given.isprintable() else ""


def _own_id(given: str) -> str:
    try:
        return str(node_kind_and_id(given)[1])
    except InvalidInput:
        return given


def _on_the_wire(kind: str, which: str) -> strawberry.ID:
    try:
        return global_id(kind, UUID(which))
    except ValueError:
        return strawberry.ID(which)
