"""A round ends: nothing more is drawn, pieces nobody won go back, the seed is revealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import drawing, sealed_draws
from backend.games.models_draws import DrawRound
from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import NotFound
from backend.rewards import catalogue, prizes

DUE_MAX = 50


async def close_draw_round(session: AsyncSession, *, round_id: UUID) -> Done[DrawRound]:
    """Close a round now, before its time if need be; pieces nobody won can be redeemed again.

    A second call changes nothing. A round that has not opened yet never will. Raises NotFound.
    """
    drawn_round = await _locked(session, round_id)
    if drawn_round.closed_at is not None:
        return Done(drawn_round, replayed=True)
    drawn_round.closed_at = min(clock.now(), drawn_round.closes_at)
    await session.flush()
    listed = await drawing.prizes_of(session, round_id)
    unsold = [(await catalogue.find(session, one.reward_id), one.left) for one in listed if one.reward_id is not None]
    for reward, left in sorted(unsold, key=lambda one: one[0].sku):
        if left:
            await prizes.put_back(session, reward.sku, left)
    return Done(drawn_round)


async def reveal_seed(session: AsyncSession, *, round_id: UUID) -> Done[DrawRound]:
    """Publish the seed of a closed round, for ever; closes it first if its time is over. Again, nothing happens."""
    drawn_round = await _locked(session, round_id)
    if drawn_round.revealed_at is not None:
        return Done(drawn_round, replayed=True)
    if drawn_round.closed_at is None:
        assert drawn_round.closes_at <= clock.now(), "no seed is revealed while anyone may draw"
        await close_draw_round(session, round_id=round_id)
    drawn_round.seed = sealed_draws.seed_of(drawn_round)
    drawn_round.seed_sealed, drawn_round.revealed_at = None, clock.now()
    return Done(drawn_round)


async def due(session: AsyncSession) -> list[UUID]:
    """Rounds that are over and not revealed, the first to end first; at most DUE_MAX."""
    over = col(DrawRound.closed_at).is_not(None) | (col(DrawRound.closes_at) <= clock.now())
    query = select(DrawRound.id).where(col(DrawRound.revealed_at).is_(None), over)
    return list((await session.exec(query.order_by(col(DrawRound.closes_at)).limit(DUE_MAX))).all())


def over_at(drawn_round: DrawRound) -> datetime:
    """The instant from which nobody could draw any more."""
    return drawn_round.closed_at or drawn_round.closes_at


def state_of(drawn_round: DrawRound, moment: datetime) -> str:
    """SCHEDULED, OPEN, CLOSED or REVEALED at `moment`."""
    if drawn_round.revealed_at is not None:
        return "REVEALED"
    if drawn_round.closed_at is not None or drawn_round.closes_at <= moment:
        return "CLOSED"
    return "OPEN" if drawn_round.opens_at <= moment else "SCHEDULED"


async def _locked(session: AsyncSession, round_id: UUID) -> DrawRound:
    found: Any = await session.get(DrawRound, round_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    drawn_round: DrawRound = found
    return drawn_round
