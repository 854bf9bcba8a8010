"""Checking in once a day, and repairing a day that was missed."""

from datetime import date
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.ledger.book import Book, KeyReused
from backend.ledger.states import EntryState
from backend.members import enrolment
from backend.programme import terms
from backend.programme.terms import Terms
from backend.tasks.calendar import are_since
from backend.tasks.facts import CheckedIn
from backend.tasks.models import CheckIn
from backend.tasks.week import is_missed, oldest_needed, points_for, repairs_left, streak_before, streaks_from


class AlreadyCheckedIn(Refused):
    """You have already checked in today. Come back tomorrow."""


class NothingToRepair(Refused):
    """That day cannot be repaired: only a missed day of the last seven, and only so often a month."""


async def check_in(session: AsyncSession, *, key: UUID, member_id: UUID) -> Done[CheckIn]:
    """Check in for today in the programme's zone and earn the points of the streak.

    The same key again returns the first check-in, whatever day it is. Raises AlreadyCheckedIn, AccountFrozen,
    NotEnrolled, KeyReused.
    """
    book = await posting.open_book(session, member_id)
    if first := await _made_with(session, member_id, key):
        return _replay(first, repaired=None)
    in_force = await terms.in_force(session)
    today = in_force.today()
    days = await recent_days(session, member_id, today)
    if today in days:
        raise AlreadyCheckedIn
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    streak = streak_before(days, today) + 1
    entry = _earn(book, in_force, today, streak)
    return Done(await _keep(session, book, _row(book, key, today, streak, entry, repaired=False)))


async def repair_check_in(session: AsyncSession, *, key: UUID, member_id: UUID, date: date) -> Done[CheckIn]:
    """Make the missed `date` count for the streak, today's included. It earns nothing itself.

    The same key again returns the first repair. Raises NothingToRepair, AccountFrozen, NotEnrolled, KeyReused.
    """
    book = await posting.open_book(session, member_id)
    if first := await _made_with(session, member_id, key):
        return _replay(first, repaired=date)
    in_force = await terms.in_force(session)
    today = in_force.today()
    days = await recent_days(session, member_id, today)
    if not is_missed(days, today, date) or not repairs_left(days, in_force, today):
        raise NothingToRepair
    await enrolment.must_be_enrolled(session, member_id)
    book.must_move()
    row = days[date] = _row(book, key, date, 0, None, repaired=True)
    for day, streak in streaks_from(days, date).items():
        days[day].streak = streak
    return Done(await _keep(session, book, row))


async def recent_days(session: AsyncSession, member_id: UUID, today: date) -> dict[date, CheckIn]:
    """Her check-ins by day, as far back as the calendar looks (at most 39)."""
    given = {"keys": [member_id], "since": oldest_needed(today)}
    return {row.day: row for row in await session.exec(select(CheckIn).where(are_since()), params=given)}


async def _made_with(session: AsyncSession, member_id: UUID, key: UUID) -> CheckIn | None:
    return (await session.exec(select(CheckIn).where(CheckIn.member_id == member_id, CheckIn.key == key))).first()


def _replay(first: CheckIn, *, repaired: date | None) -> Done[CheckIn]:
    if (first.day if first.repaired else None) != repaired:
        raise KeyReused
    return Done(first, replayed=True)


def _earn(book: Book, in_force: Terms, today: date, streak: int) -> EntryState | None:
    points, moment = points_for(in_force, streak), clock.now()
    if not points:
        return None
    return posting.earn(
        book,
        key=f"check-in:{today}",
        points=points,
        expires_at=in_force.expires_at(moment, "CHECK_IN"),
        occurred_at=moment,
        actor="member",
        why={"code": "CHECK_IN", "base": points, "day": today.isoformat(), "streak": streak},
    )


def _row(book: Book, key: UUID, day: date, streak: int, entry: EntryState | None, *, repaired: bool) -> CheckIn:
    return CheckIn(
        member_id=book.member_id,
        day=day,
        key=key,
        streak=streak,
        points=entry.points if entry else 0,
        entry_id=entry.entry_id if entry else None,
        repaired=repaired,
        made_at=clock.now(),
    )


async def _keep(session: AsyncSession, book: Book, row: CheckIn) -> CheckIn:
    session.add(row)
    book.tell(
        CheckedIn(
            member_id=row.member_id,
            day=row.day.isoformat(),
            streak=row.streak,
            points=row.points,
            repaired=row.repaired,
        )
    )
    await posting.write(session, [book])
    return row
