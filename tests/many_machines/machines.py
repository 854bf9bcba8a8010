"""Many machines on loopback: two API processes, a worker, two databases, three Redis nodes, and members at work."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import httpx2

from backend.kit import ids, migrating
from backend.kit.graphql import global_id
from backend.kit.settings import ROOT, settings, with_driver
from tests.faults.a_production import Production, offered, serving
from tests.faults.load import AGAIN_SECONDS, GIVE_UP_SECONDS, UNAVAILABLE, Load
from tests.journeys.a_running_mall import Somebody
from tests.many_machines.a_cluster import Cluster, a_cluster
from tests.many_machines.a_pair import Pair, a_pair, watched_over

APIS = 2
END_SECONDS_MAX = 30
THERE = "query There($id: ID!) { node(id: $id) { id } }"


@dataclass
class ReadingLoad(Load):
    """Members who look at once for what they have just redeemed, at any of the processes."""

    looked: int = 0

    async def _redeem(self, client: httpx2.AsyncClient, who: Somebody, key: UUID, chance: random.Random) -> None:
        before = self.redeemed[who.member_id]
        await super()._redeem(client, who, key, chance)
        if self.redeemed[who.member_id] > before:
            await self._look(client, ids.derived(who.member_id, f"redeem:{key}"), chance)

    async def _look(self, client: httpx2.AsyncClient, redemption_id: UUID, chance: random.Random) -> None:
        asked = {"query": THERE, "variables": f'{{"id":"{global_id("Redemption", redemption_id)}"}}'}
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            try:
                answer = await client.get(chance.choice(self.addresses) + "/graphql", params=asked)
            except httpx2.TransportError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if answer.status_code != UNAVAILABLE and '"UNAVAILABLE"' not in answer.text:
                self.looked += 1
                if not (answer.json().get("data") or {}).get("node"):
                    self.strange.append(f"she cannot see what she has redeemed: {answer.text}")
                return
            await asyncio.sleep(AGAIN_SECONDS)
        self.strange.append("nobody showed her what she has redeemed")


@dataclass
class Worker:
    """`./mall worker`."""

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as said:
            command = [sys.executable, "-m", "backend", "worker"]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self.environment}, stdout=said, stderr=said
            )

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(END_SECONDS_MAX)


@dataclass(kw_only=True)
class Machines(Production):
    """All of them."""

    load_kind: ClassVar[type[Load]] = ReadingLoad
    pair: Pair
    cluster: Cluster
    worker: Worker


@asynccontextmanager
async def machines(folder: Path) -> AsyncIterator[Machines]:
    """All of it runs, and somebody watches over the databases, for the length of the block."""
    with a_cluster() as cluster:
        async with a_pair() as pair:
            url = with_driver(pair.url, wanted="primary")
            await migrating.upgrade_database(url)
            given = {"MALL_REDIS_URL": cluster.url, "MALL_REPLICA_URL": pair.url}
            worker = Worker(
                {"MALL_DATABASE_URL": pair.url, "MALL_DATA_DIR": str(settings().data_dir), **given},
                folder / "worker.log",
            )
            async with watched_over(pair), serving(folder, pair.url, given, APIS) as apis:
                worker.start()
                try:
                    yield Machines(
                        None, None, None, apis, url, await offered(url), pair=pair, cluster=cluster, worker=worker
                    )
                finally:
                    worker.kill()
