"""Finding stakes, and how far their members are: counted from what the books and the orders say."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.models_challenges import ChallengeKind, ChallengeStake, StakeState
from backend.kit import clock, ids
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.ledger.models import Entry
from backend.members import families
from backend.orders.models import Purchase
from backend.programme.terms import Terms

STAKE, PURCHASE, ENTRY = table_of(ChallengeStake), table_of(Purchase), table_of(Entry)
SHOWN_MAX = 50
FRESH = {"populate_existing": True}
"""Read again: what is under lock now may have changed since it was read."""


async def one(session: AsyncSession, member_id: UUID, stake_id: UUID) -> ChallengeStake:
    """A member's stake as it now stands. Raises NotFound."""
    hers = col(ChallengeStake.member_id).in_(await families.part_ids(session, member_id))
    return await _one(session, hers, ChallengeStake.id == stake_id)


async def of_challenges(
    session: AsyncSession, member_id: UUID, challenge_ids: Collection[UUID]
) -> Sequence[ChallengeStake]:
    """What she staked on these challenges, the newest first."""
    hers = col(ChallengeStake.member_id).in_(await families.part_ids(session, member_id))
    query = select_rows(ChallengeStake).where(hers, col(ChallengeStake.challenge_id).in_(challenge_ids))
    return (await session.exec(query.order_by(col(ChallengeStake.started_at).desc()), execution_options=FRESH)).all()


async def of_member(session: AsyncSession, member_id: UUID) -> Sequence[ChallengeStake]:
    """All she staked, the newest first; at most SHOWN_MAX."""
    hers = col(ChallengeStake.member_id).in_(await families.part_ids(session, member_id))
    query = select_rows(ChallengeStake).where(hers).order_by(col(ChallengeStake.started_at).desc())
    return (await session.exec(query.limit(SHOWN_MAX))).all()


async def running(session: AsyncSession, member_ids: Iterable[UUID]) -> Sequence[ChallengeStake]:
    """The running stakes of these members, as they now stand."""
    query = select_rows(ChallengeStake).where(
        col(ChallengeStake.member_id).in_(member_ids), ChallengeStake.state == StakeState.RUNNING.value
    )
    order = col(ChallengeStake.started_at), col(ChallengeStake.id)
    return (await session.exec(query.order_by(*order), execution_options=FRESH)).all()


async def won(session: AsyncSession, member_ids: Iterable[UUID]) -> Sequence[ChallengeStake]:
    """Stakes of these members that were won and whose bonus is still theirs, as they now stand."""
    query = select_rows(ChallengeStake).where(
        col(ChallengeStake.member_id).in_(member_ids),
        ChallengeStake.state == StakeState.WON.value,
        col(ChallengeStake.taken_back_at).is_(None),
    )
    return (await session.exec(query.order_by(col(ChallengeStake.id)), execution_options=FRESH)).all()


async def progress(session: AsyncSession, kind: str, stake: ChallengeStake, programme: Terms) -> int:
    """How far she is: paid orders, minor units spent, or days checked in, within the stake's time.

    Orders count by when they were paid, whenever they were told of, less what was given back of them by now.
    """
    parts = await families.part_ids(session, stake.member_id)
    if kind == ChallengeKind.CHECK_INS:
        return await _days(session, parts, stake, programme)
    remaining = func.coalesce(func.sum(PURCHASE.c.total_minor - PURCHASE.c.refunded_minor), 0)
    query = select(func.count() if kind == ChallengeKind.ORDERS else remaining).where(
        PURCHASE.c.member_id.in_(parts),
        PURCHASE.c.undone.is_(False),
        PURCHASE.c.paid_at >= stake.started_at,
        PURCHASE.c.paid_at < stake.ends_at,
    )
    return int((await (await session.connection()).execute(query)).scalar_one())


async def _days(session: AsyncSession, parts: Collection[UUID], stake: ChallengeStake, programme: Terms) -> int:
    # A check-in that earned something is an entry whose id follows from its day; a repaired day earns nothing.
    first, last = programme.day_of(stake.started_at), programme.day_of(min(stake.ends_at, clock.now()))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in days if programme.start_of(day) < stake.ends_at]
    named = {ids.derived(part, f"check-in:{day}"): day for part in parts for day in days}
    query = select(ENTRY.c.entry_id).where(ENTRY.c.member_id.in_(parts), ENTRY.c.entry_id.in_(list(named)))
    found = (await (await session.connection()).execute(query)).scalars()
    return len({named[entry_id] for entry_id in found})


async def _one(session: AsyncSession, *where: Any) -> ChallengeStake:
    found = (await session.exec(select_rows(ChallengeStake).where(*where), execution_options=FRESH)).first()
    if found is None:
        raise NotFound
    return found
