"""A production in small: two API processes on one PostgreSQL and one Redis, and members at work."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID, uuid4

from backend.earning import sources
from backend.kit import db, settings
from backend.programme import terms
from backend.rewards import catalogue
from backend.rewards.models import RewardKind
from tests.auctions.builders import an_auction
from tests.faults.listening import Listener
from tests.faults.load import PRICE, SOURCE, Load, until
from tests.faults.parts import Api, Postgres, RedisServer, a_postgres
from tests.faults.truth import lies
from tests.journeys.a_line import Line, a_line
from tests.journeys.a_running_mall import somebody

MEMBERS = 6
PLENTY = 1_000_000
AUCTION_RUNS = timedelta(days=30)
SOME = 12
"""So many promises are kept before a fault, and again after it."""


@dataclass(frozen=True)
class Offered:
    """What members can ask of it, and the key the shop signs with."""

    reward_id: UUID
    auction_id: UUID
    key: bytes


@dataclass
class Production:
    """All of it. `line` is between the APIs and PostgreSQL."""

    postgres: Postgres | None
    redis: RedisServer | None
    line: Line | None
    apis: list[Api]
    database_url: str
    offered: Offered
    load_kind: ClassVar[type[Load]] = Load
    maxima: Iterator[int] = field(default_factory=lambda: itertools.count(10, 10))
    """Over all loads, for they bid in one auction."""

    @asynccontextmanager
    async def under_load(self, seed: int) -> AsyncIterator[Load]:
        """Members at work before, during and after what happens in the block; then the truth is asked."""
        addresses = [api.address for api in self.apis]
        async with connected(self.database_url):
            members = [await somebody("Ann", PLENTY) for _ in range(MEMBERS)]
        load = self.load_kind(addresses, maxima=self.maxima, seed=seed, **vars(self.offered))
        listener = Listener(addresses, members[0])
        listening = asyncio.create_task(listener.listen_forever())
        working = [asyncio.create_task(load.member(who, number)) for number, who in enumerate(members)]
        try:
            await until(lambda: load.kept >= SOME and load.has_seen_everything())
            yield load
            before = load.kept
            await until(lambda: load.kept >= before + SOME)
            load.stopping = True
            await asyncio.gather(*working)
            async with connected(self.database_url):
                found = await lies(load, members, listener, members[0])
                assert not found, found
        finally:
            for task in (listening, *working):
                task.cancel()
            await asyncio.gather(listening, *working, return_exceptions=True)

    async def all_serve(self) -> None:
        """Start again whatever has died."""
        for api in self.apis:
            if api.process is None or api.process.poll() is not None:
                await api.start()


@asynccontextmanager
async def a_production(folder: Path, *, apis: int = 2) -> AsyncIterator[Production]:
    """PostgreSQL, Redis and so many API processes, for the length of the block."""
    with a_postgres() as postgres, a_redis() as redis:
        async with a_line(postgres.port) as line:
            through = postgres.url.replace(f":{postgres.port}/", f":{line.own_port}/")
            given = {"MALL_REDIS_URL": redis.url}
            async with serving(folder, through, given, apis) as running:
                yield Production(postgres, redis, line, running, postgres.url, await offered(postgres.url))


@asynccontextmanager
async def an_embedded_mall(folder: Path) -> AsyncIterator[Production]:
    """One process on SQLite."""
    url = f"sqlite+aiosqlite:///{folder / 'mall.db'}"
    async with serving(folder, url, {}, 1) as running:
        yield Production(None, None, None, running, url, await offered(url))


@contextlib.contextmanager
def a_redis() -> Iterator[RedisServer]:
    redis = RedisServer()
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[None]:
    """Verbs inside this block act on the production's books, as another of its processes would."""
    terms.forget()
    db.connect(url)
    try:
        yield
    finally:
        await db.disconnect()


@asynccontextmanager
async def serving(folder: Path, url: str, differing: dict[str, str], number: int) -> AsyncIterator[list[Api]]:
    """So many API processes on the database at `url`, for the length of the block."""
    given = {
        "MALL_DATABASE_URL": url,
        "MALL_DEMO": "false",
        "MALL_DATA_DIR": str(settings.settings().data_dir),
        "MALL_CHECKPOINTS_DIR": str(folder / "checkpoints"),
        **differing,
    }
    apis = [Api(folder, given) for _ in range(number)]
    try:
        for api in apis:
            await api.start()
        yield apis
    finally:
        for api in apis:
            api.kill()


async def offered(url: str) -> Offered:
    """Put something on offer."""
    async with connected(url):
        reward = await db.transact(
            catalogue.create_reward,
            key=uuid4(),
            sku=f"FAULT-{uuid4().hex[:8].upper()}",
            kind=RewardKind.SERVICE,
            name={"zh_cn": "试", "en": "A thing"},
            description={"zh_cn": "试", "en": "A thing"},
            category="service",
            points=PRICE,
            stock=PLENTY,
        )
        auction_id = await an_auction(reward=reward.value, ends_in=AUCTION_RUNS)
        key = sources.key_bytes(await db.transact(sources.open_source, name=SOURCE))
        return Offered(reward.value.id, auction_id, key)
