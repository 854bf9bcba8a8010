"""Fresh migrated databases in milliseconds: the migrations run once, every test gets a copy."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url


@dataclass(frozen=True)
class SqliteDatabases:
    """Copies of one migrated file."""

    template: Path

    @classmethod
    async def with_template(cls, folder: Path) -> "SqliteDatabases":
        from backend.kit import migrating

        template = folder / "template.db"
        await migrating.upgrade_database(f"sqlite+aiosqlite:///{template}")
        assert not template.with_name("template.db-wal").exists(), "the copy would miss what is still in the log"
        return cls(template)

    def fresh(self, folder: Path) -> str:
        copy = shutil.copy(self.template, folder / "mall.db")
        return f"sqlite+aiosqlite:///{copy}"


@dataclass(frozen=True)
class PostgresDatabases:
    """Databases cloned from one migrated template on the server at `url`."""

    url: str
    template: str

    @classmethod
    async def with_template(cls, url: str) -> "PostgresDatabases":
        from backend.kit import migrating

        databases = cls(url, f"mall_template_{uuid4().hex}")
        await databases.execute(f"CREATE DATABASE {databases.template}")
        await migrating.upgrade_database(databases.address(databases.template))
        return databases

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        name = f"mall_test_{uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            yield self.address(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def drop_template(self) -> None:
        await self.execute(f"DROP DATABASE {self.template} WITH (FORCE)")

    def address(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def execute(self, statement: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
