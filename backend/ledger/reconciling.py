"""Reconciliation: the books are compared with themselves all the time, and reported month by month.

A pass goes round all accounts in small steps and begins again. What does not agree is an alert: written down, logged
by the job, shown to operators until it agrees. Source: mission row L13.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import table_of
from backend.ledger.as_of import posted_by
from backend.ledger.comparing import OWNED, change, disagreements, next_members
from backend.ledger.liability import liability
from backend.ledger.models import Drift, Entry, EntryLine, ReconciliationMonth, ReconciliationPass
from backend.programme import terms

ENTRY, LINE = table_of(Entry), table_of(EntryLine)
DRIFT, MONTH = table_of(Drift), table_of(ReconciliationMonth)
ONLY = 1
SETTLED_AFTER = timedelta(hours=1)
"""A month is reported when nothing can still be on its way into it."""


async def check_some(session: AsyncSession) -> Mapping[UUID, str] | None:
    """Compare the next STEP_MAX accounts; returns what is newly adrift. None: the pass is over, the next one begins."""
    going = await session.get(ReconciliationPass, ONLY, with_for_update=True)
    if going is None:
        going = ReconciliationPass(id=ONLY, started_at=clock.now())
        session.add(going)
    member_ids = await next_members(session, going.after)
    if not member_ids:
        going.last_checked, going.last_finished_at = going.checked, clock.now()
        going.after, going.checked, going.started_at = None, 0, clock.now()
        return None
    going.after, going.checked = member_ids[-1], going.checked + len(member_ids)
    return await _note(session, member_ids, await disagreements(session, member_ids))


async def month_to_report(session: AsyncSession) -> date | None:
    """The oldest month that is over and has no report yet; None when all have one."""
    programme, connection = await terms.in_force(session), await session.connection()
    last = (await connection.execute(select(func.max(MONTH.c.month)))).scalar()
    if last is None:
        first = (await connection.execute(select(func.min(ENTRY.c.created_at)))).scalar()
        if first is None:
            return None
        month = programme.day_of(first).replace(day=1)
    else:
        month = programme.month_after(last, 1)
    over = programme.start_of(programme.month_after(month, 1)) + SETTLED_AFTER
    return month if over <= clock.now() else None


async def month_report(session: AsyncSession, month: date) -> ReconciliationMonth:
    """The report of a month that is over. Reads every entry: for a snapshot, not for a transaction that writes."""
    programme = await terms.in_force(session)
    start, end = programme.start_of(month), programme.start_of(programme.month_after(month, 1))
    opening, closing = await _points_before(session, start), await _left_before(session, end)
    totals = await _totals(session, start, end)
    owed = await liability(session, end - timedelta(microseconds=1))
    return ReconciliationMonth(
        month=month,
        opening=opening,
        totals=totals,
        closing=closing,
        drift=closing - opening - sum(totals.values()),
        members_adrift=await _adrift(session),
        outstanding=owed.points,
        value_minor=owed.value_minor,
        currency=owed.programme.currency,
        made_at=clock.now(),
    )


async def keep_report(session: AsyncSession, *, report: ReconciliationMonth) -> None:
    """Keep the report of a month; one that is there already stays as it is."""
    if await session.get(ReconciliationMonth, report.month) is None:
        session.add(ReconciliationMonth(**report.model_dump()))


async def _note(session: AsyncSession, member_ids: Sequence[UUID], adrift: Mapping[UUID, str]) -> Mapping[UUID, str]:
    connection, moment = await session.connection(), clock.now()
    noted = set((await connection.execute(select(DRIFT.c.member_id).where(DRIFT.c.open))).scalars())
    agree = [member_id for member_id in member_ids if member_id in noted and member_id not in adrift]
    if agree:
        back = update(DRIFT).where(DRIFT.c.open, DRIFT.c.member_id.in_(agree))
        await connection.execute(back.values(open=False, resolved_at=moment))
    news = {member_id: what for member_id, what in adrift.items() if member_id not in noted}
    session.add_all([Drift(member_id=member_id, found_at=moment, what=what) for member_id, what in news.items()])
    return news


async def _points_before(session: AsyncSession, moment: datetime) -> int:
    cut = posted_by(moment, before=True)
    until = and_(cut.c.member_id == ENTRY.c.member_id, ENTRY.c.seq <= cut.c.seq)
    return await _one(session, select(func.sum(ENTRY.c.points)).select_from(ENTRY.join(cut, until)))


async def _left_before(session: AsyncSession, moment: datetime) -> int:
    cut = posted_by(moment, before=True)
    until = and_(cut.c.member_id == ENTRY.c.member_id, ENTRY.c.seq <= cut.c.seq)
    of = and_(LINE.c.member_id == ENTRY.c.member_id, LINE.c.entry_id == ENTRY.c.entry_id)
    owned = sum((change(side) for side in OWNED[1:]), change(OWNED[0]))
    points = await _one(session, select(func.sum(owned)).select_from(LINE.join(ENTRY, of).join(cut, until)))
    return points - await _one(session, select(func.sum(ENTRY.c.debt)).select_from(ENTRY.join(cut, until)))


async def _totals(session: AsyncSession, start: datetime, end: datetime) -> dict[str, int]:
    first, last = posted_by(start, before=True), posted_by(end, before=True)
    until = and_(last.c.member_id == ENTRY.c.member_id, ENTRY.c.seq <= last.c.seq)
    query = (
        select(ENTRY.c.kind, func.sum(ENTRY.c.points).label("points"))
        .select_from(ENTRY.join(last, until).outerjoin(first, first.c.member_id == ENTRY.c.member_id))
        .where(ENTRY.c.seq > func.coalesce(first.c.seq, 0))
        .group_by(ENTRY.c.kind)
        .order_by(ENTRY.c.kind)
    )
    return {row.kind: int(row.points) for row in await (await session.connection()).execute(query)}


async def _adrift(session: AsyncSession) -> int:
    return await _one(session, select(func.count()).select_from(Drift).where(col(Drift.open)))


async def _one(session: AsyncSession, query: Any) -> int:
    return int((await (await session.connection()).execute(query)).scalar() or 0)
