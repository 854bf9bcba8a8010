"""A member's statement on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from backend.kit import clock, db
from backend.kit.errors import InvalidInput
from backend.kit.graphql import MEMBER_PAGE_MAX, Connection, Points, page
from backend.ledger import statements
from backend.ledger.graphql.history import Entry, entry_view, period
from backend.ledger.history import in_order
from backend.ledger.models import EntryKind
from backend.members.graphql import MemberEdge
from backend.programme import terms

DAYS_MAX = 5 * 366


@strawberry.type(description="What a member had at one end of a period, as written down by then.")
class StatementBalance:
    balance: Points = strawberry.field(description="What she owned less what she owed.")
    available: Points = strawberry.field(description="Not held, not pending; expiries not yet written down included.")
    held: Points = strawberry.field(description="Reserved for something under way.")
    pending: Points = strawberry.field(description="Earned, not released yet.")
    debt: Points = strawberry.field(description="Owed after a correction.")


@strawberry.type(description="All entries of one kind in a period.")
class StatementTotal:
    kind: EntryKind = strawberry.field(description="Their kind.")
    entries: int = strawberry.field(description="How many.")
    points: Points = strawberry.field(description="The signed sum of their points.")


@strawberry.type(description="What was posted in a period: opening.balance + the entries' points = closing.balance.")
class Statement:
    member_id: strawberry.Private[UUID]
    above: strawberry.Private[int]
    upto: strawberry.Private[int]
    from_day: date = strawberry.field(name="from", description="Its first day, in the programme's zone.")
    to_day: date = strawberry.field(name="to", description="Its last day.")
    complete: bool = strawberry.field(description="False: the period is not over, more may be posted.")
    opening: StatementBalance = strawberry.field(description="Before the first day.")
    closing: StatementBalance = strawberry.field(description="After the last day, or by now.")
    totals: list[StatementTotal] = strawberry.field(description="By kind; kinds without entries are left out.")

    @strawberry.field(description="Its entries in the order they were posted. 1 to 50 at a time.")
    async def entries(self, first: int | None = 20, after: str | None = None) -> Connection[Entry]:
        async def fetch(position: tuple[int] | None, count: int) -> list[tuple[tuple[int], Entry]]:
            above = self.above if position is None else max(position[0], self.above)
            async with db.read() as session:
                rows = await in_order(session, self.member_id, count, above=above, upto=self.upto)
            return [((row.seq,), entry_view(row)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(int,))


@strawberry.type
class StatementFragment(MemberEdge):
    @strawberry.field(
        description="What was posted from one day to another (both included, in the programme's zone), at most five "
        "years. As a file: GET /statements/2026-10.csv or .json."
    )
    async def statement(
        self,
        from_day: Annotated[date, strawberry.argument(name="from")],
        to_day: Annotated[date, strawberry.argument(name="to")],
    ) -> Statement:
        if not 0 <= (to_day - from_day).days <= DAYS_MAX:
            raise InvalidInput("to", "A period ends after it begins, within five years.")
        async with db.snapshot() as session:
            start, end = period(await terms.in_force(session), from_day, to_day)
            assert start is not None and end is not None
            found = await statements.statement(session, self.member_id, start, end)
        return Statement(
            member_id=self.member_id,
            above=found.above,
            upto=found.upto,
            from_day=from_day,
            to_day=to_day,
            complete=end <= clock.now(),
            opening=_balance(found.opening),
            closing=_balance(found.closing),
            totals=[StatementTotal(kind=one.kind, entries=one.entries, points=one.points) for one in found.totals],
        )


def _balance(standing: statements.Standing) -> StatementBalance:
    return StatementBalance(
        balance=standing.balance,
        available=standing.available,
        held=standing.held,
        pending=standing.pending,
        debt=standing.debt,
    )
