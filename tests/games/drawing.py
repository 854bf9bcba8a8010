"""Pools with rounds that are open, made by the product's own verbs, with the clock moved by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from backend import schedule
from backend.games import closing_draws, drawing, pooling, rounds
from backend.games.fair_draw import SoldOutRule
from backend.games.models_draws import Draw, DrawPool, DrawPrize, DrawRound, PoolKind
from backend.games.rounds import Promised
from backend.kit import clock, db
from backend.kit.done import Done
from backend.rewards.models import Reward
from tests.builders import the_terms_become

WORDS = {"zh_cn": "青花盲盒", "en": "Porcelain box"}
THANKS = Promised(weight=1)


async def free_play(**differing: Any) -> None:
    """Terms under which rounds open at once, cost what they like, and nobody is ever asked to pause."""
    generous = {"notice_minutes": 0, "expected_cost_max_bp": 10_000_000, "cool_down_minutes": 0}
    await the_terms_become(draws={**generous, **differing})


async def a_pool(code: str = "BOX", **differing: Any) -> DrawPool:
    asked: dict[str, Any] = {"key": uuid4(), "kind": PoolKind.BLIND_BOX, "title": WORDS, "points": 50}
    asked |= {"budget_minor": 1_000_000, "weekly_limit": 1000, **differing}
    return (await db.transact(pooling.create_draw_pool, code=code, **asked)).value


def a_prize(reward: Reward, *, weight: int = 1, pieces: int = 3) -> Promised:
    return Promised(weight=weight, pieces=pieces, reward_id=reward.id)


async def a_round(pool: DrawPool, *promised: Promised, **differing: Any) -> DrawRound:
    """A round that opens in a minute and stays open for a day; `promised` ends with the last prize."""
    # Not sooner: on a busy machine the verb itself comes seconds later, and a round that had opened by then is refused.
    opens_at = clock.now() + timedelta(minutes=1)
    asked: dict[str, Any] = {"key": uuid4(), "opens_at": opens_at, "closes_at": opens_at + timedelta(days=1)}
    asked |= {"rule": SoldOutRule.NEXT_DOWN, "promised": promised, **differing}
    return (await db.transact(rounds.open_draw_round, pool_id=pool.id, **asked)).value


async def an_open_round(pool: DrawPool, *promised: Promised, **differing: Any) -> DrawRound:
    drawn_round = await a_round(pool, *promised, **differing)
    turn_to(drawn_round.opens_at + timedelta(seconds=1))
    return drawn_round


def turn_to(moment: datetime) -> None:
    """The mall's clock shows `moment` from now on."""
    clock.turn(timedelta(0))
    clock.turn(moment - clock.now())


async def draws(member_id: UUID, pool: DrawPool, draw_id: UUID | None = None, **more: Any) -> Done[Draw]:
    return await db.transact(drawing.draw, draw_id=draw_id or uuid4(), member_id=member_id, pool_id=pool.id, **more)


async def closes(drawn_round: DrawRound) -> Done[DrawRound]:
    return await db.transact(closing_draws.close_draw_round, round_id=drawn_round.id)


async def is_over_and_revealed(drawn_round: DrawRound) -> DrawRound:
    """The round is closed, the worker has passed by."""
    await closes(drawn_round)
    await schedule.reveal_seeds()
    return await as_it_stands(drawn_round)


async def as_it_stands(drawn_round: DrawRound) -> DrawRound:
    return await as_it_stands_by_id(drawn_round.id)


async def as_it_stands_by_id(round_id: UUID) -> DrawRound:
    async with db.read() as session:
        return await session.get_one(DrawRound, round_id)


async def prizes_of(drawn_round: DrawRound) -> Sequence[DrawPrize]:
    async with db.read() as session:
        return await drawing.prizes_of(session, drawn_round.id)


async def made_in(drawn_round: DrawRound) -> Sequence[Draw]:
    """Its draws in the order of their numbers."""
    async with db.read() as session:
        query = select(Draw).where(Draw.round_id == drawn_round.id).order_by(col(Draw.number))
        return (await session.exec(query)).all()
