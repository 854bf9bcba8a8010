"""The driver itself, where a session's statements commit by themselves: a fifth of SQLAlchemy's cost for each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import tracing

KEPT_MAX = 10
"""So many connections are kept at hand for single statements, half the pool: those of a throng go back to it."""


class AtHand:
    """Connections on which single statements are run, each for itself: the pool's care costs more than they do."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: list[tuple[AsyncConnection, Any]] = []

    async def row(self, words: str, given: Sequence[Any]) -> Sequence[Any]:
        """The one row that a statement of PostgreSQL finds, `given` its `$1`, `$2` …"""
        connection, raw = await self._one()
        try:
            found = await fetched(raw, words, given)
        except BaseException:
            await connection.invalidate()
            await connection.close()
            raise
        if len(self._kept) < KEPT_MAX:
            self._kept.append((connection, raw))
        else:
            await connection.close()
        return found

    async def close(self) -> None:
        """Let go of what is kept."""
        while self._kept:
            await self._kept.pop()[0].close()

    async def _one(self) -> tuple[AsyncConnection, Any]:
        while self._kept:
            connection, raw = self._kept.pop()
            if not raw.is_closed():
                return connection, raw
            await connection.invalidate()
            await connection.close()
        connection = await self._engine.connect()
        return connection, (await connection.get_raw_connection()).driver_connection


async def fetched(raw: Any, words: str, given: Sequence[Any]) -> Sequence[Any]:
    """The one row that the driver finds."""
    with tracing.statement(words):
        found: Sequence[Any] = await raw.fetchrow(words, *given)
    return found


async def lend(session: AsyncSession) -> None:
    """Let `row` ask the driver of this session, which is in no transaction."""
    raw = await (await session.connection()).get_raw_connection()
    session.sync_session.info["driver"] = raw.driver_connection


def lost(session: AsyncSession) -> bool:
    """Whether the connection that was lent has been closed since."""
    return bool(session.sync_session.info["driver"].is_closed())


async def row(session: AsyncSession, words: str, given: Sequence[Any]) -> Sequence[Any]:
    """The one row that a statement of PostgreSQL finds, `given` its `$1`, `$2` …"""
    driver = session.sync_session.info.get("driver")
    if driver is not None:
        with tracing.statement(words):
            found: Sequence[Any] = await driver.fetchrow(words, *given)
        return found
    return (await (await session.connection()).exec_driver_sql(words, tuple(given))).one()


async def rows(session: AsyncSession, words: str, given: Sequence[Any]) -> Sequence[Any]:
    """The rows that a statement of PostgreSQL finds, asked of the driver that was lent."""
    with tracing.statement(words):
        found: Sequence[Any] = await session.sync_session.info["driver"].fetch(words, *given)
    return found
