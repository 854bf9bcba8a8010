"""Bringing a database to the newest shape, and telling whether models and migrations agree."""

import asyncio
import importlib
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import engines
from backend.kit.settings import ROOT, settings

ONE_AT_A_TIME = 0x6D616C6C
"""The advisory lock under which PostgreSQL is migrated: processes that start together wait for the first."""


def upgrade() -> None:
    """Bring this installation's database to the newest shape; a second call changes nothing."""
    configured = settings()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(upgrade_database(configured.async_database_url()))


async def upgrade_database(url: str) -> None:
    """Run every migration that the database at `url` has not seen: all of them or none, one process at a time."""
    await _with_connection(url, _upgrade)


def upgrade_to(connection: Connection, revision: str) -> None:
    """Bring a database to the shape it had at `revision`, in the transaction of its connection."""
    command.upgrade(_config(connection), revision)


def revisions() -> set[str]:
    """Every shape this version of the product knows."""
    return {script.revision for script in _scripts().walk_revisions()}


@cache
def older() -> frozenset[str]:
    """Every shape before the newest one this version of the product knows."""
    known = _scripts()
    return frozenset(script.revision for script in known.walk_revisions()) - {known.get_current_head()}


async def is_new_enough(session: AsyncSession) -> bool:
    """Whether this version can work with the database. A newer shape will do: versions run side by side for a while."""
    shapes = await (await session.connection()).execute(text("SELECT version_num FROM alembic_version"))
    return older().isdisjoint(found := set(shapes.scalars())) and bool(found)


async def drift(url: str) -> list[Any]:
    """What the models say that the migrated database at `url` does not; empty when they agree."""
    import_models()

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    found: list[Any] = await _with_connection(url, differences)
    return found


async def write_migration(url: str, title: str) -> None:
    """Write the migration that brings the database at `url` to what the models say, for a developer to read."""
    import_models()
    await _with_connection(
        url, lambda connection: command.revision(_config(connection), message=title, autogenerate=True)
    )


def import_models() -> None:
    """Declare every table: each domain keeps its own in models*.py; outbox and audit are the kit's."""
    for path in sorted(Path(ROOT, "backend").glob("*/models*.py")):
        importlib.import_module(f"backend.{path.parent.name}.{path.stem}")
    importlib.import_module("backend.kit.outbox")
    importlib.import_module("backend.kit.audit")


def _upgrade(connection: Connection) -> None:
    # On SQLite the write lock is taken already, at BEGIN.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    command.upgrade(_config(connection), "head")


async def _with_connection(url: str, work: Any) -> Any:
    # Left to itself the SQLite driver commits each CREATE TABLE alone: stopped halfway, no start would work again.
    engine = (
        engines.sqlite_engine(url, begin="BEGIN IMMEDIATE") if url.startswith("sqlite") else create_async_engine(url)
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config
