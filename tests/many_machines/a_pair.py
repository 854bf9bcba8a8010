"""A primary and the replica that streams from it, and who watches over them as an operator's tool would."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests import real_postgres
from tests.faults.parts import Postgres, end

WATCH_SECONDS = 0.2
STREAMS_SECONDS_MAX = 30
ASYNCHRONOUS = "the replica is gone: commits wait for nobody from now on"
SYNCHRONOUS = "the replica is back: commits wait for it again"
PROMOTED = "the primary is gone: the replica is the primary from now on"


@dataclass
class Pair:
    """Two servers. Their roles may change; an address with both of them finds whoever has which."""

    primary: Postgres
    replica: Postgres
    said: list[str] = field(default_factory=list)
    """What whoever watches over them did, in words for whoever is on duty."""

    @property
    def url(self) -> str:
        """Both."""
        return f"postgresql://postgres@127.0.0.1:{self.primary.port},127.0.0.1:{self.replica.port}/postgres"

    async def make_replica(self) -> None:
        """The replica begins anew, as a copy of the primary, and every commit waits for it."""
        await asyncio.to_thread(_copy, self.primary, self.replica)
        await asyncio.to_thread(self.replica.start)
        await self.wait_for_each_other()

    async def wait_for_each_other(self) -> None:
        """Make commits synchronous, once the replica streams."""
        async with asyncio.timeout(STREAMS_SECONDS_MAX):
            while not await ask(self.primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"):
                await asyncio.sleep(WATCH_SECONDS)
        await _commits_wait_for(self.primary, "*")

    async def watch_forever(self) -> None:
        """With the replica gone let commits go on without it; with the primary gone promote the replica."""
        alone = False
        while True:
            if _is_dead(self.primary):
                await self.promote()
                alone = True
            elif _is_dead(self.replica) and not alone:
                await _commits_wait_for(self.primary, "")
                self.said.append(ASYNCHRONOUS)
                alone = True
            elif alone and not _is_dead(self.replica):
                await self.wait_for_each_other()
                self.said.append(SYNCHRONOUS)
                alone = False
            await asyncio.sleep(WATCH_SECONDS)

    async def promote(self) -> None:
        """The replica takes over."""
        await ask(self.replica, "SELECT pg_promote()")
        await _commits_wait_for(self.replica, "")
        self.primary, self.replica = self.replica, self.primary
        self.said.append(PROMOTED)


@asynccontextmanager
async def a_pair() -> AsyncIterator[Pair]:
    """Both, streaming, for the length of the block."""
    with _a_server() as primary, _a_server() as replica:
        await asyncio.to_thread(real_postgres.make_cluster, primary.binaries, primary.folder / "data", primary.identity)
        await asyncio.to_thread(primary.start)
        pair = Pair(primary, replica)
        await pair.make_replica()
        yield pair


@asynccontextmanager
async def watched_over(pair: Pair) -> AsyncIterator[None]:
    """Somebody watches for the length of the block; what went wrong with that is raised at its end."""
    watching = asyncio.create_task(pair.watch_forever())
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def ask(server: Postgres, statement: str) -> Any:
    """The one value that a statement finds, without waiting for anybody's transaction."""
    connection = await asyncpg.connect(host="127.0.0.1", port=server.port, user="postgres", database="postgres")
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _commits_wait_for(server: Postgres, names: str) -> None:
    await ask(server, f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    await ask(server, "SELECT pg_reload_conf()")


def _is_dead(server: Postgres) -> bool:
    return server.server is None or server.server.poll() is not None


@contextmanager
def _a_server() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="mall-pair-"))
    binaries, identity = real_postgres.binaries_and_identity(folder)
    server = Postgres(binaries, folder, identity, real_postgres.free_port())
    try:
        yield server
    finally:
        end(server)


def _copy(primary: Postgres, replica: Postgres) -> None:
    data = replica.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if replica.identity:
        os.chown(data, real_postgres.NOBODY, real_postgres.NOBODY)
    command = [str(replica.binaries / "bin" / "pg_basebackup"), "--pgdata", str(data), "--write-recovery-conf"]
    command += ["--host=127.0.0.1", f"--port={primary.port}", "--username=postgres"]
    command += ["--checkpoint=fast", "--no-sync"]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=real_postgres.environment(),
        **replica.identity,
    )
    assert done.returncode == 0, done.stderr
