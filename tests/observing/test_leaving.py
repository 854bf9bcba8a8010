"""A process that is asked to end: it says so, sends its listeners elsewhere, and finishes what it began."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import worker
from backend.app import create_app
from backend.kit import db, leaving
from backend.kit.settings import settings
from backend.observing import doors, farewell, sockets
from backend.serving import Server, configuration
from backend.worker import work_forever
from tests.builders import a_member
from tests.edge.open_door import connected, heard, say
from tests.worker.test_worker import Rang, ring

APART_SECONDS = 0.2


async def acknowledged(address: str) -> Any:
    line = await connected(address)
    await say(line, type="connection_init")
    assert (await heard(line))["type"] == "connection_ack"
    return line


async def goodbye(line: Any) -> tuple[int, float]:
    """The code with which a line was closed, and when."""
    await asyncio.wait_for(line.wait_closed(), 10)
    return line.close_code, time.monotonic()


async def test_sockets_are_told_to_come_back_one_after_the_other(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "APART_SECONDS", APART_SECONDS)
    lines = [await acknowledged(address) for _ in range(5)]
    told = asyncio.gather(*map(goodbye, lines))
    await sockets.tell_all_to_come_back()
    codes, moments = zip(*await told, strict=True)
    assert set(codes) == {sockets.COME_BACK}
    assert max(moments) - min(moments) >= 4 * APART_SECONDS / 2, "the first may have been noticed late"
    async with asyncio.timeout(10):
        while sockets.how_many():
            await asyncio.sleep(0.01)


async def test_somebody_who_asks_whether_it_is_ready_gets_time_to_hear_no(
    watcher: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "_ready_asked_at", None)
    began = time.monotonic()
    await farewell.say(5)
    assert time.monotonic() - began < 1, "nobody asks, so nobody is waited for"
    leaving.stay()
    assert (await watcher.get("/readyz")).status_code == 200
    saying = asyncio.create_task(farewell.say(60))
    while not leaving.begun():
        await asyncio.sleep(0.01)
    assert (await watcher.get("/readyz")).status_code == 503
    assert (await watcher.post("/graphql", json={"query": "{ programme { zone } }"})).status_code == 200
    assert not saying.done()
    saying.cancel()
    await farewell.say(0.1)


@asynccontextmanager
async def a_mall(url: str, patch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Server, str, "asyncio.Task[None]"]]:
    """All of `serve` but the process: server, worker, lifespan."""
    patch.setenv("MALL_DATABASE_URL", url)
    settings.cache_clear()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = Server(configuration(create_app(work_forever), lifespan="on"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server, f"http://127.0.0.1:{listening.getsockname()[1]}", serving
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def no_signal_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its end uvicorn raises again what it was sent, which would end the tests."""
    monkeypatch.setattr(signal, "raise_signal", lambda _: None)


@pytest.mark.usefixtures("no_signal_is_passed_on")
async def test_asked_to_end_it_closes_sockets_and_finishes_its_fact_and_its_requests(
    database_url: str, a_setting: pytest.MonkeyPatch
) -> None:
    reacting, finished = asyncio.Event(), []

    async def take_a_while(_session: AsyncSession, _fact: Mapping[str, Any]) -> None:
        reacting.set()
        await asyncio.sleep(0.5)
        finished.append("reaction")

    a_setting.setattr(worker, "REACTIONS", {Rang.__name__: (take_a_while,)})
    a_setting.setattr(doors, "_ready_asked_at", None)
    async with a_mall(database_url, a_setting) as (server, address, serving):
        line = await acknowledged(address)
        ann = await a_member("Ann")

        await db.transact(ring, member_id=ann, times=2)
        await reacting.wait()
        server.handle_exit(signal.SIGTERM, None)
        code, _ = await goodbye(line)
        await asyncio.wait_for(serving, 20)
    assert code == sockets.COME_BACK
    assert finished == ["reaction"], "the one it had begun, and no other"
    db.connect(database_url)
    try:
        assert await worker.waiting_facts() == 1
    finally:
        await db.disconnect()


@pytest.mark.usefixtures("no_signal_is_passed_on")
async def test_a_second_signal_is_not_kept_waiting(database_url: str, a_setting: pytest.MonkeyPatch) -> None:
    async with a_mall(database_url, a_setting) as (server, address, serving):
        async with httpx2.AsyncClient(base_url=address) as watcher:
            assert (await watcher.get("/readyz")).status_code == 200
        began = time.monotonic()
        server.handle_exit(signal.SIGTERM, None)
        await asyncio.sleep(0.1)
        assert not serving.done() and leaving.begun()
        server.handle_exit(signal.SIGTERM, None)
        await asyncio.wait_for(serving, 20)
    assert time.monotonic() - began < settings().drain_seconds


async def test_work_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "FINISH_SECONDS_MAX", 0.1)
    work = asyncio.create_task(asyncio.sleep(60))
    leaving.begin()
    async with asyncio.timeout(30):
        await leaving.finish(work)
    assert work.cancelled()
