"""Reading that was begun beside the requests, for those to come: who closes the database waits for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_under_way: set["asyncio.Task[None]"] = set()


def begin(reading: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Begin it. Whoever wanted it may have gone away: then nobody asks what became of it."""
    task = asyncio.create_task(reading)
    _under_way.add(task)
    task.add_done_callback(_done)
    return task


async def finish() -> None:
    """Wait until nothing is under way."""
    here = asyncio.get_running_loop()
    while own := [task for task in _under_way if task.get_loop() is here]:
        await asyncio.wait(own)


def _done(task: "asyncio.Task[None]") -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()
