"""Telling a database that is away from a bug: what it looks like when there is no server, no space or no turn."""

import sqlite3

from asyncpg import InternalClientError
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout

WORDS = "Something went wrong on our side. Nothing is lost: try again."
RETRY_AFTER_SECONDS = 1
LOST_STATES = ("08", "57P", "25P03", "25P04")
"""The connection or the server went down, or the server hung up on an idle transaction (PostgreSQL, appendix A)."""
BUSY_STATES = ("53", "55P03", "57014")
"""No room for one more, no lock in time, no answer in time: nothing was done, and later it may be."""
LOST_FILES = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)


def lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that nobody knows whether what was asked was done."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and lost(error.orig))
    if isinstance(error, OSError) or type(error).__module__.startswith("asyncpg.exceptions._base"):
        return True
    # A driver that no longer knows its own state comes wrapped by SQLAlchemy, which has no name for that.
    if isinstance(error.__cause__, InternalClientError):
        return True
    return _state(error).startswith(LOST_STATES)


def away(error: BaseException) -> bool:
    """Whether the database cannot do it now: no bug, and the same key may be sent again."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and away(error.orig))
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in LOST_FILES
    return lost(error) or isinstance(error, PoolTimeout) or _state(error).startswith(BUSY_STATES)


def _state(error: BaseException) -> str:
    return str(getattr(error, "sqlstate", None) or "")
