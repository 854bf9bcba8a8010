"""Two processes hear each other through Redis; without it each still hears itself, and once it is back, all do."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from backend.kit import live, wire
from backend.kit.settings import ROOT
from tests.real_postgres import free_port
from tests.real_redis import find_binary, wait_until_ready

TELL = """
import asyncio, sys
from backend.kit import live
async def tell(url):
    await live.connect(url)
    await live.publish("bells", {"seq": int(sys.argv[2]), "name": "Rang", "body": {}, "at": ""})
    await live.disconnect()
asyncio.run(tell(sys.argv[1]))
"""


async def another_process_tells(url: str, seq: int) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", TELL, url, str(seq), cwd=ROOT)
    assert await process.wait() == 0


async def heard(queue: "asyncio.Queue[live.Message]") -> int:
    message = await asyncio.wait_for(queue.get(), 10)
    seq: int = message["seq"]
    return seq


async def breaks(*_: object) -> None:
    """As a client does that is cut off while it writes."""
    raise AttributeError("'NoneType' object has no attribute 'writelines'")


class Redis:
    """A server of this test's own, to stop and start again at one address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [find_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
        wait_until_ready(self.server, self.port)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.stop()


@pytest.fixture
async def connected(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Redis]:
    # However busy the machine is, whoever listens hears.
    monkeypatch.setattr(wire, "WANT_SECONDS_MAX", 20)
    await live.connect(redis.url)
    yield redis
    await live.disconnect()


async def test_what_another_process_tells_is_heard_here(connected: Redis) -> None:
    async with live.listen("bells") as bells, live.listen("others") as others:
        await another_process_tells(connected.url, 1)
        assert await heard(bells) == 1
        assert others.empty()


async def test_a_listener_hears_its_own_process_first_and_may_hear_it_twice(connected: Redis) -> None:
    async with live.listen("bells") as bells:
        await live.publish("bells", {"seq": 1})
        assert bells.get_nowait()["seq"] == 1
        assert await heard(bells) == 1


async def test_listeners_are_told_to_look_and_hear_again_after_redis_was_restarted(connected: Redis) -> None:
    async with live.listen("bells") as bells:
        connected.stop()
        connected.start()
        async with asyncio.timeout(20):
            assert await bells.get() == live.MISSED
            while bells.empty():
                await another_process_tells(connected.url, 2)
                await asyncio.sleep(0.2)
        assert await heard(bells) == 2


async def test_a_client_that_breaks_in_its_own_way_is_given_up_for_another(
    connected: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live.listen("bells") as bells:
        assert live._wire is not None
        (line,) = live._wire._lines.values()
        monkeypatch.setattr(line.pubsub, "subscribe", breaks)
        async with asyncio.timeout(20), live.listen("others"):
            assert await bells.get() == live.MISSED
            await another_process_tells(connected.url, 4)
            assert await heard(bells) == 4


async def test_whatever_breaks_while_it_is_told_is_nobodys_trouble(
    connected: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live.listen("bells") as bells:
        assert live._wire is not None
        monkeypatch.setattr(live._wire._nodes, "publish", breaks)
        await live.publish("bells", {"seq": 5})
        assert await heard(bells) == 5


async def test_without_redis_a_process_hears_itself_and_nobody_waits_for_it(connected: Redis) -> None:
    async with live.listen("bells") as bells:
        connected.stop()
        started = time.perf_counter()
        await live.publish("bells", {"seq": 3})
        taken = time.perf_counter() - started
        connected.start()
        assert bells.get_nowait()["seq"] == 3
        assert taken < 1


async def test_a_process_leaves_at_once_though_it_is_still_joining(redis: Redis) -> None:
    for pause in range(40):
        await live.connect(redis.url)
        await asyncio.sleep(pause * 0.0005)
        async with asyncio.timeout(5):
            await live.disconnect()


async def test_a_listener_who_is_too_slow_loses_news_and_keeps_up_with_the_rest() -> None:
    async with live.listen("bells") as slow:
        for seq in range(live.QUEUE_MAX + 10):
            await live.publish("bells", {"seq": seq})
        assert slow.qsize() == live.QUEUE_MAX
    assert "bells" not in live._listeners


async def test_nobody_waits_long_for_a_redis_that_keeps_silent() -> None:
    silence = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silence.wait()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    await live.connect(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
    try:
        async with live.listen("bells") as bells, asyncio.timeout(10):
            for seq in range(40):
                await live.publish("bells", {"seq": seq})
            assert bells.qsize() == 40
    finally:
        silence.set()
        await live.disconnect()
        silent.close()
        await silent.wait_closed()
