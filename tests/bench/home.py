"""`./mall bench home`: the phone's first question, answered by the product and by what it is compared with.

All sides answer from one durable PostgreSQL, in turns of a few seconds, so that a machine that slows down slows all.
*limit* is the same answer written by hand, byte for byte; *stock* the same resolvers under Strawberry's own executor
and view. Clients, servers and PostgreSQL share the machine, so besides answers a second it counts processor time: that
of the server and of the database, for one answer.
"""

import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from backend.building import build
from backend.kit.settings import ROOT
from tests.bench import a_crowd, processor_time
from tests.bench.a_large_mall import Crowd, Original
from tests.bench.home_peers import sides
from tests.bench.home_sides import Side, wait_until_it_answers
from tests.faults.parts import Postgres, a_postgres

MEMBERS, REWARDS = 100_000, 1_000
CLIENTS = (1, 16)
ROUNDS, SECONDS = 5, 4.0
QUESTIONS = 20_000
COMPARED = 100
WANTED = {"limit": 0.8, "stock": 9.0}
MICRO = 1_000_000


class NotTheSame(Exception):
    """Two sides answered differently, so that their speeds mean nothing."""


@dataclass
class Measured:
    """One side with so many clients, round by round. Processor time in microseconds an answer."""

    a_second: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def add(self, answered: int, took: float, server: float, database: float) -> None:
        """Another round, in seconds."""
        self.a_second.append(answered / took)
        self.server.append(server / answered * MICRO)
        self.database.append(database / answered * MICRO)

    def words(self) -> str:
        """One line."""
        rates = f"{statistics.median(self.a_second):8.0f} /s ({min(self.a_second):.0f} … {max(self.a_second):.0f})"
        server, database = statistics.median(self.server), statistics.median(self.database)
        return f"{rates:<32} processor: server {server:7.0f} µs, database {database:6.0f} µs"


Figures = Mapping[tuple[str, int], Measured]


@dataclass(frozen=True)
class Length:
    """How often each is measured, and so many seconds each time."""

    rounds: int
    seconds: float


def home_command(*, as_json: bool, rounds: int, seconds: float, members: int, peers: Sequence[str]) -> int:
    """Measure, print medians and spread, and the ratios of answers a second."""
    build()
    chosen = sides(peers)
    with tempfile.TemporaryDirectory(prefix="mall-home-") as folder, a_postgres() as postgres:
        figures = uvloop.run(_measured(chosen, postgres, Path(folder), Length(rounds, seconds), members))
    _tell(figures, chosen, as_json=as_json)
    return 0


async def _measured(chosen: Sequence[Side], postgres: Postgres, folder: Path, length: Length, members: int) -> Figures:
    given = environment(postgres, folder)
    crowd = await _prepared(given, postgres.url, members)
    with _started(chosen, given, folder):
        cookies = crowd.cookies(QUESTIONS, seed=1)
        for side in chosen:
            await wait_until_it_answers(side, cookies[0], folder)
        await _must_agree(chosen, crowd.cookies(COMPARED, seed=2))
        asked = {side.name: [side.request(cookie) for cookie in cookies] for side in chosen}
        return await _in_turns(chosen, postgres, asked, length)


async def _in_turns(
    chosen: Sequence[Side], postgres: Postgres, asked: Mapping[str, Sequence[bytes]], length: Length
) -> Figures:
    figures: defaultdict[tuple[str, int], Measured] = defaultdict(Measured)
    for number in range(length.rounds + 1):
        for clients in CLIENTS:
            for side in chosen:
                before = _processor(side, postgres)
                answered, took = await a_crowd.answers_a_second(
                    side.port, asked[side.name], clients=clients, seconds=length.seconds
                )
                server, database = (
                    after - earlier for after, earlier in zip(_processor(side, postgres), before, strict=True)
                )
                if number:  # The first round fills caches.
                    figures[side.name, clients].add(answered, took, server, database)
    return figures


def _processor(side: Side, postgres: Postgres) -> tuple[float, float]:
    assert postgres.server is not None
    return processor_time.of_each(side.pids()), processor_time.of_family(postgres.server.pid)


def environment(postgres: Postgres, folder: Path) -> dict[str, str]:
    """Production's, on this database."""
    return {
        "MALL_DATABASE_URL": postgres.url,
        "MALL_DATA_DIR": str(folder / "data"),
        "MALL_SECRET_KEY": b64encode(secrets.token_bytes(32)).decode(),
        "MALL_DEMO": "false",
    }


async def _prepared(environment: Mapping[str, str], url: str, members: int) -> Crowd:
    print(f"making a mall of {members:,} members and {REWARDS:,} rewards …", flush=True)
    making = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.a_large_mall", url, str(members), str(REWARDS)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await making.communicate()
    assert making.returncode == 0, "the mall could not be made"
    made = json.loads(said.splitlines()[-1])
    return Crowd([Original(**one) for one in made["originals"]], made["copies"])


@contextmanager
def _started(chosen: Sequence[Side], environment: Mapping[str, str], folder: Path) -> Iterator[None]:
    try:
        for side in chosen:
            side.start(environment, folder)
        yield
    finally:
        for side in chosen:
            side.stop()


async def _must_agree(chosen: Sequence[Side], cookies: Sequence[str]) -> None:
    ours = chosen[0]
    for cookie in cookies:
        body = await a_crowd.answer(ours.port, ours.request(cookie))
        for other in chosen[1:]:
            answered = await a_crowd.answer(other.port, other.request(cookie))
            if not other.agrees(answered, body):
                raise NotTheSame(f"ours:\n{body.decode()}\n{other.name}:\n{answered.decode()}")


def _tell(figures: Figures, chosen: Sequence[Side], *, as_json: bool) -> None:
    for (name, clients), measured in figures.items():
        print(f"{clients:>3} clients, {name:<20} {measured.words()}")
    most = max(CLIENTS)
    ours = figures["ours", most]
    ratios, processor = {}, {}
    for other in (figures[side.name, most] for side in chosen[1:]):
        name = next(side.name for side in chosen if figures[side.name, most] is other)
        ratios[f"home ÷ {name}"] = _median_ratio(ours.a_second, other.a_second)
        processor[f"{name} ÷ home"] = _median_ratio(_total(other), _total(ours))
        wanted = f" (wanted ≥ {WANTED[name]})" if name in WANTED else ""
        print(f"home ÷ {name}: {ratios[f'home ÷ {name}']:.2f}{wanted}; by processor {processor[f'{name} ÷ home']:.2f}")
    own = statistics.median(ours.server) - statistics.median(figures["limit", most].server)
    print(f"the server's own cost above the limit: {own:.0f} µs an answer")
    if as_json:
        cost = {
            f"{name}, {clients}": {part: round(statistics.median(values), 1) for part, values in vars(one).items()}
            for (name, clients), one in figures.items()
        }
        print(json.dumps({"name": "home", "ratios": ratios, "by_processor": processor, "figures": cost}))


def _total(measured: Measured) -> list[float]:
    return [server + database for server, database in zip(measured.server, measured.database, strict=True)]


def _median_ratio(of: Sequence[float], to: Sequence[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(of, to, strict=True)), 3)
