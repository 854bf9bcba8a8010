"""The parts of a production in small, each a process that can be killed, stopped, paused and started again."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.kit.settings import ROOT
from tests import real_postgres, real_redis
from tests.faults.a_server import ARM, DIE_AT
from tests.journeys.a_running_mall import ADDRESS, LOOK_SECONDS, OPEN_SECONDS_MAX

END_SECONDS_MAX = 30


@dataclass
class Postgres:
    """A durable PostgreSQL of our own, on one port for as long as it lives."""

    binaries: Path
    folder: Path
    identity: dict[str, Any]
    port: int
    settings: tuple[str, ...] = real_postgres.DURABLE
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, after a crash too, and wait until it answers."""
        self.server, _ = real_postgres.start(
            self.binaries, self.folder, self.identity, port=self.port, kept=self.settings
        )
        real_postgres.wait_until_ready(self.binaries, self.server, self.port, self.folder / "log")

    def kill(self) -> None:
        """kill -9 all of it."""
        assert self.server is not None
        self._signal(signal.SIGKILL)
        self.server.wait(END_SECONDS_MAX)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stopped in its tracks: connections stay, nothing answers."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.server is not None
        # The first one makes the others, so it must not go on while they are stopped.
        for pid in (self.server.pid, *children_of(self.server.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def a_postgres(settings: tuple[str, ...] = real_postgres.DURABLE) -> Iterator[Postgres]:
    """A durable one, for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="mall-faults-"))
    binaries, identity = real_postgres.binaries_and_identity(folder)
    postgres = Postgres(binaries, folder, identity, real_postgres.free_port(), settings)
    try:
        real_postgres.make_cluster(binaries, folder / "data", identity)
        postgres.start()
        yield postgres
    finally:
        end(postgres)


def end(postgres: Postgres) -> None:
    """Stop it, if it runs, and forget what it kept."""
    if postgres.server is not None and postgres.server.poll() is None:
        postgres.server.send_signal(signal.SIGINT)
        postgres.server.wait(END_SECONDS_MAX)
    shutil.rmtree(postgres.folder, ignore_errors=True)


@dataclass
class RedisServer:
    """A Redis-protocol server on one port, which forgets everything when it is stopped."""

    port: int = field(default_factory=real_postgres.free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, empty."""
        self.server = real_redis.start(self.port)

    def stop(self) -> None:
        """kill -9."""
        if self.server is not None:
            self.server.kill()
            self.server.wait(END_SECONDS_MAX)


@dataclass
class Api:
    """One serving process, on one port from its first start on."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=real_postgres.free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it said since its last start."""
        return self.folder / f"api-{self.port}-{self.starts}.log"

    async def start(self) -> None:
        """Start it and wait until it is open."""
        self.starts += 1
        command = [sys.executable, "-m", "tests.faults.a_server", "--port", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **self.environment, DIE_AT: str(self.die_at)}
        self.process = _spawned(command, environment, self.log)
        async with asyncio.timeout(OPEN_SECONDS_MAX):
            while not ADDRESS.search(self.log.read_text("utf-8")):
                assert self.process.poll() is None, f"it did not start:\n{self.log.read_text('utf-8')}"
                await asyncio.sleep(LOOK_SECONDS)

    @property
    def die_at(self) -> Path:
        """The file that says where it is to die."""
        return self.folder / f"api-{self.port}.die-at"

    def arm(self, point: str, passes: int) -> None:
        """Let it die the so-many-th time it passes `point` from now on."""
        self.die_at.write_text(f"{passes}:{point}", "utf-8")
        self.send(ARM)

    async def has_died(self, seconds: float) -> bool:
        """Wait until it is dead."""
        until = time.monotonic() + seconds
        assert self.process is not None
        while self.process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
        return self.process.poll() is not None

    def send(self, number: int) -> None:
        """A signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(END_SECONDS_MAX)


def _spawned(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as said:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started."""
    return [child for child, parent in _parents() if parent == pid]


def _parents() -> Iterator[tuple[int, int]]:
    if not Path("/proc/self/stat").exists():
        found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        yield from ((int(child), int(parent)) for child, parent in (line.split() for line in found.splitlines()))
        return
    # A bare Linux has no ps. A name may hold spaces and brackets, so the fields are counted from behind it.
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
