"""The books on the wire: what a member has, until when, and why each movement happened."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import select

from backend.kit import clock, db
from backend.kit.columns import table_of
from backend.kit.graphql import (
    MEMBER_PAGE_MAX,
    Connection,
    Info,
    Locale,
    Moment,
    Money,
    Node,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    global_id,
    how_many,
    node_from,
    operator_of,
    page,
    perform,
    refusal,
    say,
)
from backend.ledger import book, freezing, lots, models, posting, why
from backend.ledger.models import EntryKind
from backend.members.graphql import MemberEdge, MemberRef
from backend.programme import terms
from backend.programme.terms import Terms, days_left

ACCOUNT, LOT, ENTRY = table_of(models.Account), table_of(models.Lot), table_of(models.Entry)
FEN_PER_YUAN = 100
BASIS_POINTS = 10_000

strawberry.enum(
    EntryKind, description="What a movement is. More kinds may come: show one you do not know by its `why`."
)


@refusal(posting.InsufficientPoints)
class InsufficientPoints(Refusal):
    missing: Points = strawberry.field(description="How many points more it takes.")


@refusal(book.AccountFrozen)
class AccountFrozen(Refusal):
    pass


@refusal(book.KeyReused)
class KeyReused(Refusal):
    pass


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


def entry_view(row: Any) -> Entry:
    """An entry, as model or as row, as the wire shows it."""
    return Entry(
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


@strawberry.type(description="Points that expire together.")
class ExpiringPoints:
    points: Points = strawberry.field(description="How many, if none are burned before.")
    expires_at: Moment = strawberry.field(description="The first instant at which they are gone.")
    days_left: int = strawberry.field(description="Whole days until then, rounded up: 1 on the last day.")


@strawberry.type(description="One earning, with its own expiry. Burns take the earliest to expire first.")
class Lot:
    id: strawberry.ID = strawberry.field(description="The id of the entry that earned it.")
    earned: Points = strawberry.field(description="Points it came with, corrections included.")
    available: Points = strawberry.field(description="Points of it that can be burned now.")
    expires_at: Moment | None = strawberry.field(description="The first instant at which they are gone; null: never.")
    earned_at: Moment = strawberry.field(description="When what it was earned for happened.")


@dataclass(frozen=True)
class Holding:
    """What a member holds, read in one go. `alive`: lots that can be burned, the earliest to expire first."""

    account: Any
    alive: Sequence[Any]
    programme: Terms

    @property
    def available(self) -> int:
        """Points that can be burned now: a lot dies at its expiry, swept or not."""
        return sum(lot.available for lot in self.alive)


@strawberry.type(description="What a member has, in points.")
class PointsBalance:
    holding: strawberry.Private[Holding]
    available: Points = strawberry.field(description="Can be burned now.")
    held: Points = strawberry.field(description="Reserved for something under way; neither burned nor available.")
    pending: Points = strawberry.field(description="Earned but not released yet.")
    debt: Points = strawberry.field(description="Owed after a correction; the next earnings repay it first.")
    frozen: bool = strawberry.field(description="True: everything can be seen, nothing can be moved.")
    expiring: ExpiringPoints | None = strawberry.field(
        description="What expires next, if that is within the programme's first warning (`warningDays`)."
    )
    value_minor: int = strawberry.field(
        description="What the available points are worth at the reference value, in minor units, rounded down."
    )

    @strawberry.field(description="Lots with points available, the earliest to expire first. At most 50.")
    def lots(self, first: int | None = 20) -> list[Lot]:
        alive = [lot for lot in self.holding.alive if lot.available]
        return [_lot_view(lot) for lot in alive[: how_many(first, MEMBER_PAGE_MAX)]]


@strawberry.type
class MemberFragment(MemberEdge):
    @strawberry.field(description="What she has.")
    async def points(self, info: Info) -> PointsBalance:
        return _balance(await info.context.load(holdings, self.member_id))

    @strawberry.field(description="Her history, newest first. 1 to 50 at a time; `kind` shows one kind only.")
    async def entries(
        self, first: int | None = 20, after: str | None = None, kind: EntryKind | None = None
    ) -> Connection[Entry]:
        async def fetch(position: tuple[int] | None, count: int) -> list[tuple[tuple[int], Entry]]:
            rows = await _entries(self.member_id, position, count, kind)
            return [((row.seq,), entry_view(row)) for row in rows]

        return await page(first, after, MEMBER_PAGE_MAX, fetch, by=(int,))


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
class Mutation:
    @strawberry.mutation(
        description="For operators. Let an account move nothing; it still earns. A second freeze notes its reason."
    )
    async def freeze_account(self, info: Info, input: FreezeAccountInput) -> AccountPayload:  # noqa: A002
        return await _act_on_account(freezing.freeze_account, info, input)

    @strawberry.mutation(description="For operators. Let a frozen account move again.")
    async def unfreeze_account(self, info: Info, input: FreezeAccountInput) -> AccountPayload:  # noqa: A002
        return await _act_on_account(freezing.unfreeze_account, info, input)


@node_from("Entry")
async def _entry(info: Info, entry_id: UUID) -> Entry | None:
    member_id = info.context.identity.member_id
    if member_id is None:
        return None
    async with db.read() as session:
        found = await session.get(models.Entry, (member_id, entry_id))
    return entry_view(found) if found else None


async def holdings(member_ids: list[UUID]) -> list[Holding]:
    """What each of the members holds: one statement for accounts, one for open lots."""
    moment, alive = clock.now(), defaultdict(list)
    async with db.read() as session:
        programme, connection = await terms.in_force(session), await session.connection()
        accounts = await connection.execute(select(ACCOUNT).where(ACCOUNT.c.member_id.in_(member_ids)))
        known = {row.member_id: row for row in accounts}
        for lot in await connection.execute(select(LOT).where(LOT.c.member_id.in_(member_ids), LOT.c.open)):
            if lot.expires_at is None or lot.expires_at > moment:
                alive[lot.member_id].append(lot)
    return [
        Holding(known.get(one) or models.Account(member_id=one), sorted(alive[one], key=_first_to_expire), programme)
        for one in member_ids
    ]


async def _entries(member_id: UUID, position: tuple[int] | None, count: int, kind: EntryKind | None) -> Sequence[Any]:
    query = select(ENTRY).where(ENTRY.c.member_id == member_id).order_by(ENTRY.c.seq.desc()).limit(count)
    if position is not None:
        query = query.where(ENTRY.c.seq < position[0])
    if kind is not None:
        query = query.where(ENTRY.c.kind == kind.value)
    async with db.read() as session:
        return (await (await session.connection()).execute(query)).all()


def _balance(holding: Holding) -> PointsBalance:
    account = holding.account
    return PointsBalance(
        holding=holding,
        available=holding.available,
        held=account.held,
        pending=account.pending,
        debt=account.debt,
        frozen=account.frozen_at is not None,
        expiring=_expiring(holding),
        value_minor=holding.available * FEN_PER_YUAN // holding.programme.points_per_yuan,
    )


def _expiring(holding: Holding) -> ExpiringPoints | None:
    moment, dated = clock.now(), [lot for lot in holding.alive if lot.available and lot.expires_at is not None]
    within = moment + timedelta(days=max(holding.programme.warning_days, default=0))
    if not dated or dated[0].expires_at > within:
        return None
    soonest = dated[0].expires_at
    points = sum(lot.available for lot in dated if lot.expires_at == soonest)
    return ExpiringPoints(points=points, expires_at=soonest, days_left=days_left(soonest, moment))


def _first_to_expire(lot: Any) -> Any:
    return lot.expires_at or lots.NEVER, lot.lot_id


def _lot_view(lot: Any) -> Lot:
    return Lot(
        id=global_id("Entry", lot.lot_id),
        earned=lot.earned,
        available=lot.available,
        expires_at=lot.expires_at,
        earned_at=lot.earned_at,
    )


async def _act_on_account(verb: Any, info: Info, given: FreezeAccountInput) -> AccountPayload:
    actor = f"operator:{operator_of(info)}"
    member_id = from_global_id("Member", given.member_id, field="memberId")
    outcome: Outcome[Any] = await perform(
        verb, key=given.idempotency_key, member_id=member_id, reason=given.reason, actor=actor
    )
    return AccountPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed)
