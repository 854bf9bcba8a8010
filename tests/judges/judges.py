"""Runs the judges that are written for Node, with the packages the phone app's checks have installed."""

import asyncio
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from backend.building import PWA, find_node, install_packages

JUDGE = Path(__file__).with_name("judge.mjs")
ANSWER_SECONDS_MAX = 20


def node_program(*arguments: str) -> list[str]:
    """The command line of a program for Node, its packages in place."""
    node = find_node()
    install_packages(node, "everything")
    # Node 20 has a WebSocket of its own only if it is asked for it.
    return [node.node, "--experimental-websocket", "--no-warnings", *arguments]


def run(*arguments: str, cwd: Path = PWA) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(node_program(*arguments), check=False, capture_output=True, text=True, cwd=cwd, timeout=100)


async def lines_of(*arguments: str) -> list[dict[str, Any]]:
    """All that a judge says."""
    async with speaking(*arguments) as judge:
        assert judge.stdout is not None
        return [orjson.loads(line) async for line in judge.stdout]


async def next_line(judge: Process) -> dict[str, Any]:
    """What a judge says next."""
    assert judge.stdout is not None and judge.stderr is not None
    line = await asyncio.wait_for(judge.stdout.readline(), ANSWER_SECONDS_MAX)
    assert line, (await judge.stderr.read()).decode()
    said: dict[str, Any] = orjson.loads(line)
    return said


@asynccontextmanager
async def speaking(*arguments: str) -> AsyncIterator[Process]:
    """A judge at work; it is sent home at the end."""
    judge = await asyncio.create_subprocess_exec(*node_program(str(JUDGE), *arguments), stdout=PIPE, stderr=PIPE)
    try:
        yield judge
    finally:
        if judge.returncode is None:
            judge.kill()
        await judge.communicate()
