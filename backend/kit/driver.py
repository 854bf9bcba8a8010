"""The driver itself, where a session's statements commit by themselves: a fifth of SQLAlchemy's cost for each."""

from collections.abc import Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import tracing


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
