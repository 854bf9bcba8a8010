"""Finding stakes, how far their members are, as the books and the orders say, and what entries say of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col, select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games.models_challenges import Challenge, ChallengeKind, ChallengeStake, StakeState
from backend.kit import clock, ids
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.ledger.book import Said
from backend.ledger.models import Entry, EntryKind
from backend.members import families
from backend.orders.models import Purchase
from backend.programme.terms import Terms

STAKE, PURCHASE, ENTRY = table_of(ChallengeStake), table_of(Purchase), table_of(Entry)
CODE = ENTRY.c.why["code"].as_string()
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
    """How far she is: paid orders, minor units spent, days checked in, or points given, within the stake's time.

    Orders count by when they were paid, whenever they were told of, less what was given back of them by now.
    Donations count by when they were made, but for those reversed by now.
    """
    parts = await families.part_ids(session, stake.member_id)
    if kind == ChallengeKind.CHECK_INS:
        return await _days(session, parts, stake, programme)
    if kind == ChallengeKind.DONATIONS:
        return await _given(session, parts, stake)
    remaining = func.coalesce(func.sum(PURCHASE.c.total_minor - PURCHASE.c.refunded_minor), 0)
    query = select(func.count() if kind == ChallengeKind.ORDERS else remaining).where(
        PURCHASE.c.member_id.in_(parts),
        PURCHASE.c.undone.is_(False),
        PURCHASE.c.paid_at >= stake.started_at,
        PURCHASE.c.paid_at < stake.ends_at,
    )
    return int((await (await session.connection()).execute(query)).scalar_one())


def said(act: str, challenge: Challenge, stake: ChallengeStake, code: str) -> Said:
    """What an entry says that the programme posts for a stake, once per `act`."""
    return Said(
        key=f"challenge:{stake.id}:{act}",
        actor="programme",
        why={"code": code, "title": dict(challenge.title), "stake": stake.stake, "challenge": str(challenge.id)},
        reference=str(challenge.id),
    )


async def _days(session: AsyncSession, parts: Collection[UUID], stake: ChallengeStake, programme: Terms) -> int:
    # A check-in that earned something is an entry whose id follows from its day; a repaired day earns nothing.
    first, last = programme.day_of(stake.started_at), programme.day_of(min(stake.ends_at, clock.now()))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in days if programme.start_of(day) < stake.ends_at]
    named = {ids.derived(part, f"check-in:{day}"): day for part in parts for day in days}
    query = select(ENTRY.c.entry_id).where(ENTRY.c.member_id.in_(parts), ENTRY.c.entry_id.in_(list(named)))
    found = (await (await session.connection()).execute(query)).scalars()
    return len({named[entry_id] for entry_id in found})


async def _given(session: AsyncSession, parts: Collection[UUID], stake: ChallengeStake) -> int:
    # A donation is a burn. One that was reversed is named by the entry that did it, on whichever account hers is now.
    burned = select(ENTRY.c.entry_id, ENTRY.c.points).where(
        ENTRY.c.member_id.in_(parts),
        ENTRY.c.kind == EntryKind.BURN.value,
        CODE == "DONATION",
        ENTRY.c.created_at >= stake.started_at,
        ENTRY.c.created_at < stake.ends_at,
    )
    now = await families.part_ids(session, await families.survivor(session, stake.member_id))
    undone = select(ENTRY.c.reference).where(
        ENTRY.c.member_id.in_([*parts, *now]),
        ENTRY.c.kind == EntryKind.REVERSE.value,
        CODE == "DONATION_REVERSED",
        ENTRY.c.created_at >= stake.started_at,
    )
    connection = await session.connection()
    back = set((await connection.execute(undone)).scalars())
    return sum(-row.points for row in await connection.execute(burned) if str(row.entry_id) not in back)


async def _one(session: AsyncSession, *where: Any) -> ChallengeStake:
    found = (await session.exec(select_rows(ChallengeStake).where(*where), execution_options=FRESH)).first()
    if found is None:
        raise NotFound
    return found
