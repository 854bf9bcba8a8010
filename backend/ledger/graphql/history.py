"""A member's history on the wire: every movement, and why."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import select, tuple_

from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    Moment,
    Money,
    Node,
    Points,
    global_id,
    node_from,
    page,
    say,
)
from backend.ledger import models, why
from backend.ledger.graphql.proof import EntryProof, EntryRecord, lines, proofs, record_view
from backend.ledger.history import Direction, Wanted, newest_first
from backend.ledger.models import EntryKind
from backend.members.graphql import MemberEdge
from backend.programme import terms
from backend.programme.terms import Terms

BASIS_POINTS = 10_000
ENTRY = table_of(models.Entry)

strawberry.enum(
    EntryKind, description="What a movement is. More kinds may come: show one you do not know by its `why`."
)
strawberry.enum(Direction, description="IN: points gained. OUT: points lost.")


@strawberry.type(description="A multiplier that an earning was counted with.")
class Factor:
    code: str = strawberry.field(description="For programs: TIER, FIRST_ORDER …")
    multiplier: float = strawberry.field(description="1.5 is half as much again; exact to four decimals.")
    words: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="Its name for people.")
    def label(self, locale: Locale) -> str:
        return self.words[locale.value.lower()]


@strawberry.type(description="Why an entry happened. Every entry says so.")
class Why:
    recorded: strawberry.Private[Mapping[str, Any]]
    code: str = strawberry.field(description="For programs: ORDER, CHECK_IN, TASK, REDEMPTION, EXPIRED …")
    rule: str | None = strawberry.field(description="The earning rule that decided; null where none did.")
    rule_version: int | None = strawberry.field(description="Which version of that rule.")
    base: Points | None = strawberry.field(description="Points before the factors; null where nothing was counted.")
    factors: list[Factor] = strawberry.field(
        description="Multipliers in the order applied; the product is rounded down once, at the end."
    )
    amount: Money | None = strawberry.field(description="What was paid, where money is why.")

    @strawberry.field(description="One plain sentence.")
    def text(self, locale: Locale) -> str:
        return say(why.sentence(self.recorded), locale)

    @classmethod
    def of(cls, recorded: Mapping[str, Any]) -> Self:
        """The view of what an entry, or a member's fact, recorded."""
        factors = [
            Factor(code=factor["code"], multiplier=factor["bp"] / BASIS_POINTS, words=factor["label"])
            for factor in recorded.get("factors", ())
        ]
        paid = recorded.get("amount_minor")
        return cls(
            recorded=recorded,
            code=recorded["code"],
            rule=recorded.get("rule"),
            rule_version=recorded.get("version"),
            base=recorded.get("base"),
            factors=factors,
            amount=None if paid is None else Money(minor=paid, currency=recorded["currency"]),
        )


@strawberry.type(description="One movement of points, for ever: nothing changes or removes it.")
class Entry(Node):
    row: strawberry.Private[Any]
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")
    seq: int = strawberry.field(description="The member's 1st, 2nd, 3rd … entry, without gaps.")
    kind: EntryKind = strawberry.field(description="What it is.")
    points: Points = strawberry.field(description="Signed change of what the member owns, less what she owes.")
    occurred_at: Moment = strawberry.field(description="When what it is about happened.")
    posted_at: Moment = strawberry.field(description="When it was written down; never changes the order of entries.")
    reference: str | None = strawberry.field(
        description="What it is about, in its own numbering: an order, a redemption."
    )
    why: Why = strawberry.field(description="Why it happened.")
    hash: str = strawberry.field(
        description="SHA-256, hexadecimal, over this entry and the hash of the member's entry before it."
    )

    @strawberry.field(description="What the hash is made of, to compute it again; null for anyone but the member.")
    async def record(self, info: Info) -> EntryRecord | None:
        if not self._is_hers(info):
            return None
        return record_view(self.row, await info.context.load(lines, self._named()))

    @strawberry.field(
        description="That the entry is sealed: the way from its hash to a signed checkpoint. Null until it is, which "
        "takes seconds, and for anyone but the member."
    )
    async def proof(self, info: Info) -> EntryProof | None:
        return await info.context.load(proofs, self._named()) if self._is_hers(info) else None

    def _is_hers(self, info: Info) -> bool:
        return bool(info.context.identity.member_id == self.row.member_id)

    def _named(self) -> tuple[UUID, UUID]:
        return self.row.member_id, self.row.entry_id


def entry_view(row: Any) -> Entry:
    """An entry, as model or as row, as the wire shows it."""
    return Entry(
        row=row,
        id=global_id("Entry", row.entry_id),
        seq=row.seq,
        kind=EntryKind(row.kind),
        points=row.points,
        occurred_at=row.occurred_at,
        posted_at=row.created_at,
        reference=row.reference,
        why=Why.of(row.why),
        hash=row.hash.hex(),
    )


async def entry_of(info: Info, member_id: UUID, entry_id: UUID) -> Entry:
    """The entry that something else refers to; many are read together. Ask only for whom that something is hers."""
    row = await info.context.load(_rows, (member_id, entry_id))
    assert row is not None, "an entry is never removed"
    return entry_view(row)


@strawberry.type
class HistoryFragment(MemberEdge):
    @strawberry.field(
        description="Her history, newest first, back to her first entry. 1 to 50 at a time. What is asked for together "
        "must all fit: `kind` or `kinds`, `direction` (points gained or lost), the days it was posted on (both "
        "included, in the programme's zone), `reference` (exactly)."
    )
    async def entries(
        self,
        *,
        first: int | None = 20,
        after: str | None = None,
        kind: EntryKind | None = None,
        kinds: list[EntryKind] | None = None,
        direction: Direction | None = None,
        from_day: Annotated[date | None, strawberry.argument(name="from")] = None,
        to_day: Annotated[date | None, strawberry.argument(name="to")] = None,
        reference: str | None = None,
    ) -> Connection[Entry]:
        async def fetch(position: tuple[int] | None, count: int) -> list[tuple[tuple[int], Entry]]:
            async with db.read() as session:
                start, end = period(await terms.in_force(session), from_day, to_day)
                wanted = Wanted(kinds=asked, direction=direction, start=start, end=end, reference=reference)
                below = position and position[0]
                rows = await newest_first(session, self.member_id, wanted, count, below=below)
            return [((row.seq,), entry_view(row)) for row in rows]

        asked = kinds if kind is None else [kind] if kinds is None or kind in kinds else []
        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(int,))


def period(programme: Terms, first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """Days, both included, as instants, the second excluded. A day beyond the calendar is a BAD_USER_INPUT error."""
    try:
        start = None if first is None else programme.start_of(first)
        return start, None if last is None else programme.start_of(last + timedelta(days=1))
    except OverflowError:
        raise InvalidInput("to", "The calendar ends before that day.") from None


@node_from("Entry")
async def _entry(info: Info, entry_id: UUID) -> Entry | None:
    member_id = info.context.identity.member_id
    if member_id is None:
        return None
    async with db.read() as session:
        found = await session.get(models.Entry, (member_id, entry_id))
    return entry_view(found) if found else None


async def _rows(wanted: list[tuple[UUID, UUID]]) -> Sequence[Any]:
    query = select(ENTRY).where(tuple_(ENTRY.c.member_id, ENTRY.c.entry_id).in_(wanted))
    async with db.read() as session:
        rows = await (await session.connection()).execute(query)
    found = {(row.member_id, row.entry_id): row for row in rows}
    return [found.get(key) for key in wanted]
