"""Connections to PostgreSQL and SQLite, under the limits of somebody who waits for an answer."""

from typing import Any

from sqlalchemy import ExceptionContext, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.kit import away

POOL_SECONDS_MAX = 10
CONNECT_SECONDS_MAX = 4
REPLICA_CONNECT_SECONDS_MAX = 1
STATEMENT_SECONDS_MAX = 8
LOCK_SECONDS_MAX = 7
IDLE_SECONDS_MAX = 60
"""A process that went silent inside a transaction keeps its locks no longer."""
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan", "random_page_cost": "1.1", "enable_seqscan": "off"}
"""For the few large statements of a rush, which find rows by keys: to plan one anew would cost more than to do it."""


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


def postgresql_engine(
    url: str,
    *,
    pool_max: int,
    patient: bool,
    more: dict[str, str] | None = None,
    connect_seconds: int = CONNECT_SECONDS_MAX,
) -> AsyncEngine:
    """An engine of so many connections. `patient`: nobody waits for what is asked. `more`: settings of each of them."""
    limits = {"lock_timeout": LOCK_SECONDS_MAX, "idle_in_transaction_session_timeout": IDLE_SECONDS_MAX}
    if not patient:
        limits["statement_timeout"] = STATEMENT_SECONDS_MAX
    given = {
        "timeout": connect_seconds,
        # A server that was cut off or stopped keeps no time-out of its own.
        "command_timeout": None if patient else STATEMENT_SECONDS_MAX + 1,
        "server_settings": {name: f"{seconds}s" for name, seconds in limits.items()} | (more or {}),
    }
    engine = create_async_engine(
        url,
        pool_size=pool_max,
        max_overflow=0,
        pool_timeout=POOL_SECONDS_MAX,
        connect_args=given,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkout", _still_there)
    event.listen(engine.sync_engine, "handle_error", _drop_if_lost)
    return engine


def _still_there(connection: Any, _record: Any, _proxy: Any) -> None:
    # The driver knows when the server hung up: asking it costs no round trip, a ping would.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _drop_if_lost(context: ExceptionContext) -> None:
    error = context.original_exception
    if context.connection is None or not away.lost(error):
        return
    context.is_disconnect = True
    if isinstance(error, TimeoutError):
        # The driver would wait for the server to confirm that it gave up. The other connections may be well.
        context.invalidate_pool_on_disconnect = False
        driver: Any = context.connection.connection.driver_connection
        driver.terminate()
