"""Fresh migrated databases in milliseconds: the migrations run once, every test gets a copy."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.kit import migrating

_words: dict[str, tuple[Any, Any]] = {}
"""By the dialect's name: the first engine's dialect, and the statements it has put into words."""


def share_words(engines: Iterable[AsyncEngine]) -> None:
    """Let these engines know what those of earlier tests put into words: half of a short test's time is that."""
    for engine in engines:
        plain: Any = engine.sync_engine
        dialect, compiled = _words.setdefault(plain.dialect.name, (plain.dialect, plain._compiled_cache))
        plain.dialect = plain.pool._dialect = dialect
        plain._compiled_cache = compiled


@dataclass(frozen=True)
class SqliteDatabases:
    """Copies of one migrated file."""

    template: Path

    @classmethod
    async def with_template(cls, folder: Path) -> "SqliteDatabases":
        template = folder / "template.db"
        await migrating.upgrade_database(f"sqlite+aiosqlite:///{template}")
        assert not template.with_name("template.db-wal").exists(), "the copy would miss what is still in the log"
        return cls(template)

    def fresh(self, folder: Path) -> str:
        copy = shutil.copy(self.template, folder / "mall.db")
        return f"sqlite+aiosqlite:///{copy}"


class PostgresDatabases:
    """Databases cloned from one migrated template on the server at `url`.

    Making and dropping one takes a while, so the server does both while the next tests run.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.template = f"mall_template_{uuid4().hex}"
        self.dropping: asyncio.Task[None] | None = None

    async def make_template(self) -> None:
        await self.execute(f"CREATE DATABASE {self.template}")
        await migrating.upgrade_database(self.address(self.template))
        self.next = asyncio.create_task(self.clone())

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        name = await self.next
        self.next = asyncio.create_task(self.clone())
        try:
            yield self.address(name)
        finally:
            await self.drop_aside(name)

    async def clone(self) -> str:
        name = f"mall_test_{uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY")
        return name

    async def drop_aside(self, name: str) -> None:
        """Drop it while others go on, once the last one is gone."""
        if self.dropping is not None:
            await self.dropping
        self.dropping = asyncio.create_task(self.drop(name))

    async def clear_up(self) -> None:
        if self.dropping is not None:
            await self.dropping
        await self.drop(await self.next)
        await self.drop(self.template)

    async def drop(self, name: str) -> None:
        await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def address(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def execute(self, statement: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
