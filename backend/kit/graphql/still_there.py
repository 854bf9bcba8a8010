"""One look-out for all open sockets: is each session still what it was when its socket was opened?"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

AWAY = (SQLAlchemyError, OSError)
"""The database does not answer, so nobody knows whether a session holds."""
log = logging.getLogger(__name__)


class Open(Protocol):
    """An open socket."""

    async def still_there(self) -> bool:
        """Whether its session holds; it is closed when not."""


class Sessions:
    """Asks each socket once in `every`. One task for all: a task and a timer for each would cost more than a socket."""

    def __init__(self, every: Callable[[], timedelta]) -> None:
        self._every = every
        self._asking: asyncio.Task[None] | None = None
        self._start_over()

    def watch(self, socket: Open) -> None:
        """Ask this one too, from now on."""
        _ask_next(self._due, socket, self._every())
        if self._asking is None:
            self._asking = asyncio.create_task(_ask_each(self._due, self._empty, self._every))

    async def forget(self, socket: Open) -> None:
        """Do not ask this one any more. After the last one nobody is asked."""
        self._due.pop(socket, None)
        if not self._due and self._asking is not None:
            # Told, not cancelled: a read cut short leaves its connection open and unknown to the pool.
            asking, self._asking = self._asking, None
            self._empty.set()
            self._start_over()
            await asking

    def _start_over(self) -> None:
        self._due: dict[Open, float] = {}
        """When each is asked next, the first one first."""
        self._empty = asyncio.Event()


async def _ask_each(due: dict[Open, float], empty: asyncio.Event, every: Callable[[], timedelta]) -> None:
    while due:
        socket, moment = next(iter(due.items()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await empty.wait()
        there = socket in due and await _still_there(socket)
        if due.pop(socket, None) is not None and there:
            _ask_next(due, socket, every())


def _ask_next(due: dict[Open, float], socket: Open, after: timedelta) -> None:
    due[socket] = asyncio.get_running_loop().time() + after.total_seconds()


async def _still_there(socket: Open) -> bool:
    try:
        return await socket.still_there()
    except AWAY as error:
        log.warning("whether a socket's session still holds is asked again: %r", error)
    except Exception:  # One socket's trouble must not leave the others unasked.
        log.exception("whether a socket's session still holds is asked again")
    return True
