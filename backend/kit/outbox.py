"""The only way out of a transaction: one row per fact, written with the change itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index, delete, func, insert, select, text
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, hearing, ids, live, metrics
from backend.kit.columns import Moment, table_of
from backend.kit.plain import plain

ATTEMPTS_MAX = 8
"""A reaction that failed so often is given up; its fact is kept for whoever asks why."""
KEPT = timedelta(days=30)
"""So long a phone that was away can still be told what it missed; after that it reads everything afresh."""
FORGET_MAX = 500
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""When a new fact is first due: long ago, so that no process's wrong clock can make the others wait for it."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened, in the past tense. Subclass it in a domain's facts.py; plain values only."""

    def stream(self) -> str:
        """Whose news this is: `member:<id>`, `auction:<id>` … Listeners ask for a stream by this name."""
        return type(self).__name__


class OutboxFact(SQLModel, table=True):
    """A fact as recorded. `seq` numbers a member's facts without gaps; other streams have none."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_stream_seq", "stream", "seq", unique=True),
        Index(
            "outbox_waiting",
            "try_at",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    id: UUID = Field(primary_key=True)
    stream: str
    seq: int | None = None
    name: str
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    try_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


recorded = asyncio.Event()
"""Set when this process has committed facts: an embedded worker need not wait for its next look."""


def announce(session: AsyncSession, fact: Fact, seq: int | None = None) -> None:
    """Record `fact` with the change that caused it. It is published only if the transaction commits."""
    session.sync_session.info.setdefault("facts", []).append(row_of(fact, seq))


def row_of(fact: Fact, seq: int | None = None) -> dict[str, Any]:
    """A fact as it is recorded."""
    moment = clock.now()
    return {
        "id": ids.new(moment),
        "stream": fact.stream(),
        "seq": seq,
        "name": type(fact).__name__,
        "body": plain(fact),
        "recorded_at": moment,
        "try_at": AT_ONCE,
        "attempts": 0,
    }


def announce_recorded(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Have facts published that a statement of the caller's own has recorded, with the change that caused them."""
    session.sync_session.info.setdefault("recorded", []).extend(rows)


async def write(session: AsyncSession) -> None:
    """Write what was announced; `transact` calls this last, just before it commits."""
    if rows := session.sync_session.info.get("facts"):
        await (await session.connection()).execute(insert(table_of(OutboxFact)), rows)


async def publish(session: AsyncSession) -> None:
    """Tell whoever listens, this process first, so that its next answer knows; and count what was done."""
    metrics.committed(session)
    info = session.sync_session.info
    rows = info.pop("recorded", []) + info.pop("facts", [])
    for row in rows:
        hearing.tell(row["name"], row["body"])
    for row in rows:
        if live.heard(row["stream"]):
            await live.publish(row["stream"], message(row))
    if rows:
        recorded.set()


async def forget_done(session: AsyncSession) -> int:
    """Remove up to FORGET_MAX facts done with more than KEPT ago, and say how many. Those given up are kept."""
    fact, until = table_of(OutboxFact), clock.now() - KEPT
    # No fact is done before it is recorded, and ids are in that order: what is younger need not be looked at.
    old = select(fact.c.id).where(fact.c.id < UUID(int=clock.microseconds(until) // 1000 << 80), fact.c.done_at < until)
    old = old.where(fact.c.attempts < ATTEMPTS_MAX).order_by(fact.c.id).limit(FORGET_MAX)
    result = await (await session.connection()).execute(delete(fact).where(fact.c.id.in_(old)))
    return int(result.rowcount)


def message(row: Mapping[str, Any]) -> live.Message:
    """A recorded fact as listeners get it."""
    at: datetime = row["recorded_at"]
    return {"seq": row["seq"], "name": row["name"], "body": row["body"], "at": at.isoformat()}


@dataclass(frozen=True)
class Waiting:
    """How long the queue is: facts nobody has reacted to yet, and when the oldest of them was recorded."""

    facts: int
    oldest_at: datetime | None


async def waiting(session: AsyncSession) -> Waiting:
    """The queue as it is now."""
    fact = table_of(OutboxFact)
    query = select(func.count(), func.min(fact.c.recorded_at)).where(fact.c.done_at.is_(None))
    return Waiting(*(await (await session.connection()).execute(query)).one())
