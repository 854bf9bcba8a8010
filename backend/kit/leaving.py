"""Whether this process is about to leave: it finishes what it began, and lets others have what is new."""

import asyncio
import contextlib

FINISH_SECONDS_MAX = 5.0
"""Whatever is not done by then is cut off; being tried again does it no harm."""

_leaving = asyncio.Event()


def stay() -> None:
    """A process that has just begun does not leave."""
    global _leaving
    _leaving = asyncio.Event()


def begin() -> None:
    """Leave soon. Whoever does one thing after the other does no other."""
    _leaving.set()


def begun() -> bool:
    """Whether this process is leaving."""
    return _leaving.is_set()


async def within(seconds: float) -> bool:
    """Wait so long, or until this process leaves; tells whether it does."""
    try:
        async with asyncio.timeout(seconds):
            return await _leaving.wait()
    except TimeoutError:
        return _leaving.is_set()


async def finish(work: "asyncio.Task[None]") -> None:
    """Leave once this process is asked to, or `work` ends: it finishes what it has begun, FINISH_SECONDS_MAX long."""
    asked = asyncio.create_task(_leaving.wait())
    await asyncio.wait([work, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    await asyncio.wait([work], timeout=FINISH_SECONDS_MAX)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
