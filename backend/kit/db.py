"""One verb, one transaction: open, do, commit, tell. Nobody else commits."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import away, beside, driver, outbox, replica, tracing
from backend.kit.driver import AtHand, fetched
from backend.kit.engines import PLANNED_ONCE, REPLICA_CONNECT_SECONDS_MAX, postgresql_engine, sqlite_engine
from backend.kit.errors import Overtaken
from backend.kit.rush import AT_ONCE_MAX, Rush, Together
from backend.kit.sqlite_writer import SqliteWriter
from backend.kit.waiting_line import WaitingLine

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS_MAX = 6
BACK_OFF_SECONDS = 0.01
BACK_OFF_SECONDS_MAX = 0.5
AWAY_SECONDS_MAX = 3.0
"""So long a verb waits for a database that went away; whoever asked then reads that it may be tried again."""
TURN_SECONDS_MAX = 20
"""Nobody waits longer for the others at the same row; she may try again then."""
RUN_AGAIN = {"40001", "40P01", "23505"}
"""Serialization failure, deadlock, and a row that another verb has just made (PostgreSQL, appendix A): the next
try sees what the other one did, and says so in the business's words."""

WHOSE = attrgetter("member_id")
"""Whose account a wish is about: of one member's wishes one is done at a time."""

_reader: AsyncEngine | None = None
_writer: AsyncEngine | None = None
_rushing: AsyncEngine | None = None
_sqlite: SqliteWriter | None = None
_replica: replica.Replica | None = None
_at_hand: AtHand | None = None
_lines: dict[str, WaitingLine] = {}
_rushes: dict[Together, Rush] = {}
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
_inside: ContextVar[bool] = ContextVar("inside a verb", default=False)


class _Lost(Exception):
    """The connection went away under a verb: nobody knows whether its transaction was committed."""

    def __init__(self, because: Exception) -> None:
        super().__init__()
        self.because = because


def connect(url: str, *, pool_max: int = 20, patient: bool = False, replica_url: str | None = None) -> None:
    """Use the database at `url` from now on. SQLite gets one writer and several readers.

    On PostgreSQL every statement must end in seconds, for somebody waits; `patient`: nobody does. A replica answers
    what kit.replica says it may.
    """
    global _reader, _writer, _rushing, _sqlite, _replica, _at_hand
    if url.startswith("sqlite"):
        _reader = sqlite_engine(url, begin="BEGIN")
        _writer = sqlite_engine(url, begin="BEGIN IMMEDIATE")
        _sqlite = SqliteWriter(_writer)
        return
    _reader = _writer = postgresql_engine(url, pool_max=pool_max, patient=patient)
    # For a rush, which keeps its connections, and for `transact_at_once`.
    _rushing = postgresql_engine(url, pool_max=2 * AT_ONCE_MAX, patient=patient, more=PLANNED_ONCE)
    _at_hand = AtHand(_reader)
    if replica_url is not None:
        beside = postgresql_engine(
            replica_url, pool_max=pool_max, patient=patient, connect_seconds=REPLICA_CONNECT_SECONDS_MAX
        )
        _replica = replica.Replica(_reader, beside)
    _sqlite = None


async def disconnect() -> None:
    """Finish the verbs under way and close every connection."""
    global _reader, _writer, _rushing, _sqlite, _replica, _at_hand
    await beside.finish()
    if _sqlite is not None:
        await _sqlite.close()
    if _at_hand is not None:
        await _at_hand.close()
    if _replica is not None:
        await _replica.engine.dispose()
    for rush in _rushes.values():
        await rush.close()
    _rushes.clear()
    for engine in engines():
        await engine.dispose()
    _reader = _writer = _rushing = _sqlite = _replica = _at_hand = None


def engines() -> set[AsyncEngine]:
    """What is connected now."""
    return {engine for engine in (_reader, _writer, _rushing) if engine is not None}


def dialect() -> str:
    """`sqlite` or `postgresql`."""
    assert _reader is not None, "connect first"
    return "postgresql" if _sqlite is None else "sqlite"


def pools() -> Mapping[str, Any]:
    """The connections this process keeps, by what they are for."""
    named = {"read": _reader, "write": _writer, "rush": _rushing}
    if _reader is _writer:
        del named["read"]
    if _replica is not None:
        named["replica"] = _replica.engine
    return {name: engine.pool for name, engine in named.items() if engine is not None}


def has_replica() -> bool:
    """Whether reads may go to another server."""
    return _replica is not None


def place() -> AsyncEngine:
    """Which database is in use: another one after each `connect`."""
    assert _reader is not None, "connect first"
    return _reader


def read() -> AbstractAsyncContextManager[AsyncSession]:
    """A session for reading: `async with db.read() as session`. What it changes is never committed."""
    assert _reader is not None, "connect first"
    moment = replica.wanted()
    if _replica is None or moment is None:
        return AsyncSession(_reader, expire_on_commit=False)
    return _read_beside(_replica, moment)


@asynccontextmanager
async def _read_beside(beside: replica.Replica, moment: replica.Moment) -> AsyncIterator[AsyncSession]:
    async with AsyncExitStack() as stack:
        bind: AsyncConnection | AsyncEngine | None = _reader
        with contextlib.suppress(replica.NoReplica):
            bind = await stack.enter_async_context(beside.connection(moment))
        async with AsyncSession(bind, expire_on_commit=False) as session:
            yield session


async def glance(words: str, given: Sequence[Any]) -> Sequence[Any]:
    """The one row that a single statement of PostgreSQL finds, read by itself: what it sees is of one moment."""
    assert _at_hand is not None, "connect first"
    moment = replica.wanted()
    if _replica is not None and moment is not None:
        with contextlib.suppress(replica.NoReplica):
            async with _replica.connection(moment) as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                return await fetched(raw, words, given)
    return await _at_hand.row(words, given)


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
    for it (a deadlock, a serialization failure, a lost connection) or was overtaken: every verb is one act per key, so
    running it again is safe even when the outcome of the first run is unknown. On SQLite verbs that
    wait together share one commit. Raises whatever the verb raises, with nothing changed.
    """
    assert not _inside.get(), "a verb calls other verbs with its own session, never transact"
    with tracing.span_of(verb):
        if _sqlite is not None:
            session, result = await _sqlite.run(
                tracing.carried(lambda session: _guarded(verb, session, *args, **kwargs))
            )
            await outbox.publish(session)
            return result
        return await _again_and_again(lambda: _attempt(verb, *args, **kwargs))


async def transact_in_line(
    hot: str, verb: Callable[Concatenate[AsyncSession, P], Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """`transact` for verbs that want the row `hot`: those that come while it is wanted already share commits.

    Such a verb locks the row last. Nobody in the line waits for a lock of another in it, for they share a transaction.
    """
    if _sqlite is not None:
        return await transact(verb, *args, **kwargs)
    assert not _inside.get(), "a verb calls other verbs with its own session, never transact"
    assert _writer is not None, "connect first"
    line = _lines.setdefault(hot, WaitingLine(_writer))
    line.here += 1
    try:
        if line.here == 1:
            return await transact(verb, *args, **kwargs)
        with tracing.span_of(verb):
            return await _again_and_again(lambda: _attempt_in(line, verb, *args, **kwargs))
    finally:
        line.here -= 1
        if not line.here:
            _lines.pop(hot, None)


async def transact_together(together: Together, alone: Callable[..., Awaitable[T]], /, wish: Any) -> T:
    """What `wish` comes to: done with those who come meanwhile, by `together`, or by `alone` as `transact` does it.

    `alone` takes what `wish` is made of, a `member_id` among it. A rush is for PostgreSQL, where each commit waits for
    the disk: on SQLite all verbs share commits anyway.
    """
    assert not _inside.get(), "a verb calls other verbs with its own session, never transact"
    if _sqlite is None:
        assert _rushing is not None, "connect first"
        rush = _rushes.get(together) or _rushes.setdefault(together, Rush(_rushing, together, _passes, WHOSE))
        with tracing.span_of(alone):
            answer = await rush.ask(wish)
        if isinstance(answer, Overtaken):
            # Whoever met another act of hers, here or in another process, need not wait for a turn alone.
            answer = await rush.ask(wish)
        if not isinstance(answer, Exception):
            return cast("T", answer)
        if not isinstance(answer, Overtaken):
            raise answer
    return await transact(alone, **vars(wish))


async def transact_at_once(
    verb: Callable[Concatenate[AsyncSession, P], Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `verb(session, …)`, which decides without a lock and writes in one statement, if all is as it was seen.

    What that statement locks the database lets go by itself, however busy this process is. PostgreSQL only. It is
    tried once: what is in the way, or in trouble, is for `transact`.
    """
    assert not _inside.get(), "a verb calls other verbs with its own session, never transact"
    assert _rushing is not None, "connect first"
    with tracing.span_of(verb):
        async with AsyncSession(_rushing.execution_options(isolation_level="AUTOCOMMIT")) as session:
            await driver.lend(session)
            try:
                result = await verb(session, *args, **kwargs)
            except BaseException:
                await session.invalidate()
                raise
        await outbox.publish(session)
    return result


async def transact_in_turn(
    hot: str, verb: Callable[Concatenate[AsyncSession, P], Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """`transact` for verbs that lock the row `hot` first and others' rows after it: one after the other, here already.

    In the database each would wait with a connection of its own, until nobody else had one; and in one transaction,
    as `transact_in_line` would do it, the locks of one verb would be held while the next one asks for more.
    Raises Overtaken to whoever has waited for TURN_SECONDS_MAX.
    """
    if _sqlite is not None:
        return await transact(verb, *args, **kwargs)
    if (turn := _turns.get(hot)) is None:
        turn = _turns[hot] = asyncio.Lock()
    try:
        async with asyncio.timeout(TURN_SECONDS_MAX):
            await turn.acquire()
    except TimeoutError:
        raise Overtaken from None
    try:
        return await transact(verb, *args, **kwargs)
    finally:
        turn.release()


async def _again_and_again(attempted: Callable[[], Awaitable[T]]) -> T:
    attempt, until = 1, asyncio.get_running_loop().time() + AWAY_SECONDS_MAX
    while True:
        try:
            return await attempted()
        except _Lost as gone:
            if asyncio.get_running_loop().time() >= until:
                raise gone.because from None
        except DBAPIError as error:
            if attempt >= ATTEMPTS_MAX or getattr(error.orig, "sqlstate", None) not in RUN_AGAIN:
                raise
        except Overtaken:
            if attempt >= ATTEMPTS_MAX:
                raise
        await asyncio.sleep(min(BACK_OFF_SECONDS * 2**attempt, BACK_OFF_SECONDS_MAX) * random.random())  # noqa: S311
        attempt += 1


async def _attempt(verb: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
    connection: AsyncConnection | None = None
    try:
        async with AsyncSession(_writer, expire_on_commit=False) as session:
            connection = await session.connection()
            result = await _guarded(verb, session, *args, **kwargs)
            await session.commit()
    except Exception as error:
        # A driver that has lost its server may raise anything, so what counts is whether the connection is gone.
        if away.lost(error) or (connection is not None and connection.invalidated):
            raise _Lost(error) from error
        raise
    await outbox.publish(session)
    return result


async def _attempt_in(line: WaitingLine, verb: Callable[..., Awaitable[T]], /, *args: Any, **kwargs: Any) -> T:
    try:
        session, result = await line.run(tracing.carried(lambda session: _guarded(verb, session, *args, **kwargs)))
    except Exception as error:
        if away.lost(error):
            raise _Lost(error) from error
        raise
    await outbox.publish(session)
    return cast("T", result)


def _passes(error: Exception) -> bool:
    return away.away(error) or getattr(getattr(error, "orig", error), "sqlstate", None) in RUN_AGAIN


async def _guarded(verb: Callable[..., Awaitable[T]], session: AsyncSession, /, *args: Any, **kwargs: Any) -> T:
    token = _inside.set(True)
    try:
        result = await verb(session, *args, **kwargs)
        await session.flush()
        await outbox.write(session)
        return result
    finally:
        _inside.reset(token)
