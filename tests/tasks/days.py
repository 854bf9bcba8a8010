"""Moves the clock to a moment of the programme's day, so that a test reads like a calendar."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from backend.kit import clock, db
from backend.programme import terms
from backend.tasks import checking_in, week
from backend.tasks.models import CheckIn
from backend.tasks.week import Week

SHANGHAI = ZoneInfo("Asia/Shanghai")


def turn_to(local: str) -> None:
    """It is now `local` in Shanghai: "2026-11-18 23:59"."""
    clock.turn(datetime.fromisoformat(local).replace(tzinfo=SHANGHAI) - datetime.now(UTC))


async def check_in(member_id: UUID, key: UUID | None = None) -> CheckIn:
    done = await db.transact(checking_in.check_in, key=key or uuid4(), member_id=member_id)
    return done.value


async def check_in_on(member_id: UUID, *days: str) -> None:
    """Check in at nine on each day; the clock stays on the last."""
    for day in days:
        turn_to(f"{day} 09:00")
        await check_in(member_id)


async def repair(member_id: UUID, day: str, key: UUID | None = None) -> CheckIn:
    done = await db.transact(
        checking_in.repair_check_in, key=key or uuid4(), member_id=member_id, date=date.fromisoformat(day)
    )
    return done.value


async def this_week(member_id: UUID) -> Week:
    async with db.read() as session:
        in_force = await terms.in_force(session)
        today = in_force.today()
        return week.week_of(await checking_in.recent_days(session, member_id, today), in_force, today)
