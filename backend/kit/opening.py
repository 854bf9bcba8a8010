"""This installation's database for the length of one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.kit import db, migrating
from backend.kit.settings import settings


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Bring the database to the newest shape, connect to it, and let go of it at the end."""
    configured = settings()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    await migrating.upgrade_database(configured.async_database_url())
    db.connect(configured.async_database_url(), patient=True)
    try:
        yield
    finally:
        await db.disconnect()
