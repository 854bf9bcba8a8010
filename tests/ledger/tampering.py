"""Hands in the database that are not the product's: raw SQL, with a way to put everything back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.kit.columns import table_of
from backend.ledger.models import (
    Account,
    Checkpoint,
    Entry,
    EntryLine,
    Hold,
    Leaf,
    Lot,
    SealKey,
    SealLog,
    Tile,
    Transfer,
)

TABLES: dict[str, Any] = {
    table_of(model).name: table_of(model)
    for model in (Account, Lot, Entry, EntryLine, Hold, Transfer, SealLog, Leaf, Tile, SealKey, Checkpoint)
}


class Tamperer:
    """Changes rows behind the product's back."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def change(self, name: str, where: dict[str, Any], **values: Any) -> None:
        table = TABLES[name]
        await self.once(update(table).values(values).where(*(table.c[key] == value for key, value in where.items())))

    async def drop(self, name: str, where: dict[str, Any]) -> None:
        table = TABLES[name]
        await self.once(delete(table).where(*(table.c[key] == value for key, value in where.items())))

    async def once(self, statement: Any) -> None:
        async with self.engine.begin() as connection:
            assert (await connection.execute(statement)).rowcount == 1


@asynccontextmanager
async def tampering(url: str) -> AsyncIterator[Tamperer]:
    """What is done inside is committed at once, and undone at the end: the test's own check comes after."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        kept: dict[str, Any] = {name: (await connection.execute(select(of))).all() for name, of in TABLES.items()}
    try:
        yield Tamperer(engine)
    finally:
        async with engine.begin() as connection:
            for name, rows in kept.items():
                table = TABLES[name]
                await connection.execute(delete(table))
                if rows:
                    await connection.execute(insert(table), [dict(row._mapping) for row in rows])
        await engine.dispose()
