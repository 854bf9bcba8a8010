"""How this process and its database stand at the moment somebody looks."""

import asyncio
from collections.abc import Iterator, Mapping

from sqlalchemy.exc import SQLAlchemyError

from backend.kit import clock, db, leaving, migrating, outbox
from backend.kit.metrics import Labels, Now
from backend.kit.outbox import Waiting
from backend.observing import sockets

LOOK_SECONDS_MAX = 2.0
"""Whoever asks has a time-out too: an answer that comes after it is none."""
Values = Mapping[Labels, float]
NO_ANSWER = (SQLAlchemyError, OSError, TimeoutError)


async def everything() -> list[Now]:
    """All there is to be told now. A database that does not answer is told as such, and the queue is not guessed at."""
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX), db.read() as session:
            queue = await outbox.waiting(session)
    except NO_ANSWER:
        queue = None
    return [*_process(), *_pools(), *_queue(queue)]


async def trouble() -> str | None:
    """Why this process should get no requests now; None when it may."""
    if leaving.begun():
        return "leaving"
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX), db.read() as session:
            if not await migrating.is_new_enough(session):
                return "the database has an older shape: run ./mall migrate"
    except NO_ANSWER:
        return "the database does not answer"
    return None


def _process() -> Iterator[Now]:
    yield Now("mall_sockets", "Open websockets.", values={(): sockets.how_many()})
    yield Now("mall_leaving", "1 while this process gets ready to end.", values={(): int(leaving.begun())})


def _pools() -> Iterator[Now]:
    pools = db.pools()
    used: Values = {(name, "used"): pool.checkedout() for name, pool in pools.items()}
    idle: Values = {(name, "idle"): pool.checkedin() for name, pool in pools.items()}
    words = "Connections to the database that this process keeps."
    yield Now("mall_database_connections", words, ("pool", "state"), {**used, **idle})
    most: Values = {(name,): pool.size() + max(pool._max_overflow, 0) for name, pool in pools.items()}
    yield Now("mall_database_connections_max", "The most connections of each pool.", ("pool",), most)


def _queue(queue: Waiting | None) -> Iterator[Now]:
    yield Now("mall_database_up", "1 while the database answers.", values={(): int(queue is not None)})
    facts: Values = {} if queue is None else {(): queue.facts}
    oldest: Values = {} if queue is None else {(): _age(queue)}
    yield Now("mall_queue_facts", "Facts that wait for a worker, those put off included.", values=facts)
    yield Now("mall_queue_oldest_seconds", "How long the oldest fact of the queue has waited.", values=oldest)


def _age(queue: Waiting) -> float:
    # Another process's clock may be ahead of ours.
    return max((clock.now() - queue.oldest_at).total_seconds(), 0.0) if queue.oldest_at else 0.0
