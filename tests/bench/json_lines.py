"""A process that is asked by lines of JSON and answers by lines of JSON."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from backend.kit.settings import ROOT

LINE_MAX = 2**24


@asynccontextmanager
async def a_process(module: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module arguments`, to be asked; it ends when nobody asks any more."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=LINE_MAX)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def ask(process: asyncio.subprocess.Process, name: str, **asked: Any) -> Any:
    """What the process answers."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps([name, asked]).encode() + b"\n")
    await process.stdin.drain()
    return json.loads(await process.stdout.readline())


async def answer(acts: dict[str, Callable[..., Awaitable[Any]]]) -> None:
    """Be such a process, until nobody asks any more."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(LINE_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        name, asked = json.loads(line)
        print(json.dumps(await acts[name](**asked)), flush=True)
