"""One side of `./mall bench fanout` in a process of its own: the product's socket, or Strawberry's as it comes."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL

from backend.app import create_app, lifespan
from backend.auctions.facts import StandingChanged
from backend.auctions.graphql import watching
from backend.kit import db, live, migrating, outbox
from backend.kit.graphql import global_id
from backend.serving import configuration
from tests.auctions.builders import an_auction, standing_of
from tests.bench.json_lines import answer
from tests.bench.strawberry_alone import plain_schema

PAGE_BYTES = 4096
NEVER_SECONDS = 24 * 3600.0
"""Silence is not looked into: thousands of looks of Strawberry's own would be counted as messages."""


def stock() -> Starlette:
    """The same types and resolvers, executed and sent by Strawberry alone: its own executor, view and handler."""
    return Starlette(routes=[WebSocketRoute("/graphql", GraphQL(plain_schema(), graphql_ide=None))], lifespan=lifespan)


SIDES: dict[str, Callable[[], Starlette]] = {"ours": create_app, "stock": stock}


async def serve(side: str) -> None:
    """Answer what is asked by lines of JSON, and sockets on a free port."""
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'mall.db'}"
        await migrating.upgrade_database(url)
        db.connect(url)
        auction = await an_auction()
        watching.LOOK_AGAIN_SECONDS = NEVER_SECONDS
        async with _a_server(SIDES[side]()) as port:
            await answer({"where": _where(port, auction), "tell": _tell(auction), "weigh": _weigh})
        await db.disconnect()


def _where(port: int, auction: UUID) -> Callable[[], Any]:
    async def where() -> dict[str, Any]:
        return {"port": port, "auction": global_id("Auction", auction)}

    return where


def _tell(auction: UUID) -> Callable[[int], Any]:
    async def tell(version: int) -> int:
        """Publish one change of the auction, as a bid does once it is committed; says when, in ns."""
        now = replace(await standing_of(auction), version=version, price=version * 10, bid_count=version)
        fact = StandingChanged(standing=now)
        told_at = time.monotonic_ns()
        await live.publish(fact.stream(), outbox.message(outbox.row_of(fact)))
        return told_at

    return tell


async def _weigh() -> dict[str, float]:
    """What this process has computed so far, in seconds, and what it holds, in KiB."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return {"seconds": time.process_time(), "kib": pages * PAGE_BYTES / 1024}


@asynccontextmanager
async def _a_server(app: Starlette) -> AsyncIterator[int]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    settled = configuration(app, lifespan="off")
    settled.backlog = 4096
    server = uvicorn.Server(settled)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
