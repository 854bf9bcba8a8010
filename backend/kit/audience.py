"""How many listen to a stream, over all processes: each tells what it has, and what is not told again is forgotten.

Nothing is kept anywhere: a process that dies stops telling, and a Redis that comes back empty knows nothing of it. So
what other processes have is a few seconds old; what this one has is exact.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from backend.kit import ids, live

TELL_SECONDS = 2.0
FORGET_SECONDS = 7.0
"""Three tellings may be lost before a process counts for nothing."""
STREAM = "audience"


@dataclass(frozen=True)
class _Told:
    """What another process has, by stream, and until when it is believed."""

    counts: Mapping[str, int]
    until: float


_others: dict[str, _Told] = {}


def of(stream: str) -> int:
    """How many listen to `stream`: here, and where others have told so."""
    now = time.monotonic()
    told = (one.counts.get(stream, 0) for one in _others.values() if one.until > now)
    return live.listening(stream) + sum(told)


@asynccontextmanager
async def exchanged(prefix: str) -> AsyncIterator[None]:
    """For as long as this lasts, tell the others of the streams whose name begins so, and hear of theirs.

    A process that is alone has nobody to tell.
    """
    if live.alone():
        yield
        return
    name = str(ids.new())
    async with live.listen(STREAM) as heard:
        tasks = [asyncio.create_task(_tell_forever(name, prefix)), asyncio.create_task(_hear_forever(name, heard))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            _others.clear()


async def _tell_forever(name: str, prefix: str) -> None:
    said: Mapping[str, int] = {}
    while True:
        counts = live.audiences(prefix)
        # Once more when the last one has gone, that nobody believes it till it is forgotten.
        if counts or said:
            await live.publish(STREAM, {"name": "Audience", "process": name, "counts": counts})
        said = counts
        await asyncio.sleep(TELL_SECONDS)


async def _hear_forever(name: str, heard: "asyncio.Queue[live.Message]") -> None:
    while True:
        told = await heard.get()
        now = time.monotonic()
        for gone in [one for one, was in _others.items() if was.until <= now]:
            del _others[gone]
        if told is not live.MISSED and told["process"] != name:
            _others[told["process"]] = _Told(told["counts"], now + FORGET_SECONDS)
