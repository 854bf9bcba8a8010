"""A line for one hot row: verbs that would wait for it in the database wait here, and share a commit.

Without it, each of many verbs that want one row holds it through its own commit, and through every turn of the loop
that the others take meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit.sqlite_writer import BATCH_MAX, Call, TransactionUndone, answer, in_savepoint

BATCH_SECONDS_MAX = 0.25
"""No commit waits longer than this for those in it: other processes want the row too."""


class WaitingLine:
    """Runs verbs one after the other, each in a savepoint, up to BATCH_MAX in one commit; idle, it holds nothing."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[Call] = deque()
        self._writing: asyncio.Task[None] | None = None
        self.here = 0
        """How many verbs want the row now, in the line or ahead of it."""

    async def run(self, work: Callable[[AsyncSession], Any]) -> tuple[AsyncSession, Any]:
        """Do `work` and return when it is committed. Raises what `work` raises, or what undid the commit."""
        call = Call(work)
        self._waiting.append(call)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_while_somebody_waits())
        # A caller that goes away must not take the others of its batch with it.
        return cast("tuple[AsyncSession, Any]", await asyncio.shield(call.done))

    async def _write_while_somebody_waits(self) -> None:
        while self._waiting:
            done: list[tuple[Call, AsyncSession, Any]] = []
            batch: list[Call] = []
            try:
                await self._commit_some(batch, done)
            except Exception as error:  # noqa: BLE001  whatever it is, it belongs to those whose commit it was
                for call in batch:
                    answer(call, None, error)
            else:
                for call, session, outcome in done:
                    answer(call, session, outcome)

    async def _commit_some(self, batch: list[Call], done: list[tuple[Call, AsyncSession, Any]]) -> None:
        until = time.monotonic() + BATCH_SECONDS_MAX
        async with self._engine.connect() as connection:
            try:
                async with connection.begin():
                    while self._waiting and len(batch) < BATCH_MAX and time.monotonic() < until:
                        batch.append(self._waiting.popleft())
                        done.append((batch[-1], *await in_savepoint(connection, batch[-1].work)))
            except Exception as error:
                if connection.invalidated:
                    raise TransactionUndone from error
                raise
