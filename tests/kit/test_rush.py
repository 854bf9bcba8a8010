"""Those who come in a rush are served together: each gets her own answer, and none is served twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, rush
from backend.kit.errors import Overtaken, Refused
from backend.ledger import posting
from tests.builders import a_member, balance
from tests.kit.test_transact import kill, scalar

pytestmark = pytest.mark.usefixtures("database")
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CLIENTS = 30


class NotYou(Refused):
    """Not you."""


@dataclass(frozen=True)
class Turn:
    """Somebody's turn to spend a point."""

    member_id: UUID
    key: str
    busy: bool = False
    refused: bool = False


async def spend(session: AsyncSession, *, member_id: UUID, key: str, busy: bool, refused: bool) -> str:
    book = await posting.open_book(session, member_id, key)
    if book.already(key, {}) is None:
        posting.burn(book, key=key, points=1, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])
    return f"{key} alone"


class Together:
    """Serves whoever is not busy, and remembers how many came at a time."""

    def __init__(self) -> None:
        self.turns: list[Sequence[Turn]] = []

    @property
    def batches(self) -> list[int]:
        return [len(turns) for turns in self.turns]

    async def __call__(self, session: AsyncSession, turns: Sequence[Turn]) -> Sequence[Any]:
        self.turns.append(turns)
        await scalar(session, query="SELECT pg_sleep(0.01)")
        return [Overtaken() if turn.busy else NotYou() if turn.refused else turn.key for turn in turns]


async def served(together: Any, *turns: Turn) -> list[Any]:
    acts = (db.transact_together(together, spend, turn) for turn in turns)
    return await asyncio.gather(*acts, return_exceptions=True)


@ON_POSTGRESQL
async def test_everyone_gets_her_own_answer_and_who_was_overtaken_is_served_alone() -> None:
    ann = await a_member("Ann", points=CLIENTS)
    turns = [Turn(ann, f"k{n}", busy=n % 3 == 0, refused=n % 3 == 1) for n in range(CLIENTS)]
    told = await served(Together(), *turns)
    wanted = {0: "k{} alone", 1: NotYou, 2: "k{}"}
    assert [one if isinstance(one, str) else type(one) for one in told] == [
        said.format(n) if isinstance(said := wanted[n % 3], str) else said for n in range(CLIENTS)
    ]
    assert await balance(ann) == (CLIENTS - CLIENTS // 3, 0)


@ON_POSTGRESQL
async def test_those_who_come_meanwhile_are_served_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rush, "BATCH_MAX", 20)
    together = Together()
    await served(together, *(Turn(uuid4(), f"k{n}") for n in range(CLIENTS)))
    assert sorted(together.batches) == [10, 20]


@ON_POSTGRESQL
async def test_of_one_member_one_wish_is_done_at_a_time_and_in_their_order_while_others_are_served() -> None:
    ann, others, together = uuid4(), [uuid4() for _ in range(3)], Together()
    told = await served(together, *(Turn(ann, f"a{n}") for n in range(3)), *(Turn(one, "k") for one in others))
    assert told == ["a0", "a1", "a2", "k", "k", "k"]
    assert [sum(turn.member_id == ann for turn in batch) for batch in together.turns] == [1, 1, 1]
    assert [turn.key for batch in together.turns for turn in batch if turn.member_id == ann] == ["a0", "a1", "a2"]
    assert together.batches == [4, 1, 1], "nobody else waited for her"


@ON_POSTGRESQL
async def test_a_member_whose_wish_failed_is_served_when_she_comes_again() -> None:
    ann, wrong = uuid4(), [True]

    async def forgets_somebody(session: AsyncSession, turns: Sequence[Turn]) -> Sequence[Any]:
        return [turn.key for turn in turns][bool(wrong) :]

    (told,) = await served(forgets_somebody, Turn(ann, "k0"))
    assert isinstance(told, AssertionError)
    wrong.clear()
    assert await served(forgets_somebody, Turn(ann, "k1"), Turn(ann, "k2")) == ["k1", "k2"]


@ON_POSTGRESQL
async def test_a_batch_whose_connection_dies_is_served_alone_and_once(database: str) -> None:
    members = [await a_member(f"m{n}", points=1) for n in range(5)]

    async def die(session: AsyncSession, turns: Sequence[Turn]) -> Sequence[Any]:
        await kill(database, await scalar(session, query="SELECT pg_backend_pid()"))
        return await Together()(session, turns)

    for again in range(2):
        told = await served(die, *(Turn(one, f"k{n}") for n, one in enumerate(members)))
        assert told == [f"k{n} alone" for n in range(len(members))], again
    assert [await balance(one) for one in members] == [(0, 0)] * len(members)


@ON_POSTGRESQL
async def test_a_bug_is_told_to_those_whose_batch_it_was_and_to_nobody_later() -> None:
    ann = await a_member("Ann")
    broken = [True]

    async def stumble(session: AsyncSession, turns: Sequence[Turn]) -> Sequence[Any]:
        if broken:
            raise ZeroDivisionError
        return [turn.key for turn in turns]

    told = await served(stumble, Turn(ann, "k0"), Turn(ann, "k1"))
    assert [type(one) for one in told] == [ZeroDivisionError] * 2
    broken.clear()
    assert await served(stumble, Turn(ann, "k2")) == ["k2"]


@ON_POSTGRESQL
async def test_who_goes_away_takes_nobody_with_her() -> None:
    ann, together = await a_member("Ann"), Together()
    acts = [asyncio.create_task(db.transact_together(together, spend, Turn(ann, f"k{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    acts[0].cancel()
    assert await asyncio.gather(*acts[1:]) == ["k1", "k2"]
