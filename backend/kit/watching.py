"""Watching one live thing: how it stands at once, then every higher version; one watcher may do it for many."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from contextvars import ContextVar
from typing import Protocol, TypeVar

from backend.kit import away, live

log = logging.getLogger(__name__)


class Standing(Protocol):
    """How a live thing stands. Of two, the one with the higher version is the later one."""

    @property
    def version(self) -> int:
        """Rises with every change."""


S = TypeVar("S", bound=Standing)


class Onlookers:
    """Those for whom one watcher watches. Who joins later is told how the thing stands then, and the others are not."""

    def __init__(self) -> None:
        self.size = 1
        self.newcomers_only = False
        """Whether what was told last is news only to those who have just joined."""
        self._waiting = False
        self._heard: asyncio.Queue[live.Message] | None = None

    def ask(self) -> None:
        """Have the thing looked at again, for whoever has just joined. Asked often meanwhile, it is looked at once."""
        self._waiting = True
        if self._heard is not None and self._heard.empty():
            self._heard.put_nowait(live.MISSED)

    def listen_by(self, heard: asyncio.Queue[live.Message]) -> None:
        """The watcher has begun to listen by this queue."""
        self._heard, self._waiting = heard, False

    def asked(self) -> bool:
        """Whether somebody has joined since this was last asked."""
        waiting, self._waiting = self._waiting, False
        return waiting


onlookers: ContextVar[Onlookers | None] = ContextVar("onlookers", default=None)
"""For whom the task that runs here watches; None: for itself."""


async def watch(
    stream: str,
    read: Callable[[], Awaitable[S | None]],
    hear: Callable[[live.Message], S | None],
    *,
    look_again_seconds: float,
) -> AsyncIterator[S]:
    """How a thing stands, at once, then whenever it stands differently; it ends when there is no such thing.

    `hear` makes a standing of what is told on `stream`, None of what is none. Some may be left out, the newest never
    is: after silence it is read again, for the news may have gone past this process.
    """
    given = onlookers.get()
    ours = given or Onlookers()
    counted = live.for_many(stream, lambda: ours.size) if given else nullcontext()
    # Listening begins before it is read, so that nothing falls between the two.
    async with live.listen(stream) as heard:
        with counted:
            ours.listen_by(heard)
            seen, asked, now = -1, False, await read()
            while now is not None:
                if now.version > seen or asked:
                    ours.newcomers_only = now.version <= seen
                    seen = max(seen, now.version)
                    yield now
                told = await _next(heard, hear, look_again_seconds)
                asked = ours.asked()
                if asked or told is None:
                    read_now = await _again(read, now)
                    told = told if told and read_now and told.version > read_now.version else read_now
                now = told


async def _next(
    heard: asyncio.Queue[live.Message], hear: Callable[[live.Message], S | None], seconds: float
) -> S | None:
    # None: look. A queue that is full has lost the newest, so nothing in it is worth telling.
    if heard.full():
        while not heard.empty():
            heard.get_nowait()
        return None
    try:
        async with asyncio.timeout(seconds):
            while (message := await heard.get()) is not live.MISSED:
                if (told := hear(message)) is not None:
                    return told
    except TimeoutError:
        pass
    return None


async def _again(read: Callable[[], Awaitable[S | None]], now: S) -> S | None:
    # Who has been told it keeps it while the database is away: nothing can change meanwhile either.
    try:
        return await read()
    except Exception as error:
        if not away.away(error):
            raise
        log.warning("what is being watched cannot be read again just now: %r", error)
        return now
