"""One verb, one transaction: open, do, commit, tell. Nobody else commits."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import outbox
from backend.kit.sqlite_writer import SqliteWriter

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS_MAX = 6
BACK_OFF_SECONDS = 0.01
RUN_AGAIN = {"40001", "40P01", "23505"}
"""Serialization failure, deadlock, and a row that another verb has just made (PostgreSQL, appendix A): the next
try sees what the other one did, and says so in the business's words."""

_reader: AsyncEngine | None = None
_writer: AsyncEngine | None = None
_sqlite: SqliteWriter | None = None
_inside: ContextVar[bool] = ContextVar("inside a verb", default=False)


def connect(url: str, *, pool_max: int = 20) -> None:
    """Use the database at `url` from now on. SQLite gets one writer and several readers."""
    global _reader, _writer, _sqlite
    if url.startswith("sqlite"):
        _reader = sqlite_engine(url, begin="BEGIN")
        _writer = sqlite_engine(url, begin="BEGIN IMMEDIATE")
        _sqlite = SqliteWriter(_writer)
        return
    _reader = _writer = create_async_engine(
        url, pool_size=pool_max, max_overflow=0, pool_timeout=10, hide_parameters=True
    )
    _sqlite = None


async def disconnect() -> None:
    """Finish the verbs under way and close every connection."""
    global _reader, _writer, _sqlite
    if _sqlite is not None:
        await _sqlite.close()
    for engine in {_reader, _writer} - {None}:
        assert engine is not None
        await engine.dispose()
    _reader = _writer = _sqlite = None


def dialect() -> str:
    """`sqlite` or `postgresql`."""
    assert _reader is not None, "connect first"
    return _reader.dialect.name


def read() -> AsyncSession:
    """A session for reading: `async with db.read() as session`. What it changes is never committed."""
    assert _reader is not None, "connect first"
    return AsyncSession(_reader, expire_on_commit=False)


@asynccontextmanager
async def snapshot() -> AsyncIterator[AsyncSession]:
    """A session for reading much that must agree: it sees one moment, whatever is committed meanwhile."""
    async with read() as session:
        # SQLite's readers see one moment by themselves.
        if dialect() == "postgresql":
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


async def transact(
    verb: Callable[Concatenate[AsyncSession, P], Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `verb(session, …)` in a transaction of its own, commit, then publish what it announced.

    A verb is a function rather than a `with` block so that it can be run again when the database asks
    for it (a deadlock, a serialization failure, a lost connection): every verb is one act per key, so
    running it again is safe even when the outcome of the first run is unknown. On SQLite verbs that
    wait together share one commit. Raises whatever the verb raises, with nothing changed.
    """
    assert not _inside.get(), "a verb calls other verbs with its own session, never transact"
    if _sqlite is not None:
        session, result = await _sqlite.run(lambda session: _guarded(verb, session, *args, **kwargs))
        await outbox.publish(session)
        return result
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return await _attempt(verb, *args, **kwargs)
        except (DBAPIError, InterfaceError, OSError) as error:
            if attempt == ATTEMPTS_MAX or not _worth_another_try(error):
                raise
            await asyncio.sleep(BACK_OFF_SECONDS * 2**attempt * random.random())  # noqa: S311
    raise AssertionError("unreachable")


def sqlite_engine(url: str, *, begin: str) -> AsyncEngine:
    """An engine whose transactions open with the statement `begin`."""
    engine = create_async_engine(url, connect_args={"timeout": 30}, hide_parameters=True)

    # The driver must not begin on its own: SQLite has no SELECT … FOR UPDATE, so a verb takes the write
    # lock at BEGIN and gets the same promise as a row lock gives.
    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def _attempt(verb: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
    async with AsyncSession(_writer, expire_on_commit=False) as session:
        result = await _guarded(verb, session, *args, **kwargs)
        await session.commit()
    await outbox.publish(session)
    return result


async def _guarded(verb: Callable[..., Awaitable[T]], session: AsyncSession, /, *args: Any, **kwargs: Any) -> T:
    token = _inside.set(True)
    try:
        result = await verb(session, *args, **kwargs)
        await session.flush()
        await outbox.write(session)
        return result
    finally:
        _inside.reset(token)


def _worth_another_try(error: Exception) -> bool:
    # asyncpg's deadlock arrives as a plain DBAPIError, so the class says nothing: ask for the SQLSTATE.
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in RUN_AGAIN
    return True
