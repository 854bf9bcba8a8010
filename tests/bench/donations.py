"""`./mall bench donations`: everybody gives to one project, against the same gifts spread over a thousand.

Both through the verb on one durable PostgreSQL, in turns a few seconds long, so that a machine that slows down slows
both. Meanwhile the worker's job counts and matches each second, as in the product. Afterwards everything is counted and
the promises are asked: a fast way to lose a gift would be worth nothing.
"""

import asyncio
import contextlib
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule
from backend.charity import charities, invariants, projects
from backend.charity.models import CharityProject
from backend.kit import db, migrating
from backend.kit.done import Done
from backend.kit.settings import ROOT
from tests.bench.a_programme import BATCH, enrol
from tests.faults.parts import a_postgres

PROJECTS, AT_ONCE = 1_000, 100
MEMBERS = 2_000
CLIENTS = 16
ROUNDS, SECONDS = 7, 4.0
WANTED = 0.8
WORDS = {"zh_cn": "试", "en": "A thing to give to"}
Processes = Sequence[asyncio.subprocess.Process]


async def donations_command(*, as_json: bool, rounds: int = ROUNDS, seconds: float = SECONDS) -> int:
    """Measure, print each round, medians and the ratio one ÷ spread; 1 if a promise was broken on the way."""
    with a_postgres() as postgres:
        await migrating.upgrade_database(postgres.url)
        db.connect(postgres.url, patient=True)
        try:
            members, many = await _prepared()
            await _analyzed(postgres.url)
            async with _givers(postgres.url) as givers, _a_worker():
                pairs = await _measured(givers, members, many, rounds, seconds)
            await schedule.count_donations()
            async with db.snapshot() as session:
                broken = await invariants.broken(session)
        finally:
            await db.disconnect()
    one, spread = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = round(statistics.median(alone / apart for alone, apart in pairs), 3)
    print(f"one project {one:.0f} /s, {PROJECTS} projects {spread:.0f} /s")
    print(f"{CLIENTS} clients: one ÷ spread {ratio:.2f} (wanted ≥ {WANTED})")
    print("\n".join(broken) or "every donation was counted, matched within its budget and paid for")
    if as_json:
        per_second = {"one": round(one, 1), "spread": round(spread, 1)}
        print(json.dumps({"name": "donations", "ratios": {"one_vs_spread": ratio}, "per_second": per_second}))
    return 1 if broken else 0


async def _prepared() -> tuple[list[UUID], list[UUID]]:
    members: list[UUID] = []
    for start in range(0, MEMBERS, BATCH):
        references = [f"bench{number}" for number in range(start, start + BATCH)]
        members += await db.transact(enrol, references=references)
    charity = await db.transact(charities.create_charity, key=uuid4(), name=WORDS, registration="BENCH")
    many: list[UUID] = []
    for start in range(0, PROJECTS, AT_ONCE):
        numbers = range(start, start + AT_ONCE)
        many += await db.transact(_open_projects, charity_id=charity.value.id, numbers=numbers)
    return members, many


async def _analyzed(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _open_projects(session: AsyncSession, *, charity_id: UUID, numbers: Iterable[int]) -> list[UUID]:
    return [(await _open(session, charity_id, number)).value.id for number in numbers]


async def _open(session: AsyncSession, charity_id: UUID, number: int) -> Done[CharityProject]:
    return await projects.create_project(
        session,
        key=uuid4(),
        charity_id=charity_id,
        code=f"BENCH-{number}",
        title=WORDS,
        story=WORDS,
        impact=[],
        goal_points=10**9,
        tile_points=1000,
        match_rate_bp=10_000,
        match_budget_minor=10_000,
    )


@asynccontextmanager
async def _givers(url: str) -> AsyncIterator[Processes]:
    command = (sys.executable, "-m", "tests.bench.giving", url, str(CLIENTS))
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = asyncio.subprocess.PIPE
    number = max(1, (os.cpu_count() or 1))
    givers = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=given, stdin=pipe, stdout=pipe, limit=2**20)
        for _ in range(number)
    ]
    try:
        yield givers
    finally:
        for giver in givers:
            assert giver.stdin is not None
            giver.stdin.close()
            await giver.wait()


@asynccontextmanager
async def _a_worker() -> AsyncIterator[None]:
    every = next(job.every.total_seconds() for job in schedule.SCHEDULE if job.job is schedule.count_donations)

    async def count_forever() -> None:
        while True:
            await schedule.count_donations()
            await asyncio.sleep(every)

    counting = asyncio.create_task(count_forever())
    try:
        yield
    finally:
        counting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await counting


async def _measured(
    givers: Processes, members: Sequence[UUID], many: Sequence[UUID], rounds: int, seconds: float
) -> list[tuple[float, float]]:
    pairs = []
    for number in range(rounds + 1):
        # Each begins every other round: what the one leaves behind must not always be the other's.
        first, second = (many[:1], many) if number % 2 else (many, many[:1])
        rates = {len(to): await _rate(givers, members, to, seconds) for to in (first, second)}
        # In the first round members earn their badges and caches are filled.
        if number:
            pairs.append((rates[1], rates[len(many)]))
            print(f"round {number}: one {rates[1]:.0f} /s, spread {rates[len(many)]:.0f} /s", flush=True)
    return pairs


async def _rate(givers: Processes, members: Sequence[UUID], to: Sequence[UUID], seconds: float) -> float:
    asked: dict[str, Any] = {"clients": CLIENTS // len(givers), "seconds": seconds}
    asked |= {"members": [str(one) for one in members], "projects": [str(one) for one in to]}
    return sum(await asyncio.gather(*(_ask(giver, asked) for giver in givers))) / seconds


async def _ask(giver: asyncio.subprocess.Process, asked: dict[str, Any]) -> int:
    assert giver.stdin is not None and giver.stdout is not None
    giver.stdin.write(json.dumps(asked).encode() + b"\n")
    await giver.stdin.drain()
    return int(await giver.stdout.readline())
