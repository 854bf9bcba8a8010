"""Opening a round: what is drawn, how likely, for how long; published before it opens, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import draw_cost, fair_draw, pooling, published_terms, sealed_draws, spending
from backend.games.draw_cost import Valued
from backend.games.fair_draw import PRIZES_MAX, WEIGHT_MAX, SoldOutRule
from backend.games.models_draws import DrawPool, DrawPrize, DrawRound, PrizeKind
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.ledger import chain
from backend.ledger.book import KeyReused
from backend.ledger.payments import FEN_PER_YUAN
from backend.programme import terms
from backend.programme.draw_terms import DrawTerms
from backend.programme.terms import Terms
from backend.rewards import catalogue, prizes

PIECES_MAX = 1_000_000
THANKS = {"zh_cn": "谢谢参与", "en": "Thank you for playing"}


class PrizeTooValuable(Refused):
    """One of these prizes is worth more than any prize may be."""

    def __init__(self, value_minor: int, maximum_minor: int) -> None:
        super().__init__()
        self.value_minor, self.maximum_minor = value_minor, maximum_minor


class DrawsTooCostly(Refused):
    """A draw would give away more on average than the programme allows for its price."""

    def __init__(self, expected_minor: int, maximum_minor: int) -> None:
        super().__init__()
        self.expected_minor, self.maximum_minor = expected_minor, maximum_minor


@dataclass(frozen=True)
class Promised:
    """A prize as an operator asks for it: a reward, points, or neither. `pieces`: None for the last one alone."""

    weight: int
    pieces: int | None = None
    reward_id: UUID | None = None
    points: int = 0


async def open_draw_round(
    session: AsyncSession,
    *,
    key: UUID,
    pool_id: UUID,
    opens_at: datetime,
    closes_at: datetime,
    rule: SoldOutRule,
    promised: Sequence[Promised],
) -> Done[DrawRound]:
    """Publish a round that opens at `opens_at`; `key` becomes its id. Its seed is made now, sealed, and committed to.

    The prizes are listed from the most to the least valuable; the last one never runs out and is worth less than a
    draw. Rewards are set aside. The same key again returns the round as it stands. Raises NotFound, KeyReused,
    InvalidInput, OutOfStock, PrizeTooValuable, DrawsTooCostly, PoolBudgetExceeded.
    """
    request_hash = chain.digest(_request(pool_id, opens_at, closes_at, rule, promised))
    pool, in_force = await pooling.locked(session, pool_id), await terms.in_force(session)
    if (first := await session.get(DrawRound, key)) is not None:
        if first.request_hash != request_hash:
            raise KeyReused
        return Done(first, replayed=True)
    last = await newest(session, pool_id)
    _check_times(opens_at, closes_at, last, in_force.draws)
    rows = await _prizes(session, key, promised, in_force)
    _check_prizes(rows, pool, in_force)
    await _check_budget(session, rows, pool)
    asked: dict[str, Any] = {
        "rule": rule.value,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "request_hash": request_hash,
    }
    number = last.number + 1 if last else 1
    drawn_round = DrawRound(id=key, pool_id=pool_id, number=number, **asked, **_committed(key, pool.points))
    drawn_round.terms = published_terms.text(pool, drawn_round, rows)
    session.add_all([drawn_round, *rows])
    await session.flush()
    await _set_aside(session, rows)
    return Done(drawn_round)


async def newest(session: AsyncSession, pool_id: UUID) -> DrawRound | None:
    """The pool's last round there is, whether it has opened or not."""
    query = select(DrawRound).where(DrawRound.pool_id == pool_id).order_by(col(DrawRound.number).desc()).limit(1)
    return (await session.exec(query)).first()


async def current(session: AsyncSession, pool_id: UUID) -> DrawRound | None:
    """What the pool shows: the round that is open, else the next one to open, else the last one there was."""
    moment, of_pool = clock.now(), select(DrawRound).where(DrawRound.pool_id == pool_id)
    ahead = of_pool.where(col(DrawRound.closed_at).is_(None), col(DrawRound.closes_at) > moment)
    first = (await session.exec(ahead.order_by(col(DrawRound.number)).limit(1))).first()
    return first or await newest(session, pool_id)


async def last_revealed(session: AsyncSession, pool_id: UUID) -> DrawRound | None:
    """The pool's last round that anyone can check."""
    revealed = select(DrawRound).where(DrawRound.pool_id == pool_id, col(DrawRound.revealed_at).is_not(None))
    return (await session.exec(revealed.order_by(col(DrawRound.number).desc()).limit(1))).first()


def _committed(round_id: UUID, points: int) -> dict[str, Any]:
    # The seed is made before anyone's draw id, and from here on its hash holds the programme to it.
    seed = sealed_draws.new_seed()
    return {
        "terms": "",
        "commitment": fair_draw.commitment(seed),
        "seed_sealed": sealed_draws.sealed(round_id, seed),
        "points": points,
        "created_at": clock.now(),
    }


def _request(
    pool_id: UUID, opens_at: datetime, closes_at: datetime, rule: SoldOutRule, promised: Sequence[Promised]
) -> Mapping[str, Any]:
    times = [clock.microseconds(moment) for moment in (opens_at, closes_at)]
    listed = [[one.weight, one.pieces, str(one.reward_id or ""), one.points] for one in promised]
    return {"pool": str(pool_id), "times": times, "rule": rule.value, "prizes": listed}


def _check_times(opens_at: datetime, closes_at: datetime, last: DrawRound | None, in_force: DrawTerms) -> None:
    earliest = clock.now() + timedelta(minutes=in_force.notice_minutes)
    if opens_at < earliest:
        raise InvalidInput("opensAt", f"A round is published {in_force.notice_minutes} minutes before it opens.")
    if not opens_at < closes_at <= opens_at + timedelta(days=in_force.round_days_max):
        raise InvalidInput("closesAt", f"After it opens, and within {in_force.round_days_max} days.")
    if last is not None and opens_at < (last.closed_at or last.closes_at):
        raise InvalidInput("opensAt", "The round before it is not over by then.")


async def _prizes(
    session: AsyncSession, round_id: UUID, promised: Sequence[Promised], in_force: Terms
) -> list[DrawPrize]:
    if not 2 <= len(promised) <= PRIZES_MAX:
        raise InvalidInput("prizes", f"Between 2 and {PRIZES_MAX} prizes.")
    return [await _prize(session, round_id, place, one, in_force) for place, one in enumerate(promised)]


async def _prize(session: AsyncSession, round_id: UUID, place: int, one: Promised, in_force: Terms) -> DrawPrize:
    if (one.reward_id is not None and one.points) or one.points < 0:
        raise InvalidInput("prizes", "A prize is a reward, or points, or a thank-you.")
    if not 0 < one.weight <= WEIGHT_MAX or (one.pieces is not None and not 0 < one.pieces <= PIECES_MAX):
        raise InvalidInput("prizes", f"Weights from 1 to {WEIGHT_MAX}, pieces from 1 to {PIECES_MAX}.")
    kind, name, value_minor = PrizeKind.NOTHING, THANKS, 0
    if one.points:
        kind, value_minor = PrizeKind.POINTS, worth_minor(one.points, in_force)
        name = {"zh_cn": f"{one.points} 积分", "en": f"{one.points} points"}
    if one.reward_id is not None:
        reward = await catalogue.find(session, one.reward_id)
        worth = reward.value_minor if reward.value_minor is not None else worth_minor(reward.points, in_force)
        kind, name, value_minor = PrizeKind.REWARD, dict(reward.name), worth
    return DrawPrize(
        round_id=round_id,
        place=place,
        kind=kind.value,
        name=name,
        reward_id=one.reward_id,
        points=one.points,
        value_minor=value_minor,
        weight=one.weight,
        pieces=one.pieces,
        left=one.pieces,
    )


def worth_minor(points: int, in_force: Terms) -> int:
    """What points are worth at the reference value, rounded up: a cost is never thought too small."""
    return -(-points * FEN_PER_YUAN // in_force.points_per_yuan)


def _check_prizes(rows: Sequence[DrawPrize], pool: DrawPool, in_force: Terms) -> None:
    *pieces, last = [row.pieces for row in rows]
    if last is not None or None in pieces or rows[-1].kind == PrizeKind.REWARD or rows[-1].points >= pool.points:
        raise InvalidInput("prizes", "The last prize, and no other, never runs out: fewer points than a draw, or none.")
    values = [row.value_minor for row in rows]
    if values != sorted(values, reverse=True) or any(row.kind == PrizeKind.NOTHING for row in rows[:-1]):
        raise InvalidInput("prizes", "From the most to the least valuable; a thank-you comes last.")
    if values[0] > in_force.draws.prize_value_max_minor:
        raise PrizeTooValuable(values[0], in_force.draws.prize_value_max_minor)
    price = Fraction(pool.points * FEN_PER_YUAN, in_force.points_per_yuan)
    allowed, expected = price * in_force.draws.expected_cost_max_bp / 10_000, draw_cost.expected_minor(_valued(rows))
    if expected > allowed:
        raise DrawsTooCostly(-(-expected.numerator // expected.denominator), int(allowed))


async def _check_budget(session: AsyncSession, rows: Sequence[DrawPrize], pool: DrawPool) -> None:
    worst_case = await spending.promised_minor(session, pool.id) + draw_cost.worst_case_minor(_valued(rows))
    if worst_case > pool.budget_minor:
        raise pooling.PoolBudgetExceeded(worst_case, pool.budget_minor)


def _valued(rows: Sequence[DrawPrize]) -> list[Valued]:
    return [Valued(row.weight, row.pieces, row.value_minor) for row in rows]


async def _set_aside(session: AsyncSession, rows: Sequence[DrawPrize]) -> None:
    rewards = [(await catalogue.find(session, row.reward_id), row.pieces) for row in rows if row.reward_id is not None]
    for reward, pieces in sorted(rewards, key=lambda one: one[0].sku):
        assert pieces is not None
        await prizes.set_aside(session, reward.sku, pieces)
