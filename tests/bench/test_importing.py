"""The import bench measures what it says: every made-up order counts, and the copy stores all that the import made."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from sqlalchemy import func
from sqlmodel import select

from backend.earning import importing, reading_files
from backend.earning.importing import Tally
from backend.earning.reading_files import Reader
from backend.earning.taking_in import Status
from backend.kit import clock, db
from backend.ledger import invariants
from backend.ledger.models import Entry
from backend.programme import terms
from tests.bench import made_up_orders
from tests.bench.importing import rows_made, store
from tests.fresh_databases import PostgresDatabases

ORDERS = 300


async def test_every_made_up_order_counts_and_nothing_is_refused(database: str, tmp_path: Path) -> None:
    tally = await _imported(tmp_path / "orders.jsonl")
    assert tally.types["order.paid"] == tally.orders == ORDERS
    assert tally.types["order.refunded"] > 0
    assert tally.counts[Status.REFUSED] == 0


def test_the_same_number_makes_the_same_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    moment = clock.now()
    assert made_up_orders.write(one, ORDERS, moment) == made_up_orders.write(other, ORDERS, moment)
    assert one.read_bytes() == other.read_bytes()


async def test_the_copy_is_the_books_the_import_made(postgres_databases: PostgresDatabases, tmp_path: Path) -> None:
    async with postgres_databases.fresh() as imported, postgres_databases.fresh() as copied:
        async with _connected(imported):
            tally = await _imported(tmp_path / "orders.jsonl")
        ready = await _copied(imported, copied)
        assert {"account", "entry", "entry_line", "incoming_event", "lot", "member", "outbox"} <= ready.keys()
        assert len(ready["purchase"]) == tally.orders
        async with _connected(copied), db.read() as session:
            assert await invariants.broken(session) == []
            entries = (await session.exec(select(func.count()).select_from(Entry))).one()
        assert entries == len(ready["entry"])


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[None]:
    terms.forget()
    db.connect(url)
    try:
        yield
    finally:
        await db.disconnect()


async def _copied(imported: str, copied: str) -> dict[str, Sequence[Any]]:
    source, target = [await asyncpg.connect(url.replace("+asyncpg", "")) for url in (imported, copied)]
    try:
        ready = await rows_made(source, target)
        await store(target, ready)
    finally:
        await source.close()
        await target.close()
    return ready


async def _imported(file: Path) -> Tally:
    made_up_orders.write(file, ORDERS, clock.now())
    async with db.read() as session:
        programme = await terms.in_force(session)
    reader = Reader("import", programme.tz, programme.currency)
    console = Console(file=io.StringIO())
    return await importing.import_lines(reader, reading_files.lines(file), programme, console)
