"""Reconciliation on the wire, for operators."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from sqlmodel import col, select

from backend.kit import db
from backend.kit.graphql import OPERATOR_PAGE_MAX, Moment, Money, Points, assembled, how_many
from backend.ledger import models
from backend.ledger.models import EntryKind
from backend.ledger.reconciling import ONLY
from backend.members.graphql import MemberRef


@strawberry.type(description="A member whose account, lots and entries were found not to agree.")
class Drift:
    member_id: strawberry.Private[UUID]
    what: str = strawberry.field(description="What does not agree, in plain English.")
    found_at: Moment = strawberry.field(description="When it was found.")
    resolved_at: Moment | None = strawberry.field(description="When it was found to agree again; null: it does not.")

    @strawberry.field(description="The member.")
    def member(self) -> MemberRef:
        return assembled("Member")(member_id=self.member_id)


@strawberry.type(description="What all entries of one kind came to in a month.")
class ReconciliationTotal:
    kind: EntryKind = strawberry.field(description="Their kind.")
    points: Points = strawberry.field(description="The signed sum of their points, over all members.")


@strawberry.type(description="A month that is over: opening + totals + drift = closing, and the drift is 0.")
class ReconciliationMonth:
    month: date = strawberry.field(description="Its first day.")
    opening: Points = strawberry.field(description="What members owned less what they owed before it, by entries.")
    totals: list[ReconciliationTotal] = strawberry.field(description="By kind; kinds without points are left out.")
    closing: Points = strawberry.field(description="What they owned less what they owed after it, by lines.")
    drift: Points = strawberry.field(description="What does not add up. Anything but 0 is an alert.")
    members_adrift: int = strawberry.field(description="Members adrift when the report was made.")
    outstanding: Points = strawberry.field(description="The liability at its end, in points.")
    value: Money = strawberry.field(description="The liability at its end, at the reference value of that time.")
    made_at: Moment = strawberry.field(description="When the report was made.")


@strawberry.type(description="Whether balances, lots and entries agree.")
class Reconciliation:
    checked: int = strawberry.field(description="Members compared in the pass under way.")
    started_at: Moment | None = strawberry.field(description="When that pass began; null before the first.")
    last_checked: int = strawberry.field(description="Members compared in the last whole pass.")
    last_finished_at: Moment | None = strawberry.field(description="When that was done; null before the first.")

    @strawberry.field(description="Members adrift, the newest first; `all` shows those that agree again too. 1 to 100.")
    async def drifts(self, first: int | None = 20, all: bool = False) -> list[Drift]:  # noqa: A002
        query = select(models.Drift).order_by(col(models.Drift.found_at).desc())
        if not all:
            query = query.where(col(models.Drift.open))
        async with db.read() as session:
            rows = await session.exec(query.limit(how_many(first, OPERATOR_PAGE_MAX)))
        return [Drift(**row.model_dump(include={"member_id", "what", "found_at", "resolved_at"})) for row in rows]

    @strawberry.field(description="The reports, the newest first. 1 to 100.")
    async def months(self, first: int | None = 12) -> list[ReconciliationMonth]:
        query = select(models.ReconciliationMonth).order_by(col(models.ReconciliationMonth.month).desc())
        async with db.read() as session:
            rows = await session.exec(query.limit(how_many(first, OPERATOR_PAGE_MAX)))
        return [_month_view(row) for row in rows]


@strawberry.type
class ReconciliationFragment:
    @strawberry.field(description="Whether balances, lots and entries agree: the rolling check and the months.")
    async def reconciliation(self) -> Reconciliation:
        async with db.read() as session:
            going = await session.get(models.ReconciliationPass, ONLY)
        return Reconciliation(
            checked=going.checked if going else 0,
            started_at=going.started_at if going else None,
            last_checked=going.last_checked if going else 0,
            last_finished_at=going.last_finished_at if going else None,
        )


def _month_view(row: Any) -> ReconciliationMonth:
    totals = [ReconciliationTotal(kind=EntryKind(kind), points=points) for kind, points in row.totals.items() if points]
    return ReconciliationMonth(
        month=row.month,
        opening=row.opening,
        totals=totals,
        closing=row.closing,
        drift=row.drift,
        members_adrift=row.members_adrift,
        outstanding=row.outstanding,
        value=Money(minor=row.value_minor, currency=row.currency),
        made_at=row.made_at,
    )
