"""Earning on the wire: the rules for everyone, their versions and the incoming events for operators."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from pydantic import ValidationError
from sqlalchemy import literal, select, tuple_

from backend.earning import clawing_back, expressions, rules, saving_rules
from backend.earning.models import IncomingEvent as IncomingEventRow, RuleVersion
from backend.kit import clock, db
from backend.kit.columns import Moment as MomentColumn, table_of
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    OPERATOR_PAGE_MAX,
    Connection,
    Info,
    Locale,
    LocalizedTextInput,
    Moment,
    Points,
    Refusal,
    from_global_id,
    operator_of,
    page,
    perform_audited,
    refusal,
    refusal_of,
    say,
)
from backend.ledger.graphql import AccountPayload
from backend.ledger.looking import at_account
from backend.programme.text import Text

EVENT = table_of(IncomingEventRow)
NEWEST_FIRST = (EVENT.c.received_at, EVENT.c.source, EVENT.c.event_id)


@refusal(saving_rules.RateOutOfBounds)
class RateOutOfBounds(Refusal):
    points_per_yuan: float = strawberry.field(description="What the base would give for one yuan.")


@refusal(expressions.BadExpression)
class BadExpression(Refusal):
    expression: str = strawberry.field(description="The expression as it was given; the message says what is wrong.")

    @classmethod
    def of(cls, refused: expressions.BadExpression) -> Self:
        """The refusal as data."""
        return cls(code=refused.code, message=str(refused), expression=refused.field)


@refusal(clawing_back.NothingToClawBack)
class NothingToClawBack(Refusal):
    left: Points = strawberry.field(description="How many points of it can still be clawed back.")


@strawberry.input(description="Which earning to take back, and why.")
class ClawBackEarningInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same act.")
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    entry_id: strawberry.ID = strawberry.field(description="The earning's entry.")
    points: Points | None = strawberry.field(default=None, description="How many; null: whatever is left of it.")
    reason: str = strawberry.field(description="1 to 500 characters, kept in the account's history where she reads it.")


@strawberry.type(description="One version of an earning rule.")
class EarningRule:
    row: strawberry.Private[RuleVersion]

    @strawberry.field(description="The same in every version.")
    def code(self) -> str:
        return self.row.code

    @strawberry.field(description="1, 2, 3 …; entries name the version that decided.")
    def version(self) -> int:
        return self.row.version

    @strawberry.field(description="A short name.")
    def title(self, locale: Locale) -> str:
        return say(Text.model_validate(self.row.title), locale)

    @strawberry.field(description="What it does, in plain words.")
    def explanation(self, locale: Locale) -> str:
        return say(Text.model_validate(self.row.explanation), locale)

    @strawberry.field(description="It decides about what happens from then on, until the next version's moment.")
    def effective_from(self) -> Moment:
        return self.row.effective_from

    @strawberry.field(description="When it applies: a CEL expression that gives a bool.")
    def condition(self) -> str:
        return self.row.condition

    @strawberry.field(description="Points before the factors: a CEL expression that gives an int.")
    def base(self) -> str:
        return self.row.base


@strawberry.type
class ProgrammeFragment:
    @strawberry.field(description="The earning rules in force now, by code.")
    async def earning_rules(self) -> list[EarningRule]:
        async with db.read() as session:
            found = (await rules.rulebook(session)).in_force(clock.now())
        return [EarningRule(row=row) for row in found]


@strawberry.input(description="A multiplier of a rule.")
class RuleFactorInput:
    code: str = strawberry.field(description="For programs, unique within the rule: TIER, FIRST_ORDER …")
    label: LocalizedTextInput = strawberry.field(description="Its name for people.")
    multiplier: str = strawberry.field(
        description="A CEL expression that gives a double; 1.0 leaves things as they are."
    )


@strawberry.input(
    description="The next version of a rule. Expressions know order.total_minor, order.currency, order.source, "
    "order.weekday, order.day_of_month, member.orders_before, tier.code and tier.earn_multiplier."
)
class SaveRuleVersionInput:
    idempotency_key: UUID = strawberry.field(description="Made by the caller; the same one again is the same version.")
    code: str = strawberry.field(description="The rule; a new code is a new rule. Letters, digits, underscores.")
    title: LocalizedTextInput = strawberry.field(description="A short name.")
    explanation: LocalizedTextInput = strawberry.field(description="What it does, in plain words.")
    condition: str = strawberry.field(description="When it applies: a CEL expression that gives a bool.")
    base: str = strawberry.field(description="Points before the factors: a CEL expression that gives an int.")
    factors: list[RuleFactorInput] = strawberry.field(description="Multipliers in the order applied; at most 8.")
    cap_points: Points | None = strawberry.field(
        default=None, description="At most so many points an order; null: no cap."
    )
    effective_from: Moment | None = strawberry.field(
        default=None, description="From when on; null: now. Never earlier."
    )
    reason: str | None = strawberry.field(
        default=None, description="Needed when the base gives less than 1 or more than 3 points for a yuan."
    )


@strawberry.type(description="The version made, or why none was.")
class RuleVersionPayload:
    refusal: Refusal | None = strawberry.field(description="Why not; null when it is saved.")
    replayed: bool = strawberry.field(description="The key had been used: nothing happened now.")
    rule: EarningRule | None = strawberry.field(description="The version; null when refused.")


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="For operators. Make the next version of an earning rule. Refused as BAD_EXPRESSION, "
        "RATE_OUT_OF_BOUNDS, INVALID_INPUT or KEY_REUSED."
    )
    async def save_rule_version(self, info: Info, input: SaveRuleVersionInput) -> RuleVersionPayload:  # noqa: A002
        saved_by = operator_of(info)
        try:
            texts = {"title": _text(input.title, "title"), "explanation": _text(input.explanation, "explanation")}
            factors = [_factor(factor) for factor in input.factors]
        except InvalidInput as invalid:
            return RuleVersionPayload(refusal=refusal_of(invalid), replayed=False, rule=None)
        outcome = await perform_audited(
            info,
            saving_rules.at_rule(input.code),
            saving_rules.save_rule_version,
            key=input.idempotency_key,
            code=input.code,
            condition=input.condition,
            base=input.base,
            factors=factors,
            cap_points=input.cap_points,
            effective_from=input.effective_from,
            reason=input.reason,
            saved_by=saved_by,
            **texts,
        )
        rule = EarningRule(row=outcome.value) if outcome.value else None
        return RuleVersionPayload(refusal=outcome.refusal, replayed=outcome.replayed, rule=rule)

    @strawberry.mutation(
        description="For operators. Take back an earning, spent or not: what is missing becomes a debt that later "
        "earnings repay. What an order earned stays that much lower, whatever its rules say later."
    )
    async def claw_back_earning(self, info: Info, input: ClawBackEarningInput) -> AccountPayload:  # noqa: A002
        member_id = from_global_id("Member", input.member_id, field="memberId")
        outcome = await perform_audited(
            info,
            at_account(member_id),
            clawing_back.claw_back_earning,
            key=input.idempotency_key,
            member_id=member_id,
            entry_id=from_global_id("Entry", input.entry_id, field="entryId"),
            points=input.points,
            reason=input.reason,
            actor=f"operator:{operator_of(info)}",
        )
        return AccountPayload(member_id=member_id, refusal=outcome.refusal, replayed=outcome.replayed)


@strawberry.type(description="An event as a source sent it, counted or only kept.")
class IncomingEvent:
    id: strawberry.ID = strawberry.field(description="The source and its own id of the event, joined by a colon.")
    source: str = strawberry.field(description="Who sent it.")
    type: str = strawberry.field(description="What it is: order.paid …")
    occurred_at: Moment = strawberry.field(description="When it happened, as the source says.")
    received_at: Moment = strawberry.field(description="When it was taken in.")
    subject: str | None = strawberry.field(description="The member it is about, as the source calls her.")


@strawberry.type
class OperatorFragment:
    @strawberry.field(description="Events taken in, newest first. 1 to 100 at a time.")
    async def incoming_events(self, first: int | None = 20, after: str | None = None) -> Connection[IncomingEvent]:
        return await page(first, after, OPERATOR_PAGE_MAX, _events, by=(datetime, str, str))


async def _events(position: tuple[Any, ...] | None, count: int) -> Sequence[tuple[tuple[Any, ...], IncomingEvent]]:
    columns = (*NEWEST_FIRST, EVENT.c.type, EVENT.c.occurred_at, EVENT.c.subject)
    query = select(*columns).order_by(*(column.desc() for column in NEWEST_FIRST)).limit(count)
    if position is not None:
        received_at, source, event_id = position
        query = query.where(tuple_(*NEWEST_FIRST) < tuple_(literal(received_at, MomentColumn), source, event_id))
    async with db.read() as session:
        rows = (await (await session.connection()).execute(query)).all()
    return [((row.received_at, row.source, row.event_id), _event_view(row)) for row in rows]


def _event_view(row: Any) -> IncomingEvent:
    return IncomingEvent(
        id=strawberry.ID(f"{row.source}:{row.event_id}"),
        source=row.source,
        type=row.type,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        subject=row.subject or None,
    )


def _factor(given: RuleFactorInput) -> dict[str, Any]:
    return {"code": given.code, "label": _text(given.label, "factors").model_dump(), "multiplier": given.multiplier}


def _text(given: LocalizedTextInput, field: str) -> Text:
    try:
        return Text(**given.words())
    except ValidationError:
        raise InvalidInput(field, "A text has 1 to 2000 characters in each language.") from None
