"""`./mall bench import`: made-up orders through the import, on PostgreSQL and SQLite, against a COPY of the same rows.

The copy is what a hand-written script could reach at best: it finds every row ready, with its points, its hash and its
place in the chain, and only has to store it. All three take turns in one run, each time in a fresh database.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from backend.kit import clock
from backend.kit.settings import ROOT
from tests.bench import made_up_orders, processor_time
from tests.faults.parts import Postgres, a_postgres
from tests.fresh_databases import PostgresDatabases, SqliteDatabases

TABLES = "SELECT relname FROM pg_stat_user_tables ORDER BY relname"
CHUNK = 2_000


@dataclass(frozen=True)
class Run:
    """One import: orders a second by its own clock, and the processor time of an order in microseconds."""

    per_second: float
    own_us: float
    database_us: float


@dataclass
class Runs:
    """One way of importing, round by round."""

    rounds: list[Run] = field(default_factory=list)

    def median(self, what: str) -> float:
        """Of one of the figures of a run."""
        return float(statistics.median(getattr(run, what) for run in self.rounds))

    def words(self) -> str:
        """Median and spread, and what an order costs."""
        rates = [run.per_second for run in self.rounds]
        return (
            f"{self.median('per_second'):8.0f} orders/s ({min(rates):.0f} … {max(rates):.0f}), an order costs "
            f"{self.median('own_us'):.0f} µs here and {self.median('database_us'):.0f} µs in the database"
        )


async def import_command(*, as_json: bool, orders: int, rounds: int) -> int:
    """Measure, print medians and spread, and the ratio import ÷ copy."""
    with tempfile.TemporaryDirectory(prefix="mall-import-") as folder, a_postgres() as postgres:
        runs = await _measured(Path(folder), postgres, orders, rounds)
    for name, of in runs.items():
        print(f"{name:<20} {of.words()}")
    rates = {name: round(of.median("per_second"), 1) for name, of in runs.items()}
    ratio = round(rates["import, postgresql"] / rates["copy, postgresql"], 4)
    print(f"import ÷ copy {ratio:.3f}, both on PostgreSQL; the copy decides nothing, it stores what was decided")
    if as_json:
        print(json.dumps({"name": "import", "ratios": {"import ÷ copy": ratio}, "orders_per_second": rates}))
    return 0


async def _measured(folder: Path, postgres: Postgres, orders: int, rounds: int) -> Mapping[str, Runs]:
    file = folder / "orders.jsonl"
    lines = made_up_orders.write(file, orders, clock.now())
    print(f"{orders:,} orders and {lines - orders:,} refunds, {file.stat().st_size / 1e6:.1f} MB", flush=True)
    sqlite = await SqliteDatabases.with_template(folder)
    databases = PostgresDatabases(postgres.url)
    await databases.make_template()
    runs = {name: Runs() for name in ("import, postgresql", "import, sqlite", "copy, postgresql")}
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        async with databases.fresh() as imported, databases.fresh() as copied:
            runs["import, postgresql"].rounds.append(await _imported(file, imported, place, orders, postgres))
            runs["import, sqlite"].rounds.append(await _imported(file, sqlite.fresh(place), place, orders, None))
            runs["copy, postgresql"].rounds.append(await _copied(imported, copied, orders, postgres))
    await databases.clear_up()
    return runs


async def _imported(file: Path, url: str, place: Path, orders: int, postgres: Postgres | None) -> Run:
    given = {"MALL_DATABASE_URL": url, "MALL_DATA_DIR": str(place), "MALL_DEMO": "false", "PYTHONPATH": str(ROOT)}
    before, own = _of(postgres), os.times()
    command = (sys.executable, "-m", "backend", "import", str(file), "--json")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **given}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    told: dict[str, Any] = json.loads(said)
    assert process.returncode == 0 and told["types"].get("order.paid") == orders, f"not every order counted: {told}"
    after = os.times()
    spent = after.children_user + after.children_system - own.children_user - own.children_system
    return Run(told["orders_per_second"], 1e6 * spent / orders, 1e6 * (_of(postgres) - before) / orders)


async def _copied(imported: str, fresh: str, orders: int, postgres: Postgres) -> Run:
    source, target = [await asyncpg.connect(url.replace("+asyncpg", "")) for url in (imported, fresh)]
    try:
        ready = await rows_made(source, target)
        before, own, loop = _of(postgres), sum(os.times()[:2]), asyncio.get_running_loop()
        began = loop.time()
        for start in range(0, max(map(len, ready.values())), CHUNK):
            await store(target, {table: rows[start : start + CHUNK] for table, rows in ready.items()})
        seconds, spent = loop.time() - began, sum(os.times()[:2]) - own
    finally:
        await source.close()
        await target.close()
    return Run(orders / seconds, 1e6 * spent / orders, 1e6 * (_of(postgres) - before) / orders)


async def rows_made(imported: Any, fresh: Any) -> dict[str, Sequence[Any]]:
    """Every row that the import made: those of the tables that are empty in a fresh database."""
    tables = [row["relname"] for row in await fresh.fetch(TABLES)]
    empty = [table for table in tables if await fresh.fetchval(f'SELECT count(*) FROM "{table}"') == 0]
    return {table: rows for table in empty if (rows := await imported.fetch(f'SELECT * FROM "{table}"'))}


async def store(target: Any, chunk: Mapping[str, Sequence[Any]]) -> None:
    """Copy rows of each table into it, all in one transaction."""
    async with target.transaction():
        for table, rows in chunk.items():
            if rows:
                await target.copy_records_to_table(table, records=rows, columns=list(rows[0].keys()))


def _of(postgres: Postgres | None) -> float:
    """Processor seconds of the database so far."""
    return processor_time.of_family(postgres.server.pid) if postgres is not None and postgres.server else 0.0
