"""Days that go by while the worker does its rounds, and what a member was told meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from backend import schedule
from backend.kit import clock, db
from backend.kit.outbox import OutboxFact
from backend.ledger import notices
from backend.ledger.facts import member_stream
from backend.ledger.models import Entry, Lot
from backend.members import sessions

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def turn_to(moment: datetime) -> None:
    clock.turn(moment - datetime.now(UTC))


async def rounds() -> None:
    """What the worker does of its own accord, in the order of its table."""
    for job in (schedule.expire_due_lots, schedule.spare_the_untold, schedule.warn_of_expiry):
        while await job():
            pass


async def rounds_until(moment: datetime, every: timedelta = DAY) -> None:
    """Let the time go by until `moment`, a round of the worker each `every`."""
    while clock.now() + every < moment:
        turn_to(clock.now() + every)
        await rounds()
    turn_to(moment)
    await rounds()


async def a_phone_of(member_id: UUID) -> None:
    """A device signed in: from now on she can be reached."""
    await db.transact(sessions.open_session, member_id=member_id)


async def warnings_of(member_id: UUID) -> list[OutboxFact]:
    """Every warning she was told, in order."""
    query = select(OutboxFact).where(OutboxFact.stream == member_stream(member_id), OutboxFact.name == "ExpiryWarned")
    async with db.read() as session:
        return list((await session.exec(query.order_by(col(OutboxFact.seq)))).all())


async def shows_all(member_id: UUID) -> None:
    """Her phone shows every warning there is and says so."""
    seqs = [fact.seq for fact in await warnings_of(member_id) if fact.seq is not None]
    await db.transact(notices.acknowledge, member_id=member_id, seqs=seqs)


async def the_lot(member_id: UUID) -> Lot:
    async with db.read() as session:
        return (await session.exec(select(Lot).where(Lot.member_id == member_id))).one()


async def entries_of(member_id: UUID, kind: str | None = None) -> list[Entry]:
    async with db.read() as session:
        query = select(Entry).where(Entry.member_id == member_id).order_by(col(Entry.seq))
        return [entry for entry in await session.exec(query) if kind in (None, entry.kind)]


async def kinds_of(member_id: UUID) -> list[str]:
    return [entry.kind for entry in await entries_of(member_id)]


async def news_of(member_id: UUID, name: str) -> list[dict[str, Any]]:
    """What she was told of one kind, in order."""
    query = select(OutboxFact).where(OutboxFact.stream == member_stream(member_id), OutboxFact.name == name)
    async with db.read() as session:
        return [fact.body for fact in await session.exec(query.order_by(col(OutboxFact.seq)))]
