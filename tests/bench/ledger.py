"""`./mall bench ledger`: redemptions through the verb against one PostgreSQL function that does the same writes.

Both run on the same PostgreSQL, durable (fsync and synchronous_commit on), in turns, so that a machine that slows
down slows both. Client, worker processes and PostgreSQL share the machine's processors: that is part of the number.
"""

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from backend.kit import db, migrating
from backend.kit.errors import Refused
from backend.kit.settings import ROOT
from tests import real_postgres
from tests.bench.a_programme import MEMBERS, a_programme
from tests.bench.big_books import Figures, measure
from tests.faults.parts import Postgres, a_postgres
from tests.real_postgres import environment

CLIENTS = (1, 16, 64)
ROUNDS = 3
SECONDS = 4.0
FUNCTION = Path(__file__).with_name("one_function.sql")
ASKED = """SELECT bench_redeem((SELECT member_id FROM bench_member WHERE n = :m),
    (SELECT reward_id FROM bench_reward WHERE n = :r), gen_random_uuid());""".replace("\n", " ")
TPS = re.compile(r"tps = ([\d.]+)")
HOT = 1


class NoPgbench(Refused):
    """pgbench is missing: it comes with the PostgreSQL of requirements/test.txt; run ./mall bench."""


@dataclass
class Rates:
    """Redemptions a second of one way, at so many clients, round by round."""

    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def words(self) -> str:
        return f"{self.median:8.0f} /s ({min(self.rounds):.0f} … {max(self.rounds):.0f})"


@dataclass(frozen=True)
class Programme:
    """What is redeemed by whom."""

    members: Sequence[UUID]
    rewards: Sequence[UUID]


async def ledger_command(*, as_json: bool, rounds: int = ROUNDS, seconds: float = SECONDS, lots: int = 0) -> int:
    """Measure, print medians and spread, and the ratios verb ÷ function; then books of so many lots."""
    rates = await _redeeming(rounds, seconds) if rounds else {}
    told = _told(rates) if rates else {}
    if lots:
        told |= {"books": asdict(await _big_books(lots))}
    if as_json:
        print(json.dumps({"name": "ledger", **told}))
    return 0


async def _redeeming(rounds: int, seconds: float) -> dict[tuple[str, int], Rates]:
    with a_postgres() as postgres:
        pgbench = postgres.binaries / "bin" / "pgbench"
        if not pgbench.exists():
            raise NoPgbench
        await migrating.upgrade_database(postgres.url)
        programme = await _prepared(postgres)
        async with _workers(postgres.url) as workers:
            return await _measured(postgres, pgbench, workers, programme, rounds=rounds, seconds=seconds)


def _told(rates: Mapping[tuple[str, int], Rates]) -> dict[str, Any]:
    ratios = {
        str(clients): round(rates["verb", clients].median / rates["function", clients].median, 3) for clients in CLIENTS
    }
    hot = {name: round(rates[name, 64].median, 1) for name in ("hot alone", "hot together", "hot function")}
    for clients, ratio in ratios.items():
        print(f"{clients:>3} clients: verb ÷ function {ratio:.2f} (wanted ≥ 0.5)")
    ratios["one sku, together ÷ alone"] = round(hot["hot together"] / hot["hot alone"], 2)
    print(f"one SKU, 64 clients: together ÷ alone {ratios['one sku, together ÷ alone']:.2f} (wanted ≥ 4)")
    return {"ratios": ratios, "per_second": hot}


async def _big_books(lots: int) -> Figures:
    with a_postgres(real_postgres.ROOMY) as postgres:
        await migrating.upgrade_database(postgres.url)
        return await measure(postgres.url, lots)


async def _prepared(postgres: Postgres) -> Programme:
    db.connect(postgres.url, patient=True)
    try:
        members, rewards = await a_programme()
    finally:
        await db.disconnect()
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        await connection.execute(FUNCTION.read_text("utf-8"))
        for name, ids in (("member", members), ("reward", rewards)):
            rows = list(enumerate(ids, 1))
            await connection.executemany(f"INSERT INTO bench_{name} VALUES ($1, $2)", rows)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Programme(members, rewards)


@asynccontextmanager
async def _workers(url: str) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    command = (sys.executable, "-m", "tests.bench.redeeming", url, str(max(CLIENTS)))
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = asyncio.subprocess.PIPE
    number = max(1, (os.cpu_count() or 1))
    workers = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=given, stdin=pipe, stdout=pipe, limit=2**20)
        for _ in range(number)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.close()
            await worker.wait()


async def _measured(
    postgres: Postgres,
    pgbench: Path,
    workers: Sequence[asyncio.subprocess.Process],
    programme: Programme,
    *,
    rounds: int,
    seconds: float,
) -> dict[tuple[str, int], Rates]:
    one = Programme(programme.members, programme.rewards[:HOT])
    rates: dict[tuple[str, int], Rates] = {}
    for number in range(rounds + 1):
        for clients in CLIENTS:
            verb = await _verb(workers, clients, programme, seconds)
            function = await _function(postgres, pgbench, clients, len(programme.rewards), seconds)
            found = {"verb": verb, "function": function}
            if clients == max(CLIENTS):
                found["hot alone"] = await _verb(workers, clients, one, seconds, together=False)
                found["hot together"] = await _verb(workers, clients, one, seconds)
                found["hot function"] = await _function(postgres, pgbench, clients, HOT, seconds)
            # The first round fills caches.
            for name, rate in found.items() if number else ():
                rates.setdefault((name, clients), Rates()).rounds.append(rate)
    for (name, clients), of in rates.items():
        print(f"{clients:>3} clients, {name:<12} {of.words()}", flush=True)
    return rates


async def _verb(
    workers: Sequence[asyncio.subprocess.Process],
    clients: int,
    programme: Programme,
    seconds: float,
    *,
    together: bool = True,
) -> float:
    used = workers[: min(len(workers), clients)]
    shares = [clients // len(used) + (number < clients % len(used)) for number in range(len(used))]
    pairs = zip(used, shares, strict=True)
    return sum(await asyncio.gather(*(_ask(*pair, programme, seconds, together=together) for pair in pairs))) / seconds


async def _ask(
    worker: asyncio.subprocess.Process, clients: int, programme: Programme, seconds: float, *, together: bool
) -> int:
    assert worker.stdin is not None and worker.stdout is not None
    asked: dict[str, Any] = {"clients": clients, "seconds": seconds, "together": together}
    asked |= {"members": [str(one) for one in programme.members], "rewards": [str(one) for one in programme.rewards]}
    worker.stdin.write(json.dumps(asked).encode() + b"\n")
    await worker.stdin.drain()
    return int(await worker.stdout.readline())


async def _function(postgres: Postgres, pgbench: Path, clients: int, rewards: int, seconds: float) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"\\set m random(1, {MEMBERS})\n\\set r random(1, {rewards})\n{ASKED}\n")
        script.flush()
        command = [
            str(pgbench),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(clients, os.cpu_count() or 1)),
        ]
        command += ["-T", str(round(seconds)), "-f", script.name, "-h", "127.0.0.1", "-p", str(postgres.port)]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "-U", "postgres", "postgres"],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
    found = TPS.search(done.stdout)
    assert found, f"pgbench said nothing of its speed:\n{done.stdout}{done.stderr}"
    return float(found[1])
