"""SQLite's one writer: verbs that wait together run one after another, each in a savepoint, in one commit."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

T = TypeVar("T")
BATCH_MAX = 64
Work = Callable[[AsyncSession], Awaitable[Any]]


class TransactionUndone(OSError):
    """The whole transaction was undone: the disk is full or failed, or the connection went away."""


@dataclass(eq=False)
class Call:
    """Somebody who waits for `work` to be done and committed."""

    work: Work
    done: asyncio.Future[tuple[AsyncSession, Any]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class SqliteWriter:
    """Hands verbs to a single connection. A verb that fails undoes only itself; "yes" waits for the commit."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: asyncio.Queue[Call] = asyncio.Queue()
        self._loop: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> tuple[AsyncSession, T]:
        """Do `work` and return when it is on disk."""
        call = Call(work)
        self._waiting.put_nowait(call)
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._write_forever())
        # A caller that goes away must not take the others of its batch with it.
        return cast("tuple[AsyncSession, T]", await asyncio.shield(call.done))

    async def close(self) -> None:
        """Finish what waits, then stop."""
        await self._waiting.join()
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    async def _write_forever(self) -> None:
        # Whoever still waits when the writer ends is told why; the next call begins with a new writer.
        try:
            async with self._engine.connect() as connection:
                while True:
                    await self._write_those_who_wait(connection)
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to those who wait
            self._give_up(error)
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        while not self._waiting.empty():
            answer(self._waiting.get_nowait(), None, error)
            self._waiting.task_done()

    async def _write_those_who_wait(self, connection: AsyncConnection) -> None:
        batch = [await self._waiting.get()]
        while len(batch) < BATCH_MAX and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        try:
            await self._write(connection, batch)
        finally:
            for _ in batch:
                self._waiting.task_done()

    async def _write(self, connection: AsyncConnection, batch: list[Call]) -> None:
        answers: list[tuple[Call, AsyncSession, Any]] = []
        try:
            async with connection.begin():
                answers = [(call, *await _in_one_transaction(connection, call.work)) for call in batch]
        except BaseException as error:
            for call in batch:
                answer(call, None, error)
            if not isinstance(error, Exception):
                raise
            return
        for call, session, outcome in answers:
            answer(call, session, outcome)


async def in_savepoint(connection: AsyncConnection, work: Work) -> tuple[AsyncSession, Any]:
    """Do `work` so that its failure undoes only itself; returns its session and its outcome, an exception too."""
    async with AsyncSession(
        bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        try:
            outcome = await work(session)
            await session.commit()
        except Exception as error:  # noqa: BLE001  one verb's trouble, of whatever kind, is not the batch's
            await session.rollback()
            return session, error
        return session, outcome


async def _in_one_transaction(connection: AsyncConnection, work: Work) -> tuple[AsyncSession, Any]:
    # On a full or failing disk SQLite may undo everything by itself: then there is no savepoint to go back to, or
    # none is missed and what comes next would be committed piecemeal.
    try:
        done = await in_savepoint(connection, work)
    except Exception as error:
        raise TransactionUndone from error
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if not driver.in_transaction:
        raise TransactionUndone
    return done


def answer(call: Call, session: AsyncSession | None, outcome: Any) -> None:
    """Tell whoever waits, if she still does."""
    if call.done.done():
        return
    if isinstance(outcome, BaseException):
        call.done.set_exception(outcome)
    else:
        assert session is not None
        call.done.set_result((session, outcome))
