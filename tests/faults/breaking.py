"""The faults, by name: each breaks a running production and leaves it mended."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from tests.faults.a_production import Production
from tests.faults.a_server import CLOCK_RIGHT, HOUR_AHEAD, HOUR_BEHIND, POINTS

PAUSE_SECONDS = 5.0
DOWN_SECONDS = 1.0
DIES_WITHIN_SECONDS = 60.0
PASSES_MAX = 3
Fault = Callable[[Production, random.Random], Awaitable[None]]


def dies_at(point: str) -> Fault:
    """One API process ends, as kill -9 ends it, the so-many-th time it passes `point`; then it is started again."""

    async def fault(production: Production, chance: random.Random) -> None:
        api = chance.choice(production.apis)
        api.arm(point, chance.randint(1, PASSES_MAX))
        assert await api.has_died(DIES_WITHIN_SECONDS), f"nobody came by {point!r}"
        await production.all_serve()

    return fault


async def api_killed(production: Production, chance: random.Random) -> None:
    """kill -9 wherever it happens to be."""
    api = chance.choice(production.apis)
    api.kill()
    await api.start()


async def postgres_killed(production: Production, chance: random.Random) -> None:
    """kill -9 of all its processes; started again after a while."""
    assert production.postgres is not None
    production.postgres.kill()
    await asyncio.sleep(DOWN_SECONDS * chance.random())
    await asyncio.to_thread(production.postgres.start)


async def postgres_paused(production: Production, chance: random.Random) -> None:
    """It does not answer for five seconds, and hangs up on nobody."""
    assert production.postgres is not None
    with production.postgres.paused():
        await asyncio.sleep(PAUSE_SECONDS)


async def redis_lost(production: Production, chance: random.Random) -> None:
    """kill -9; after a while there is an empty one."""
    assert production.redis is not None
    production.redis.stop()
    await asyncio.sleep(DOWN_SECONDS)
    await asyncio.to_thread(production.redis.start)


async def line_cut(production: Production, chance: random.Random) -> None:
    """Every connection to the database is broken at once; later ones are refused for a while."""
    assert production.line is not None
    production.line.cut()
    await asyncio.sleep(DOWN_SECONDS * chance.random())
    production.line.mend()


async def line_slow(production: Production, chance: random.Random) -> None:
    """Everything to and from the database comes later."""
    assert production.line is not None
    production.line.delay_seconds = 0.02 + 0.05 * chance.random()
    await asyncio.sleep(DOWN_SECONDS)
    production.line.delay_seconds = 0.0


async def line_silent(production: Production, chance: random.Random) -> None:
    """What is sent to and from the database is lost for a while, and nobody hangs up."""
    assert production.line is not None
    production.line.is_silent = True
    await asyncio.sleep(DOWN_SECONDS)
    production.line.is_silent = False
    # What was lost cannot come later: the connections are half dead, and whoever waits on one finds out alone.


async def clock_jumps(production: Production, chance: random.Random) -> None:
    """One process's clock is an hour ahead, then an hour behind, then right."""
    api = chance.choice(production.apis)
    for turned in (HOUR_AHEAD, HOUR_BEHIND, CLOCK_RIGHT):
        api.send(turned)
        await asyncio.sleep(DOWN_SECONDS)


FAULTS: dict[str, Fault] = {
    **{f"an API process dies {point}": dies_at(point) for point in POINTS},
    "an API process is killed": api_killed,
    "PostgreSQL is killed": postgres_killed,
    "PostgreSQL is paused": postgres_paused,
    "Redis is lost": redis_lost,
    "the line to PostgreSQL is cut": line_cut,
    "the line to PostgreSQL is slow": line_slow,
    "the line to PostgreSQL is silent": line_silent,
    "a clock jumps": clock_jumps,
}
