"""Shelves: what a member sees of the catalogue, page by page, and what is hot."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from operator import gt, lt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.kit.outbox import announce
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import redemptions
from backend.rewards.facts import CatalogueChanged
from backend.rewards.kept import Catalogue, Goods, KeptReward
from backend.rewards.models import Redemption, Reward, RewardKind

REWARD, REDEMPTION = table_of(Reward), table_of(Redemption)
Position = tuple[Any, UUID]


class Shelf(StrEnum):
    """HOT: redeemed most in the last days. LEAVING_SOON: ending within the terms' days. ALL: newest first."""

    HOT = "HOT"
    LEAVING_SOON = "LEAVING_SOON"
    ALL = "ALL"


_SORTED_BY = {Shelf.HOT: "heat", Shelf.LEAVING_SOON: "available_until", Shelf.ALL: "created_at"}


def page(
    catalogue: Catalogue, in_force: Terms, shelf: Shelf, *, kind: RewardKind | None, after: Position | None, count: int
) -> list[KeptReward]:
    """Up to `count` rewards that are offered, or will be, after the position `after` (see `position`)."""
    moment = clock.now()
    found = _on(shelf, catalogue.goods, moment + timedelta(days=in_force.leaving_soon_days))
    offered = (one for one in found if one.is_offered(moment) and (kind is None or one.kind == kind))
    soonest_first = shelf is Shelf.LEAVING_SOON
    if after is not None:
        follows = gt if soonest_first else lt
        offered = (one for one in offered if follows(position(shelf, one), after))
    return list(islice(offered, count))


def _on(shelf: Shelf, goods: Goods, soon: datetime) -> Iterable[KeptReward]:
    if shelf is Shelf.LEAVING_SOON:
        return (one for one in goods.leaving if one.available_until is not None and one.available_until <= soon)
    return goods.hot if shelf is Shelf.HOT else goods.newest


def position(shelf: Shelf, reward: KeptReward) -> Position:
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
    later = {"version": REWARD.c.version + 1}
    moved = (await connection.execute(update(REWARD).where(cold).values(hot=False, heat=0, **later))).rowcount
    for reward_id in sorted(heat):
        changed = and_(REWARD.c.id == reward_id, or_(~REWARD.c.hot, REWARD.c.heat != heat[reward_id]))
        warmed = update(REWARD).where(changed).values(hot=True, heat=heat[reward_id], **later)
        moved += (await connection.execute(warmed)).rowcount
    if moved:
        announce(session, CatalogueChanged())
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
