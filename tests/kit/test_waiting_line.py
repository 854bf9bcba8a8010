"""Verbs that want one hot row wait in line and share commits: one that fails undoes only itself, none is doubled."""

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, live, waiting_line
from backend.kit.columns import table_of
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.ledger.facts import member_stream
from backend.ledger.models import Account
from tests.builders import a_member, balance
from tests.kit.test_transact import kill, scalar

pytestmark = pytest.mark.usefixtures("database")
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
CLIENTS = 30
ACCOUNT = table_of(Account)


class NotYou(Refused):
    """Not you."""


async def spend(session: AsyncSession, *, member_id: Any, key: str, refused: bool = False) -> str:
    book = await posting.open_book(session, member_id, key)
    if book.already(key, {}) is None:
        posting.burn(book, key=key, points=1, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])
    if refused:
        raise NotYou
    return key


async def test_one_that_is_refused_undoes_nobody_else_and_everyone_gets_her_own_answer() -> None:
    members = [await a_member(f"m{n}", points=1) for n in range(CLIENTS)]
    acts = [
        db.transact_in_line("tea", spend, member_id=who, key=f"k{n}", refused=n % 3 == 0)
        for n, who in enumerate(members)
    ]
    told = await asyncio.gather(*acts, return_exceptions=True)
    assert [one if isinstance(one, str) else type(one) for one in told] == [
        NotYou if n % 3 == 0 else f"k{n}" for n in range(CLIENTS)
    ]
    assert [await balance(who) for who in members] == [(int(n % 3 == 0), 0) for n in range(CLIENTS)]


async def test_news_leaves_with_each_commit() -> None:
    ann = await a_member("Ann", points=CLIENTS)
    async with live.listen(member_stream(ann)) as news:
        await asyncio.gather(*(db.transact_in_line("tea", spend, member_id=ann, key=f"k{n}") for n in range(CLIENTS)))
        assert news.qsize() == CLIENTS
    assert await balance(ann) == (0, 0)


@ON_POSTGRESQL
async def test_a_line_whose_connection_dies_is_done_again_and_once(database: str) -> None:
    ann = await a_member("Ann", points=CLIENTS)
    died: list[str] = []

    async def spend_and_die(session: AsyncSession, *, key: str) -> str:
        done = await spend(session, member_id=ann, key=key)
        if key == "k7" and not died:
            died.append(key)
            await kill(database, await scalar(session, query="SELECT pg_backend_pid()"))
        return done

    told = await asyncio.gather(*(db.transact_in_line("tea", spend_and_die, key=f"k{n}") for n in range(CLIENTS)))
    assert told == [f"k{n}" for n in range(CLIENTS)] and died
    assert await balance(ann) == (0, 0)


@ON_POSTGRESQL
async def test_a_line_that_meets_another_process_crosswise_goes_on_and_each_act_is_done_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line has ben's account and wants ann's; another process has ann's and wants ben's."""
    monkeypatch.setattr(waiting_line, "BATCH_SECONDS_MAX", 60.0)
    ann, ben, cai = [await a_member(name, points=5) for name in ("ann", "ben", "cai")]
    has_ben, ann_is_taken = asyncio.Event(), asyncio.Event()
    theirs = create_async_engine(database)

    async def meet(session: AsyncSession, *, member_id: Any, key: str) -> str:
        done = await spend(session, member_id=member_id, key=key)
        if key == "ben":
            has_ben.set()
            await ann_is_taken.wait()
        return done

    async def another_process() -> None:
        async with theirs.begin() as connection:
            await connection.execute(lock(ann))
            ann_is_taken.set()
            await has_ben.wait()
            # Either of the two is told to give way: the line does its act again, whoever else does as well.
            with contextlib.suppress(DBAPIError):
                await connection.execute(lock(ben))

    named = ((cai, "cai"), (ben, "ben"), (ann, "ann"))
    acts = [db.transact_in_line("tea", meet, member_id=who, key=key) for who, key in named]
    async with asyncio.timeout(60):
        *told, _ = await asyncio.gather(*acts, another_process())
    await theirs.dispose()
    assert told == ["cai", "ben", "ann"]
    assert [await balance(who) for who in (ann, ben, cai)] == [(4, 0)] * 3


def lock(member_id: Any) -> Any:
    return select(ACCOUNT).where(ACCOUNT.c.member_id == member_id).with_for_update()


@ON_POSTGRESQL
async def test_those_in_line_share_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_line, "BATCH_SECONDS_MAX", 60.0)
    members = [await a_member(f"m{n}", points=1) for n in range(CLIENTS)]
    numbers = []

    async def spend_and_look(session: AsyncSession, *, member_id: Any) -> None:
        await spend(session, member_id=member_id, key="k")
        numbers.append((await (await session.connection()).execute(text("SELECT pg_current_xact_id()::text"))).scalar())

    await asyncio.gather(*(db.transact_in_line("tea", spend_and_look, member_id=who) for who in members))
    assert len(numbers) == CLIENTS and len(set(numbers)) <= 3
