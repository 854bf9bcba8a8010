"""Drawing, and what operators do about pools and rounds."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import closing_draws, drawing, looking_draws, models_draws, pooling, rounds
from backend.games.fair_draw import SoldOutRule
from backend.games.graphql.draws import Draw, DrawPool, DrawRound, draw_view, pool_view, round_view
from backend.games.models_draws import PoolKind
from backend.games.rounds import Promised
from backend.kit import db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput
from backend.kit.graphql import (
    Info,
    LocalizedTextInput,
    MinorUnits,
    Moment,
    Outcome,
    Points,
    Refusal,
    assembled,
    from_global_id,
    member_of,
    operator_of,
    perform_audited,
    perform_in_line,
    refusal,
    refusal_of,
)
from backend.members.graphql import MemberRef

WHY_NOT = "Why nothing happened; null when it did."
REPLAYED = "True: this had been done before and nothing happened now."
KEY = "Made by whoever acts; the same one again is the same act. A refusal does not use it up."
strawberry.enum(
    SoldOutRule, description="What comes instead of a prize that has run out: the next one left, or the last."
)


@refusal(drawing.DrawRoundClosed)
class DrawRoundClosed(Refusal):
    pass


@refusal(drawing.DrawLimitReached)
class DrawLimitReached(Refusal):
    limit: int = strawberry.field(description="Draws from this pool in one week.")
    resets_at: Moment = strawberry.field(description="When the next week begins.")


@refusal(drawing.CoolingDown)
class CoolingDown(Refusal):
    until: Moment = strawberry.field(description="From when she may draw again.")


@refusal(pooling.PoolBudgetExceeded)
class PoolBudgetExceeded(Refusal):
    worst_case_minor: MinorUnits = strawberry.field(description="What all its prizes could come to.")
    budget_minor: MinorUnits = strawberry.field(description="What they may.")


@refusal(rounds.PrizeTooValuable)
class PrizeTooValuable(Refusal):
    value_minor: MinorUnits = strawberry.field(description="What the most valuable one is worth.")
    maximum_minor: MinorUnits = strawberry.field(description="What a prize may be worth.")


@refusal(rounds.DrawsTooCostly)
class DrawsTooCostly(Refusal):
    expected_minor: MinorUnits = strawberry.field(description="What a draw would give away on average, rounded up.")
    maximum_minor: MinorUnits = strawberry.field(description="What it may.")


@strawberry.input(description="One draw for the member who is signed in.")
class DrawInput:
    pool_id: strawberry.ID = strawberry.field(description="The pool.")
    draw_id: UUID = strawberry.field(
        description="Made on her phone, at random, and part of what decides the prize; the same one again is the same "
        "draw and returns the first result."
    )
    expected_points: Points | None = strawberry.field(
        default=None, description="The price she was shown: at any other one nothing happens. Null: whatever it costs."
    )
    round_id: strawberry.ID | None = strawberry.field(
        default=None, description="The round whose odds she was shown: in any other one nothing happens. Null: any."
    )


@strawberry.type(description="The draw, or why not; pool and member as they now stand, either way.")
class DrawPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    draw: Draw | None = strawberry.field(description="Null when refused.")
    pool: DrawPool | None = strawberry.field(description="Null when there is none with this id.")
    member: MemberRef = strawberry.field(description="She who drew.")


@strawberry.input(description="A new pool.")
class CreateDrawPoolInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    code: str = strawberry.field(description="1 to 40 of A-Z, 0-9 and hyphens; unique, for ever.")
    kind: PoolKind = strawberry.field(description="How it is shown.")
    title: LocalizedTextInput = strawberry.field(description="What it is called.")
    points: Points = strawberry.field(description="What one draw costs, 1 to 1,000,000; for ever.")
    budget_minor: MinorUnits = strawberry.field(description="All its rounds together never give away more than this.")
    weekly_limit: int | None = strawberry.field(
        default=None, description="Draws of one member in one week; null: as the programme's terms say."
    )


@strawberry.input(description="Another budget.")
class ChangeDrawBudgetInput:
    pool_id: strawberry.ID = strawberry.field(description="The pool.")
    budget_minor: MinorUnits = strawberry.field(description="Not below what was given away or promised already.")


@strawberry.input(description="A prize: a reward, or points, or neither, which is a thank-you.")
class DrawPrizeInput:
    weight: int = strawberry.field(description="Its chance is this among the sum of all weights; 1 to 100,000,000.")
    pieces: int | None = strawberry.field(
        default=None, description="How many; null for the last prize, and only there."
    )
    reward_id: strawberry.ID | None = strawberry.field(
        default=None, description="The reward; its pieces are set aside."
    )
    points: Points = strawberry.field(default=0, description="What a prize of points gives.")


@strawberry.input(description="A round to publish.")
class OpenDrawRoundInput:
    idempotency_key: UUID = strawberry.field(description=KEY)
    pool_id: strawberry.ID = strawberry.field(description="The pool; its round before must be over by then.")
    opens_at: Moment = strawberry.field(description="From when one may draw; published a while before, as terms say.")
    closes_at: Moment = strawberry.field(description="Until when at the latest.")
    rule: SoldOutRule = strawberry.field(description="What comes instead of a prize that has run out.")
    prizes: list[DrawPrizeInput] = strawberry.field(
        description="2 to 20, from the most to the least valuable; the last one is worth less than a draw."
    )


@strawberry.input(description="A round to close before its time.")
class CloseDrawRoundInput:
    id: strawberry.ID = strawberry.field(description="The round.")


@strawberry.type(description="The pool as it now stands, or why nothing changed.")
class DrawPoolPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    pool: DrawPool | None = strawberry.field(description="Null when refused.")


@strawberry.type(description="The round as it now stands, or why nothing changed.")
class DrawRoundPayload:
    refusal: Refusal | None = strawberry.field(description=WHY_NOT)
    replayed: bool = strawberry.field(description=REPLAYED)
    round: DrawRound | None = strawberry.field(description="Null when refused.")


@strawberry.type
class DrawsMutation:
    @strawberry.mutation(
        description="Burn the price of one draw and get what it comes to. The same draw id returns the first result. "
        "Refused as DRAW_ROUND_CLOSED, PRICE_CHANGED, DRAW_LIMIT_REACHED, COOLING_DOWN, INSUFFICIENT_POINTS, "
        "ACCOUNT_FROZEN, NOT_ENROLLED, KEY_REUSED, NOT_FOUND."
    )
    async def draw(self, info: Info, input: DrawInput) -> DrawPayload:  # noqa: A002  the contract's word
        member_id = member_of(info)
        outcome = await _draw(input, member_id)
        return DrawPayload(
            refusal=outcome.refusal,
            replayed=outcome.replayed,
            draw=None if outcome.value is None else draw_view(outcome.value),
            pool=await _pool(input.pool_id),
            member=assembled("Member")(member_id=member_id),
        )

    @strawberry.mutation(description="For operators. Make a pool to draw from; the same key returns it as it stands.")
    async def create_draw_pool(self, info: Info, input: CreateDrawPoolInput) -> DrawPoolPayload:  # noqa: A002
        asked = vars(input) | {"title": input.title.words()}
        key = asked.pop("idempotency_key")
        subject = looking_draws.at_pool(key)
        return _pool_payload(await perform_audited(info, subject, pooling.create_draw_pool, key=key, **asked))

    @strawberry.mutation(description="For operators. Change what a pool may give away; the same again does nothing.")
    async def change_draw_budget(self, info: Info, input: ChangeDrawBudgetInput) -> DrawPoolPayload:  # noqa: A002
        asked = {"budget_minor": input.budget_minor}
        return _pool_payload(await _on_pool(info, pooling.change_draw_budget, input.pool_id, **asked))

    @strawberry.mutation(
        description="For operators. Publish a round, its odds and the hash of its seed, before it opens; nothing of it "
        "changes after. Refused as POOL_BUDGET_EXCEEDED, DRAWS_TOO_COSTLY, PRIZE_TOO_VALUABLE, OUT_OF_STOCK."
    )
    async def open_draw_round(self, info: Info, input: OpenDrawRoundInput) -> DrawRoundPayload:  # noqa: A002
        operator_of(info)
        try:
            asked = _published(input)
        except InvalidInput as nonsense:
            return _round_payload(Outcome(refusal=refusal_of(nonsense)))
        subject = looking_draws.at_round(input.idempotency_key)
        return _round_payload(await perform_audited(info, subject, rounds.open_draw_round, **asked))

    @strawberry.mutation(
        description="For operators. Close a round now: its seed is revealed, unwon pieces go back. Again does nothing."
    )
    async def close_draw_round(self, info: Info, input: CloseDrawRoundInput) -> DrawRoundPayload:  # noqa: A002
        return _round_payload(await _on_round(info, closing_draws.close_draw_round, input.id))


async def _draw(asked: DrawInput, member_id: UUID) -> Outcome[models_draws.Draw]:
    # Ids are read inside the verb, so that nonsense is a refusal like any other.
    async def act(session: AsyncSession) -> Done[models_draws.Draw]:
        return await drawing.draw(
            session,
            draw_id=asked.draw_id,
            member_id=member_id,
            pool_id=from_global_id("DrawPool", asked.pool_id, field="poolId"),
            expected_points=asked.expected_points,
            round_id=from_global_id("DrawRound", asked.round_id, field="roundId") if asked.round_id else None,
        )

    # In a rush everybody wants the round's lock.
    return await perform_in_line(f"pool:{asked.pool_id}", act)


def _published(asked: OpenDrawRoundInput) -> dict[str, Any]:
    promised = [
        Promised(
            weight=one.weight,
            pieces=one.pieces,
            reward_id=from_global_id("Reward", one.reward_id, field="prizes") if one.reward_id else None,
            points=one.points,
        )
        for one in asked.prizes
    ]
    return {
        "key": asked.idempotency_key,
        "pool_id": from_global_id("DrawPool", asked.pool_id, field="poolId"),
        "opens_at": asked.opens_at,
        "closes_at": asked.closes_at,
        "rule": asked.rule,
        "promised": promised,
    }


async def _on_pool(
    info: Info, verb: Callable[..., Awaitable[Done[models_draws.DrawPool]]], wire_id: str, **asked: Any
) -> Outcome[models_draws.DrawPool]:
    operator_of(info)
    try:
        pool_id = from_global_id("DrawPool", wire_id, field="poolId")
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    return await perform_audited(info, looking_draws.at_pool(pool_id), verb, pool_id=pool_id, **asked)


async def _on_round(
    info: Info, verb: Callable[..., Awaitable[Done[models_draws.DrawRound]]], wire_id: str
) -> Outcome[models_draws.DrawRound]:
    operator_of(info)
    try:
        round_id = from_global_id("DrawRound", wire_id)
    except InvalidInput as nonsense:
        return Outcome(refusal=refusal_of(nonsense))
    return await perform_audited(info, looking_draws.at_round(round_id), verb, round_id=round_id)


def _pool_payload(outcome: Outcome[models_draws.DrawPool]) -> DrawPoolPayload:
    pool = None if outcome.value is None else pool_view(outcome.value)
    return DrawPoolPayload(refusal=outcome.refusal, replayed=outcome.replayed, pool=pool)


def _round_payload(outcome: Outcome[models_draws.DrawRound]) -> DrawRoundPayload:
    drawn_round = None if outcome.value is None else round_view(outcome.value)
    return DrawRoundPayload(refusal=outcome.refusal, replayed=outcome.replayed, round=drawn_round)


async def _pool(given: str) -> DrawPool | None:
    try:
        pool_id = from_global_id("DrawPool", given)
    except InvalidInput:
        return None
    async with db.read() as session:
        row = await session.get(models_draws.DrawPool, pool_id)
    return None if row is None else pool_view(row)
