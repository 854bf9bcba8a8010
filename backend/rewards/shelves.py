"""Shelves: what a member sees of the catalogue, page by page, and what is hot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true, tuple_, update
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import redemptions
from backend.rewards.models import Redemption, Reward, RewardKind

REWARD, REDEMPTION = table_of(Reward), table_of(Redemption)


class Shelf(StrEnum):
    """HOT: redeemed most in the last days. LEAVING_SOON: ending within the terms' days. ALL: newest first."""

    HOT = "HOT"
    LEAVING_SOON = "LEAVING_SOON"
    ALL = "ALL"


_SORTED_BY = {Shelf.HOT: "heat", Shelf.LEAVING_SOON: "available_until", Shelf.ALL: "created_at"}


async def page(
    session: AsyncSession, shelf: Shelf, kind: RewardKind | None, after: tuple[Any, UUID] | None, count: int
) -> Sequence[Reward]:
    """Up to `count` rewards that are offered, or will be, after the position `after` (see `position`)."""
    soonest_first, moment = shelf is Shelf.LEAVING_SOON, clock.now()
    by, which = REWARD.c[_SORTED_BY[shelf]], REWARD.c.id
    in_force = await terms.in_force(session)
    query = select_rows(Reward).where(offered(moment), _belongs(shelf, moment, in_force))
    if kind is not None:
        query = query.where(Reward.kind == kind.value)
    if after is not None:
        place, passed = tuple_(by, which), tuple_(literal(after[0], by.type), literal(after[1], which.type))
        query = query.where(place > passed if soonest_first else place < passed)
    order = (by.asc(), which.asc()) if soonest_first else (by.desc(), which.desc())
    return (await session.exec(query.order_by(*order).limit(count))).all()


def _belongs(shelf: Shelf, moment: datetime, in_force: Terms) -> ColumnElement[bool]:
    return {
        Shelf.HOT: REWARD.c.hot,
        Shelf.LEAVING_SOON: REWARD.c.available_until <= moment + timedelta(days=in_force.leaving_soon_days),
        Shelf.ALL: true(),
    }[shelf]


def position(shelf: Shelf, reward: Reward) -> tuple[Any, UUID]:
    """Where a reward stands on a shelf."""
    return getattr(reward, _SORTED_BY[shelf]), reward.id


def offered(moment: datetime) -> ColumnElement[bool]:
    """Neither withdrawn nor over; it may still have to open."""
    ends = REWARD.c.available_until
    return and_(REWARD.c.withdrawn_at.is_(None), or_(ends.is_(None), ends > moment))


async def refresh_hot(session: AsyncSession) -> int:
    """Say anew what is hot: the rewards redeemed most in the last days, as the terms say. How many there are.

    A job for now and then; running it twice changes nothing.
    """
    connection, in_force = await session.connection(), await terms.in_force(session)
    heat = {row.reward_id: row.heat for row in await connection.execute(_hottest(clock.now(), in_force))}
    cold = and_(REWARD.c.hot, REWARD.c.id.not_in(list(heat)))
    await connection.execute(update(REWARD).where(cold).values(hot=False, heat=0))
    for reward_id in sorted(heat):
        changed = and_(REWARD.c.id == reward_id, or_(~REWARD.c.hot, REWARD.c.heat != heat[reward_id]))
        await connection.execute(update(REWARD).where(changed).values(hot=True, heat=heat[reward_id]))
    return len(heat)


def _hottest(moment: datetime, in_force: Terms) -> Any:
    heat = func.count().label("heat")
    return (
        select(REDEMPTION.c.reward_id, heat)
        .join(REWARD, REWARD.c.id == REDEMPTION.c.reward_id)
        .where(
            REDEMPTION.c.redeemed_at > moment - timedelta(days=in_force.hot_days),
            redemptions.COUNTS,
            offered(moment),
        )
        .group_by(REDEMPTION.c.reward_id)
        .order_by(heat.desc(), REDEMPTION.c.reward_id)
        .limit(in_force.hot_max)
    )
