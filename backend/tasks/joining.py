"""Check-ins and awards when two accounts become one, and when they are taken apart."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.tasks.models import CheckIn, TaskAward
from backend.tasks.week import streaks_from


async def join(session: AsyncSession, *, other: UUID, survivor: UUID) -> None:
    """Let the survivor's calendar and awards know those of `other`, as copies that can be taken out again.

    A day or an award both have stays the survivor's own.
    """
    days, awards = await check_ins(session, survivor), await awards_of(session, survivor)
    for day, row in (await check_ins(session, other)).items():
        if day not in days:
            days[day] = CheckIn(**row.model_dump(exclude={"member_id", "told_of"}), member_id=survivor, told_of=other)
    for place, award in (await awards_of(session, other)).items():
        if place not in awards:
            copied = award.model_dump(exclude={"member_id", "told_of"})
            session.add(TaskAward(**copied, member_id=survivor, told_of=other))
    recount(days)
    session.add_all(days.values())
    await session.flush()


async def part(session: AsyncSession, *, other: UUID, survivor: UUID) -> None:
    """Take the copies out again; streaks are counted anew."""
    for model in (CheckIn, TaskAward):
        copies = delete(model).where(col(model.member_id) == survivor, col(model.told_of) == other)
        await session.exec(copies)
    days = await check_ins(session, survivor)
    recount(days)
    session.add_all(days.values())
    await session.flush()


async def check_ins(session: AsyncSession, member_id: UUID) -> dict[date, CheckIn]:
    """All check-ins that count for her, by day."""
    rows = await session.exec(select(CheckIn).where(CheckIn.member_id == member_id).order_by(col(CheckIn.day)))
    return {row.day: row for row in rows}


async def awards_of(session: AsyncSession, member_id: UUID) -> dict[tuple[str, str], TaskAward]:
    """All awards that count for her, by task and period."""
    rows = await session.exec(select(TaskAward).where(TaskAward.member_id == member_id))
    return {(row.task_code, row.period): row for row in rows}


async def give_instead(
    session: AsyncSession,
    member_id: UUID,
    days: Mapping[date, CheckIn],
    awards: Iterable[TaskAward],
    since: datetime,
) -> None:
    """Replace the awards given `since`, and what check-ins since then earned, by what is right now."""
    for award in (await awards_of(session, member_id)).values():
        if award.told_of is None and award.awarded_at > since:
            await session.delete(award)
    await session.flush()
    session.add_all(awards)
    for day, row in (await check_ins(session, member_id)).items():
        if day in days and row.made_at > since:
            row.points = days[day].points
    await session.flush()


def recount(days: dict[date, CheckIn]) -> None:
    """Count every streak anew."""
    for row in days.values():
        row.streak = 0
    for day in sorted(days):
        if not days[day].streak:
            for following, streak in streaks_from(days, day).items():
                days[following].streak = streak
