"""What everybody reads and few change, kept in this process as one value that never changes itself.

It is read whole, by one reader at a time, when somebody first wants it; again when a fact says that it has changed;
and looked at again after FRESH_SECONDS, because a message from another process may have been lost. Verbs do not
decide by it: they lock rows.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from backend.kit import beside, db, replica

T = TypeVar("T")
Amend = Callable[[T, Sequence[Any]], T]
FRESH_SECONDS = 1.0
"""What is handed out is never older, whatever other processes did and whichever messages were lost."""
HEARD_MAX = 1000
"""So many facts wait for somebody to look; when nobody does, it is read anew."""


@dataclass(frozen=True)
class _Kept(Generic[T]):
    value: T
    place: object
    """Of which database it is."""
    since: float
    """When reading it began."""
    changes: int
    """How many changes had been heard of by then."""


class Shared(Generic[T]):
    """A value that `read` reads: it gets the value before, None at first, and may give back just that.

    `amend` works into a value the bodies of facts that say all there is to know; some may come twice, or late.
    """

    def __init__(self, read: Callable[[T | None], Awaitable[T]], amend: Amend[T] | None = None) -> None:
        self._read, self._amend = read, amend
        self._kept: _Kept[T] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changes = 0
        self._heard: list[Any] = []
        self._heard_while_reading: list[Any] = []

    async def now(self) -> T:
        """The value with all that this process has heard of, and at most FRESH_SECONDS old."""
        asked_at, changes = time.monotonic(), self._changes
        while (kept := self._of_late(asked_at, changes)) is None:
            # One that was begun before she asked may have seen less than she must see: then there is another.
            await asyncio.shield(self._one_reading())
        if asked_at - kept.since > FRESH_SECONDS / 2:
            self.soon()
        return self._with_what_was_heard(kept)

    async def afresh(self) -> T:
        """The value as somebody reads it who begins now: for whoever misses something in it."""
        self.changed()
        return await self.now()

    def soon(self) -> None:
        """Begin to read it, unless somebody does: so that while many ask, none of them ever waits."""
        self._one_reading()

    def changed(self, _body: object = None) -> None:
        """It is to be read again before it is handed out the next time."""
        self._changes += 1

    def amended(self, body: Any) -> None:
        """A fact to be worked in."""
        if len(self._heard) < HEARD_MAX:
            self._heard.append(body)
        else:
            self._heard.clear()
            self.changed()
        if self._reading is not None:
            self._heard_while_reading.append(body)

    def _of_late(self, asked_at: float, changes: int) -> _Kept[T] | None:
        kept = self._kept
        if kept is None or kept.place is not db.place() or kept.changes < changes:
            return None
        return kept if asked_at - kept.since <= FRESH_SECONDS else None

    def _one_reading(self) -> "asyncio.Task[None]":
        if self._reading is None:
            self._reading = beside.begin(self._read_once())
        return self._reading

    async def _read_once(self) -> None:
        kept, place, since, changes = self._kept, db.place(), time.monotonic(), self._changes
        known = kept is not None and kept.place is place
        before = self._with_what_was_heard(kept) if kept is not None and known else None
        self._heard.clear()
        try:
            # A replica may not have yet what a fact has told of.
            with replica.primary():
                self._kept = _Kept(await self._read(before), place, since, changes)
            self._heard = self._heard_while_reading
        finally:
            self._reading, self._heard_while_reading = None, []

    def _with_what_was_heard(self, kept: _Kept[T]) -> T:
        if not self._heard or self._amend is None:
            return kept.value
        value = self._amend(kept.value, tuple(self._heard))
        self._heard.clear()
        self._kept = replace(kept, value=value)
        return value
