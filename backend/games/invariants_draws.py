"""What must always hold of draws: seeds as committed, terms as published, every prize as it computes again."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import closing_draws, drawing, fair_draw, published_terms, sealed_draws
from backend.games.fair_draw import SoldOutRule
from backend.games.models_draws import Draw, DrawPool, DrawPrize, DrawRound, PrizeKind
from backend.kit import clock, promises
from backend.kit.columns import table_of
from backend.kit.crypto import SealBroken
from backend.ledger.models import Entry, EntryKind
from backend.programme import terms
from backend.rewards.models import Redemption

NONE = UUID(int=0)
DRAW, PRIZE, ENTRY, REDEMPTION = table_of(Draw), table_of(DrawPrize), table_of(Entry), table_of(Redemption)
OF_PRIZE = and_(PRIZE.c.round_id == DRAW.c.round_id, PRIZE.c.place == DRAW.c.given)


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words; of each round the first that is."""
    found = [words async for words in _of_rounds(session)]
    return found + await promises.broken(session, _promises)


def _promises() -> Sequence[promises.Promise]:
    return (
        ("draw {} of {} points has no burn of as many", _unpaid()),
        ("draw {} was not given its prize of {} points", _points_not_given()),
        ("draw {} and its redemption {} disagree", _rewards_not_given()),
    )


async def _of_rounds(session: AsyncSession) -> AsyncIterator[str]:
    hours = timedelta(hours=(await terms.in_force(session)).draws.reveal_hours)
    rounds = select_rows(DrawRound, DrawPool).where(DrawPool.id == DrawRound.pool_id).order_by(col(DrawRound.id))
    for drawn_round, pool in (await session.exec(rounds)).all():
        listed = await drawing.prizes_of(session, drawn_round.id)
        order = select_rows(Draw).where(Draw.round_id == drawn_round.id).order_by(col(Draw.number))
        made = (await session.exec(order)).all()
        for wrong in _wrong(drawn_round, pool, listed, made, clock.now() - hours):
            yield f"round {drawn_round.number} of {pool.code}: {wrong}"
            break


def _wrong(
    drawn_round: DrawRound, pool: DrawPool, listed: Sequence[DrawPrize], made: Sequence[Draw], overdue: datetime
) -> Iterator[str]:
    if drawn_round.terms != published_terms.text(pool, drawn_round, listed):
        yield "its terms are not what was published"
    if drawn_round.revealed_at is None and closing_draws.over_at(drawn_round) < overdue:
        yield "it is over and its seed was never revealed"
    if (drawn_round.seed is None) is not (drawn_round.revealed_at is None):
        yield "its seed is in the open before its time, or missing"
    if [one.number for one in made] != list(range(1, drawn_round.drawn + 1)):
        yield f"its draws are not numbered from 1 to {drawn_round.drawn}"
    for prize in listed:
        won = sum(one.given == prize.place for one in made)
        if prize.pieces is not None and prize.pieces - won != prize.left:
            yield f"prize {prize.place} was given {won} times of {prize.pieces}, {prize.left} are left"
    yield from _not_as_drawn(drawn_round, pool, listed, made)


def _not_as_drawn(
    drawn_round: DrawRound, pool: DrawPool, listed: Sequence[DrawPrize], made: Sequence[Draw]
) -> Iterator[str]:
    try:
        seed = sealed_draws.seed_of(drawn_round)
    except SealBroken:
        yield "its seed cannot be opened"
        return
    if fair_draw.commitment(seed) != drawn_round.commitment:
        yield "its seed is not the one it committed to"
    chances, rule = published_terms.chances(listed), SoldOutRule(drawn_round.rule)
    messages = [fair_draw.message(pool.code, drawn_round.number, one.id) for one in made]
    again = fair_draw.replay(seed, chances, rule, messages)
    for one, drawn in zip(made, again, strict=True):
        if (one.hash, one.fell_on, one.given) != (drawn.digest, drawn.fell_on, drawn.given):
            yield f"draw {one.number} comes to another prize when it is computed again"


def _unpaid() -> Select[tuple[str, int]]:
    paid = and_(
        ENTRY.c.member_id == DRAW.c.member_id,
        ENTRY.c.entry_id == DRAW.c.entry_id,
        ENTRY.c.kind == EntryKind.BURN.value,
        ENTRY.c.points == -DRAW.c.points,
    )
    return select(DRAW.c.id, DRAW.c.points).select_from(DRAW.outerjoin(ENTRY, paid)).where(ENTRY.c.entry_id.is_(None))


def _points_not_given() -> Select[tuple[str, int]]:
    earned = and_(
        ENTRY.c.member_id == DRAW.c.member_id,
        ENTRY.c.entry_id == DRAW.c.earned_id,
        ENTRY.c.kind == EntryKind.EARN.value,
    )
    due = case((PRIZE.c.kind == PrizeKind.POINTS.value, PRIZE.c.points), else_=0)
    given = func.coalesce(ENTRY.c.points, 0)
    return select(DRAW.c.id, due).select_from(DRAW.join(PRIZE, OF_PRIZE).outerjoin(ENTRY, earned)).where(given != due)


def _rewards_not_given() -> Select[tuple[str, str]]:
    won = and_(REDEMPTION.c.member_id == DRAW.c.member_id, REDEMPTION.c.id == DRAW.c.redemption_id)
    none = literal(NONE, PRIZE.c.reward_id.type)
    given = func.coalesce(REDEMPTION.c.reward_id, none) != func.coalesce(PRIZE.c.reward_id, none)
    drawn = DRAW.join(PRIZE, OF_PRIZE).outerjoin(REDEMPTION, won)
    return select(DRAW.c.id, DRAW.c.redemption_id).select_from(drawn).where(given)
