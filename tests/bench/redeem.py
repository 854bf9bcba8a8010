"""`./mall bench redeem`: redemptions over HTTP through the product's mutation, and through what it is compared with.

All sides write into one durable PostgreSQL, in turns of a few seconds. *limit* is an endpoint written by hand whose
writes are one PostgreSQL function; *stock* the same verb under Strawberry's own executor and view. Every redemption has
a key of its own, and after each turn the redemptions in the books are as many as were answered. Besides redemptions a
second it counts processor time: that of the server and of the database, for one redemption.
"""

import itertools
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import uvloop
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.building import build
from backend.kit import db, migrating
from backend.kit.graphql import global_id
from backend.members import sessions
from backend.members.sessions import COOKIE
from tests.bench import a_crowd, processor_time
from tests.bench.a_programme import a_programme
from tests.bench.home import Length, Measured, environment
from tests.bench.home_sides import DOCUMENTS, VARIABLES, PythonSide, StockSide, wait_until_it_answers
from tests.faults.parts import Postgres, a_postgres

CLIENTS = (1, 16, 64)
FUNCTION = Path(__file__).with_name("one_function.sql")
SIDES = ("ours", "limit", "stock")
MODULE = "tests.bench.redeeming_servers"


class NotTheSame(Exception):
    """Two sides answered or wrote differently, so that their speeds mean nothing."""


@dataclass(frozen=True)
class Shop:
    """Who redeems what."""

    cookies: Sequence[str]
    rewards: Sequence[str]

    def requests(self, *, by_id: bool) -> Iterator[bytes]:
        """Redemptions without end, each of a member, a reward and a key of its own."""
        name, text = document()
        asked = {"documentId": name} if by_id else {"query": text}
        while True:
            wish = {"idempotencyKey": str(uuid4()), "rewardId": random.choice(self.rewards)}
            body = orjson.dumps({**asked, "variables": {**VARIABLES, "input": wish}})
            head = f"{HEAD}cookie: {COOKIE}={random.choice(self.cookies)}\r\ncontent-length: {len(body)}\r\n\r\n"
            yield head.encode() + body


HEAD = (
    "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\ncontent-type: application/json\r\n"
    "sec-fetch-site: same-origin\r\n"
)


def redeem_command(*, as_json: bool, rounds: int, seconds: float) -> int:
    """Measure, print medians and spread, and the ratios of redemptions a second."""
    build()
    with tempfile.TemporaryDirectory(prefix="mall-redeem-") as folder, a_postgres() as postgres:
        figures = uvloop.run(_measured(postgres, Path(folder), Length(rounds, seconds)))
    _tell(figures, as_json=as_json)
    return 0


def document() -> tuple[str, str]:
    """The id and the text of the phone's redemption, as its build wrote them."""
    documents: dict[str, str] = orjson.loads(DOCUMENTS.read_bytes())
    return next((name, text) for name, text in documents.items() if text.startswith("mutation RedeemReward("))


async def _measured(postgres: Postgres, folder: Path, length: Length) -> Mapping[tuple[str, int], Measured]:
    shop = await _prepared(postgres)
    chosen = [(StockSide if name == "stock" else PythonSide)(name, MODULE) for name in SIDES]
    try:
        for side in chosen:
            side.start(environment(postgres, folder), folder)
        for side in chosen:
            await wait_until_it_answers(side, shop.cookies[0], folder)
        await _must_agree(chosen, shop)
        return await _in_turns(chosen, postgres, shop, length)
    finally:
        for side in chosen:
            side.stop()


async def _prepared(postgres: Postgres) -> Shop:
    await migrating.upgrade_database(postgres.url)
    db.connect(postgres.url, patient=True)
    try:
        members, rewards = await a_programme()
        cookies = await db.transact(_signed_in, members=members)
    finally:
        await db.disconnect()
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        await connection.execute(FUNCTION.read_text("utf-8"))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Shop(cookies, [global_id("Reward", reward) for reward in rewards])


async def _signed_in(session: AsyncSession, *, members: Sequence[Any]) -> list[str]:
    return [(await sessions.open_session(session, member_id=member_id)).cookie for member_id in members]


async def _must_agree(chosen: Sequence[PythonSide], shop: Shop) -> None:
    """What they say has the same fields of the same kinds: what it says differs, for each is another redemption."""
    said = [
        orjson.loads(await a_crowd.answer(side.port, next(shop.requests(by_id=side.name != "stock"))))
        for side in chosen
    ]
    for side, other in zip(chosen[1:], said[1:], strict=True):
        if "errors" in other or shape(other) != shape(said[0]):
            raise NotTheSame(f"ours:\n{said[0]}\n{side.name}:\n{other}")


def shape(value: Any) -> Any:
    """What kinds of things an answer is made of."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value[:1]] if isinstance(value, list) else type(value).__name__


async def _in_turns(
    chosen: Sequence[PythonSide], postgres: Postgres, shop: Shop, length: Length
) -> Mapping[tuple[str, int], Measured]:
    figures: defaultdict[tuple[str, int], Measured] = defaultdict(Measured)
    books = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        for number, clients, side in itertools.product(range(length.rounds + 1), CLIENTS, chosen):
            turn = await _turn(side, postgres, shop, books, clients=clients, seconds=length.seconds)
            if number:  # The first round fills caches.
                figures[side.name, clients].add(*turn)
    finally:
        await books.close()
    return figures


async def _turn(
    side: PythonSide, postgres: Postgres, shop: Shop, books: Any, *, clients: int, seconds: float
) -> tuple[int, float, float, float]:
    assert postgres.server is not None
    asked = shop.requests(by_id=side.name != "stock")
    redeemed = await books.fetchval("SELECT count(*) FROM redemption")
    server, database = processor_time.of_each(side.pids()), processor_time.of_family(postgres.server.pid)
    answered, took = await a_crowd.answers_a_second(side.port, asked, clients=clients, seconds=seconds)
    server = processor_time.of_each(side.pids()) - server
    database = processor_time.of_family(postgres.server.pid) - database
    redeemed = await books.fetchval("SELECT count(*) FROM redemption") - redeemed
    if redeemed != answered:
        raise NotTheSame(f"{side.name} answered {answered} times and redeemed {redeemed} times")
    return answered, took, server, database


def _tell(figures: Mapping[tuple[str, int], Measured], *, as_json: bool) -> None:
    for (name, clients), measured in figures.items():
        print(f"{clients:>3} clients, {name:<6} {measured.words()}")
    ratios = {
        f"redeem ÷ {name}, {clients}": _ratio(figures["ours", clients].a_second, figures[name, clients].a_second)
        for clients, name in itertools.product(CLIENTS, SIDES[1:])
    }
    for what, ratio in ratios.items():
        print(f"{what} clients: {ratio:.2f}")
    if as_json:
        cost = {
            f"{name}, {clients}": {part: round(median(values), 1) for part, values in vars(one).items()}
            for (name, clients), one in figures.items()
        }
        print(json.dumps({"name": "redeem", "ratios": ratios, "figures": cost}))


def _ratio(of: Sequence[float], to: Sequence[float]) -> float:
    return round(median(one / other for one, other in zip(of, to, strict=True)), 3)
