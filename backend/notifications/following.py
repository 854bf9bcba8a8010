"""Following a stream of numbered facts: first what was missed, then what happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from backend.kit import db, live, outbox
from backend.kit.columns import table_of
from backend.kit.outbox import OutboxFact

PAGE_MAX = 100
HEARTBEAT_SECONDS = 15.0
"""So often the outbox is looked into although nothing was heard, and whoever listens is asked whether they may."""
OUTBOX = table_of(OutboxFact)


@dataclass(frozen=True)
class Told:
    """One fact of the stream, as it was recorded. `body`: plain values."""

    seq: int
    name: str
    body: Mapping[str, Any]
    at: datetime


async def follow(
    stream: str,
    after: int | None,
    *,
    welcome: Callable[[], Awaitable[bool]],
    heartbeat: float,
    as_it_stands: Callable[[], Awaitable[Told]] | None = None,
) -> AsyncIterator[Told]:
    """Every fact of `stream` numbered above `after`, in order, once each; none: only what happens from now on.

    Ends at the first heartbeat, in seconds, at which the listener is not `welcome` any more. A listener who is ahead
    of the newest number there is has news from books that were put back to an earlier day since: she gets
    `as_it_stands`, with that number, and goes on from there.
    """
    loop = asyncio.get_running_loop()
    # Listening begins before the outbox is read, so that nothing falls between the two.
    async with live.listen(stream) as heard:
        seen, look, ask_at = await _newest(stream) if after is None else after, after is not None, loop.time()
        while True:
            if loop.time() >= ask_at:
                if not await welcome():
                    return
                ask_at = loop.time() + heartbeat
                if as_it_stands is not None and (now := await as_it_stands()).seq < seen:
                    seen = now.seq
                    yield now
            if look:
                async for told in _recorded(stream, seen):
                    seen = told.seq
                    yield told
            message = await _next(heard, ask_at - loop.time())
            # Silence may mean that nothing happened, or that the news went past this process: look.
            look = message is None or message["seq"] > seen + 1
            if message is not None and message["seq"] == seen + 1:
                seen += 1
                yield _told(message)


async def _next(heard: asyncio.Queue[live.Message], seconds: float) -> live.Message | None:
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await heard.get()
    except TimeoutError:
        return None


async def _recorded(stream: str, seen: int) -> AsyncIterator[Told]:
    while True:
        query = select(OUTBOX).where(OUTBOX.c.stream == stream, OUTBOX.c.seq > seen).order_by(OUTBOX.c.seq)
        async with db.read() as session:
            rows = (await (await session.connection()).execute(query.limit(PAGE_MAX))).mappings().all()
        for row in rows:
            yield _told(outbox.message(dict(row)))
        if len(rows) < PAGE_MAX:
            return
        seen = rows[-1]["seq"]


async def _newest(stream: str) -> int:
    async with db.read() as session:
        query = select(func.max(OUTBOX.c.seq)).where(OUTBOX.c.stream == stream)
        return (await (await session.connection()).execute(query)).scalar() or 0


def _told(message: live.Message) -> Told:
    return Told(message["seq"], message["name"], message["body"], datetime.fromisoformat(message["at"]))
