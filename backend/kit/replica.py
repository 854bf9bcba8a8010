"""Reading at a replica that streams from the primary, without ever showing a member less than she has done.

The rule. Inside `own()` a read goes to the replica only once it has replayed everything that was committed, by whatever
process, before the first read of the block; so a member finds her own writes, and what a shop's event has just earned
her, without cookies, clocks or pinned windows. The primary is asked how far it has written (one small question that
serves all who ask at the same moment) and the replica how far it has replayed; it is waited for CATCH_UP_SECONDS_MAX.
Inside `anybody()`, for what is nobody's own, it is enough that the replica has what was committed LATE_SECONDS_MAX ago.
Everywhere else, and above all in verbs, reads go to the primary. So do those for which the replica is too far behind
or gone: it is then left alone for REST_SECONDS, which is said once, and tried again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.kit import away

CATCH_UP_SECONDS_MAX = 0.05
LATE_SECONDS_MAX = 5.0
REST_SECONDS = 1.0
LOOK_SECONDS = 0.001
WRITTEN = "SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint"
REPLAYED = "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END"
log = logging.getLogger(__name__)


class NoReplica(Exception):
    """The primary has to answer: the replica is gone, behind, or no replica."""


@dataclass(eq=False)
class Moment:
    """How far the replica must be. `position`: in the log of the primary, once it was asked for.

    `failed`: the replica went away under a read, which the primary would have answered.
    """

    late: bool
    position: int | None = None
    failed: bool = False


_moment: ContextVar[Moment | None] = ContextVar("how far a replica must be for the reads here", default=None)


@contextmanager
def own() -> Iterator[Moment]:
    """Reads in this block are somebody's own: the replica may answer if it has all that was committed before."""
    with _reading(moment := Moment(late=False)):
        yield moment


@contextmanager
def anybody() -> Iterator[Moment]:
    """Reads in this block are nobody's own: the replica may answer though it is up to LATE_SECONDS_MAX behind."""
    with _reading(moment := Moment(late=True)):
        yield moment


@contextmanager
def primary() -> Iterator[None]:
    """Reads in this block are of this very moment, whatever it is inside of."""
    with _reading(None):
        yield


def wanted() -> Moment | None:
    """How far a replica must be for what is read here; None: the primary is to answer."""
    return _moment.get()


@contextmanager
def _reading(moment: Moment | None) -> Iterator[None]:
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


class Replica:
    """A replica beside its primary. It may be several servers behind one address: each connection is asked."""

    def __init__(self, primary: AsyncEngine, replica: AsyncEngine) -> None:
        self.engine = replica
        self._primary = primary
        self._rests_until = 0.0
        self._is_away = False
        self._asking: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None
        self._earlier = (float("-inf"), 0)
        """When the primary was last asked by somebody who may be late, and what it said."""

    @asynccontextmanager
    async def connection(self, moment: Moment) -> AsyncIterator[AsyncConnection]:
        """A connection to a replica that is as far as `moment` says. Raises NoReplica."""
        if time.monotonic() < self._rests_until:
            raise NoReplica
        position = await self._position(moment)
        connection = await self._caught_up(position)
        try:
            yield connection
        except Exception as error:
            if connection.invalidated or (await _driver(connection)).is_closed():
                moment.failed = True
                self._rest(error)
            raise
        finally:
            await connection.close()

    async def _position(self, moment: Moment) -> int:
        if moment.position is None:
            moment.position = await (self._late_position() if moment.late else self._written())
        return moment.position

    async def _late_position(self) -> int:
        now = time.monotonic()
        if now - self._earlier[0] > LATE_SECONDS_MAX:
            self._earlier = now, await self._written()
        return self._earlier[1]

    async def _written(self) -> int:
        # An answer that is already under way may be older than the question: the next one is for all who ask meanwhile.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_primary())
            return await asyncio.shield(self._asking)
        if self._next is None or self._next.done():
            self._next = asyncio.create_task(self._ask_after(self._asking))
        return await asyncio.shield(self._next)

    async def _ask_after(self, before: asyncio.Task[int]) -> int:
        await asyncio.wait([before])
        self._asking, self._next = self._next, None
        return await self._ask_primary()

    async def _ask_primary(self) -> int:
        async with self._primary.connect() as connection:
            return int(await _value(connection, WRITTEN))

    async def _caught_up(self, position: int) -> AsyncConnection:
        connection: AsyncConnection | None = None
        try:
            connection = await self.engine.connect()
            await self._wait_for(connection, position)
        except BaseException as error:
            if connection is not None:
                await connection.close()
            if isinstance(error, (SQLAlchemyError, OSError)) or away.lost(error):
                self._rest(error)
                raise NoReplica from error
            raise
        self._is_back()
        return connection

    async def _wait_for(self, connection: AsyncConnection, position: int) -> None:
        raw = await connection.get_raw_connection()
        until = time.monotonic() + CATCH_UP_SECONDS_MAX
        pause = LOOK_SECONDS
        while raw.info.get("replayed", -1) < position:
            raw.info["replayed"] = await _value(connection, REPLAYED)
            if raw.info["replayed"] is None:
                await connection.invalidate()
                raise ConnectionError("it is a primary")
            if raw.info["replayed"] >= position:
                return
            if time.monotonic() >= until:
                raise TimeoutError("it is behind")
            await asyncio.sleep(pause)
            pause *= 2

    def _rest(self, because: BaseException) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        if not self._is_away:
            self._is_away = True
            log.warning("the primary answers what the replica would have: %r", because)

    def _is_back(self) -> None:
        if self._is_away:
            self._is_away = False
            log.warning("the replica answers again")


async def _value(connection: AsyncConnection, question: str) -> Any:
    # Asked of the driver: SQLAlchemy would begin a transaction for it, and that is two more questions.
    try:
        return await (await _driver(connection)).fetchval(question)
    except Exception as error:
        if away.lost(error):
            await connection.invalidate()
        raise


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
