"""The real product in a process of its own, as a newcomer starts it, and verbs beside it on the same books."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from backend.games import invariants as game_invariants
from backend.kit import db
from backend.kit.settings import ROOT, settings
from backend.ledger import invariants
from backend.members import sessions
from backend.programme import terms
from backend.rewards import invariants as reward_invariants
from tests.builders import a_member

OPEN_SECONDS_MAX = 90
LEAVE_SECONDS_MAX = 20
LOOK_SECONDS = 0.05
ADDRESS = re.compile(r"open (http://\S+)")
COOKIE = "mall_session"


@dataclass(frozen=True)
class Mall:
    """Where a running product answers, where it keeps its books, and what it has said."""

    address: str
    database_url: str
    log: Path

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    @asynccontextmanager
    async def books(self) -> AsyncIterator[None]:
        """Verbs inside this block act on the running product's books, as another of its processes would."""
        terms.forget()
        db.connect(self.database_url)
        try:
            yield
        finally:
            await db.disconnect()

    async def broken_promises(self) -> list[str]:
        """What does not hold of the books and the stock; empty when all is sound."""
        async with self.books(), db.snapshot() as session:
            of_rewards, of_games = await reward_invariants.broken(session), await game_invariants.broken(session)
            return await invariants.broken(session) + of_rewards + of_games

    async def somebody(self, nickname: str = "Ann", *, points: int = 0) -> "Somebody":
        """A new enrolled member with points, already signed in on one device."""
        async with self.books():
            return await somebody(nickname, points)

    async def members(self, number: int, *, points: int) -> "list[Somebody]":
        """So many of them, each with a session of her own."""
        async with self.books():
            # One by one: whoever makes fifty at once waits for a connection, on a busy machine too long.
            return [await somebody("Ann", points) for _ in range(number)]


@dataclass(frozen=True)
class Somebody:
    """A member and the cookie of her device."""

    member_id: UUID
    reference: str
    cookie: str


async def somebody(nickname: str, points: int) -> Somebody:
    """Somebody nobody has seen before, on the books now connected."""
    reference = f"{nickname}{uuid4().int % 10**12}"
    member_id = await a_member(reference, points=points)
    opened = await db.transact(sessions.open_session, member_id=member_id)
    return Somebody(member_id, reference, opened.cookie)


@asynccontextmanager
async def a_running_mall(folder: Path, database_url: str, **differing: str) -> AsyncIterator[Mall]:
    """Serve on a free port; `differing` are further settings. The keys are those of the tests' own data folder."""
    log = folder / "server.log"
    given = {"MALL_DATABASE_URL": database_url, "MALL_DATA_DIR": str(settings().data_dir)}
    given["MALL_CHECKPOINTS_DIR"] = str(folder / "checkpoints")
    environment = {**os.environ, **given, **differing}
    command = (sys.executable, "-m", "backend", "serve", "--port", "0")
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        yield Mall(await _address(process, log), database_url, log)
    finally:
        await _end(process)


async def _address(process: Process, log: Path) -> str:
    async with asyncio.timeout(OPEN_SECONDS_MAX):
        while (said := ADDRESS.search(log.read_text("utf-8"))) is None:
            assert process.returncode is None, f"the product did not start:\n{log.read_text('utf-8')}"
            await asyncio.sleep(LOOK_SECONDS)
    return said[1]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    async with asyncio.timeout(LEAVE_SECONDS_MAX):
        await process.wait()
