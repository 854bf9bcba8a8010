"""How many listen, over several processes: told, told again, and forgotten when nobody tells it any more."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from backend.kit import audience, live
from backend.kit.settings import ROOT

LISTEN = """
import asyncio, sys
from contextlib import AsyncExitStack
from backend.kit import audience, live
audience.TELL_SECONDS = 0.2
async def listen(url, stream, number):
    await live.connect(url)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(audience.exchanged("auction:"))
        async with AsyncExitStack() as phones:
            for _ in range(number):
                await phones.enter_async_context(live.listen(stream))
            await asyncio.to_thread(sys.stdin.readline)
        await asyncio.to_thread(sys.stdin.readline)
    await live.disconnect()
asyncio.run(listen(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@pytest.fixture
async def joined(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr(audience, "TELL_SECONDS", 0.2)
    await live.connect(redis_url)
    async with audience.exchanged("auction:"):
        yield redis_url
    await live.disconnect()


async def another_process(url: str, stream: str, number: int) -> asyncio.subprocess.Process:
    command = (sys.executable, "-c", LISTEN, url, stream, str(number))
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=asyncio.subprocess.PIPE)


async def says_enter(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


async def test_listeners_of_every_process_are_counted_and_those_who_leave_are_not(joined: str) -> None:
    stream = f"auction:{uuid4()}"
    async with live.listen(stream):
        others = [await another_process(joined, stream, number) for number in (2, 3)]
        await until(lambda: audience.of(stream) == 1 + 2 + 3)
        assert audience.of(f"auction:{uuid4()}") == 0
        await says_enter(others[0])
        await until(lambda: audience.of(stream) == 1 + 3)
        for process in others:
            process.kill()
            await process.wait()


async def test_a_process_that_died_is_forgotten(joined: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "FORGET_SECONDS", 1.5)
    stream = f"auction:{uuid4()}"
    other = await another_process(joined, stream, 4)
    await until(lambda: audience.of(stream) == 4)
    other.kill()
    await other.wait()
    await until(lambda: audience.of(stream) == 0)


async def test_other_streams_are_nobody_elses_business(joined: str) -> None:
    stream = f"member:{uuid4()}"
    other, marker = await another_process(joined, stream, 2), f"auction:{uuid4()}"
    witness = await another_process(joined, marker, 1)
    await until(lambda: audience.of(marker) == 1)
    assert audience.of(stream) == 0
    for process in (other, witness):
        process.kill()
        await process.wait()


async def test_alone_a_process_counts_its_own() -> None:
    stream = f"auction:{uuid4()}"
    async with audience.exchanged("auction:"), live.listen(stream), live.listen(stream):
        assert audience.of(stream) == 2
    assert audience.of(stream) == 0
