"""Runs the two tables, reactions and schedule: bounded, at least once, any number of workers side by side."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, leaving, live, metrics, outbox
from backend.kit.columns import table_of
from backend.kit.opening import opened
from backend.kit.outbox import ATTEMPTS_MAX, OutboxFact
from backend.kit.settings import settings
from backend.observing import logs, private_door, traces
from backend.reactions import REACTIONS
from backend.schedule import SCHEDULE, Scheduled

FACT = table_of(OutboxFact)
LOOK_SECONDS = 0.25
"""How long a fact of another process may wait before a worker looks."""
PAGE_MAX = 200
BACK_OFF_MAX = timedelta(minutes=10)
TROUBLE_SECONDS = 1.0
FACTS = metrics.Tally("mall_facts", "Facts reacted to, by what came of it.", "fact", "outcome")
LAG = metrics.Durations(
    "mall_fact_lag_seconds", "From recording a fact to having reacted to it.", bounds=metrics.LAG_SECONDS
)
log = logging.getLogger(__name__)


def run() -> None:
    """A worker in a process of its own, until it is asked to stop."""
    asyncio.run(_run())


async def work_forever() -> None:
    """React to facts and keep the schedule until this process leaves; what was begun then is finished.

    Trouble is logged and tried again, never fatal.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(_react_forever())
        for scheduled in SCHEDULE:
            group.create_task(_keep(scheduled))


async def react_to_waiting() -> int:
    """Handle the facts that wait now, oldest first; returns how many were looked at."""
    rows = await _waiting()
    for row in rows:
        # Telling again costs nothing (readers drop repeats) and reaches those a crash or another process left out.
        await live.publish(row.stream, outbox.message(row._mapping))
    idle = [row.id for row in rows if row.name not in REACTIONS]
    if idle:
        await db.transact(_mark_done, fact_ids=idle)
    for row in rows:
        if leaving.begun():
            break
        if row.name in REACTIONS:
            await _react(row)
    return len(rows)


async def _run() -> None:
    logs.set_up()
    async with opened(), private_door.opened():
        await live.connect(settings().redis_url)
        leaving.stay()
        for stop in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(stop, leaving.begin)
        log.info("worker started")
        with traces.sent():
            await leaving.finish(asyncio.create_task(work_forever()))
        await live.disconnect()


async def _react_forever() -> None:
    while not leaving.begun():
        outbox.recorded.clear()
        try:
            handled = await react_to_waiting()
        except Exception:
            log.exception("reactions wait")
            handled = 0
            await asyncio.sleep(TROUBLE_SECONDS)
        if handled < PAGE_MAX:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(outbox.recorded.wait(), LOOK_SECONDS)


async def _keep(scheduled: Scheduled) -> None:
    while not leaving.begun():
        more = False
        try:
            more = await scheduled.job()
        except Exception:
            log.exception("%s: waits", scheduled.name)
        if more:
            await asyncio.sleep(0)
        else:
            await leaving.within(scheduled.every.total_seconds())


async def _waiting() -> Sequence[Any]:
    query = (
        select(FACT)
        .where(FACT.c.done_at.is_(None), FACT.c.try_at <= clock.now())
        .order_by(FACT.c.try_at, FACT.c.id)
        .limit(PAGE_MAX)
    )
    async with db.read() as session:
        return list(await (await session.connection()).execute(query))


async def _react(fact: Any) -> None:
    try:
        if await db.transact(_react_once, fact_id=fact.id):
            FACTS.add(fact.name, "done")
            LAG.add(max((clock.now() - fact.recorded_at).total_seconds(), 0.0))
    except Exception as error:
        log.exception("reaction to %s failed", fact.id)
        given_up = await db.transact(_put_off, fact_id=fact.id, because=repr(error))
        FACTS.add(fact.name, "given_up" if given_up else "put_off")


async def _react_once(session: AsyncSession, *, fact_id: UUID) -> bool:
    # The row is held while its reactions run, so that two workers do not do them twice; done and effect
    # are one commit.
    query = select(FACT).where(FACT.c.id == fact_id, FACT.c.done_at.is_(None)).with_for_update(skip_locked=True)
    row = (await (await session.connection()).execute(query)).first()
    if row is None:
        return False
    for reaction in REACTIONS[row.name]:
        await reaction(session, row.body)
    await _mark_done(session, fact_ids=[fact_id])
    return True


async def _mark_done(session: AsyncSession, *, fact_ids: Sequence[UUID]) -> None:
    done = update(FACT).where(FACT.c.id.in_(fact_ids)).values(done_at=clock.now())
    await (await session.connection()).execute(done)


async def _put_off(session: AsyncSession, *, fact_id: UUID, because: str) -> bool:
    connection = await session.connection()
    attempts = (await connection.execute(select(FACT.c.attempts).where(FACT.c.id == fact_id))).scalar_one() + 1
    wait = min(timedelta(seconds=2**attempts), BACK_OFF_MAX)
    values: dict[str, Any] = {"attempts": attempts, "try_at": clock.now() + wait}
    if attempts >= ATTEMPTS_MAX:
        log.error("fact %s is given up after %s attempts: %s", fact_id, attempts, because)
        values["done_at"] = clock.now()
    await connection.execute(update(FACT).where(FACT.c.id == fact_id).values(values))
    return bool(attempts >= ATTEMPTS_MAX)


async def waiting_facts() -> int:
    """How many facts wait for a worker: the queue's depth."""
    async with db.read() as session:
        return (await outbox.waiting(session)).facts
