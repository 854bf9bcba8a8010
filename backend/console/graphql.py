"""The operators' view of what operators did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from backend.kit import audit, db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import OPERATOR_PAGE_MAX, Connection, Moment, global_id, node_kind_and_id, page

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
