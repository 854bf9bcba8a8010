"""An ASGI app behind uvicorn as the product runs it, in the loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

import httpx2
import orjson
import uvicorn
from websockets.asyncio.client import connect

from backend.kit import db
from backend.kit.line import Line
from backend.members.sessions import open_session
from backend.serving import configuration

WAIT_SECONDS = 0.01
SUBPROTOCOL: Any = "graphql-transport-ws"


@asynccontextmanager
async def open_door(app: Any, *, lifespan: Literal["on", "off"] = "off", ws: Any = Line) -> AsyncIterator[str]:
    """Serve `app` on a free port; yields its address. Without its lifespan the test has its own database.

    `ws`: the websocket of another server.
    """
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    settled = configuration(app, lifespan=lifespan)
    settled.ws = ws
    server = uvicorn.Server(settled)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(WAIT_SECONDS)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def ask(client: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    """The whole JSON answer to one query by POST."""
    answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return answer.json()


async def a_session(member_id: UUID) -> str:
    """The cookie header of a device on which the member has signed in."""
    opened = await db.transact(open_session, member_id=member_id)
    return f"mall_session={opened.cookie}"


def connected(address: str, **headers: str) -> Any:
    """A websocket to the endpoint, as graphql-ws opens it."""
    return connect(
        f"{address.replace('http', 'ws')}/graphql", subprotocols=[SUBPROTOCOL], additional_headers=headers, proxy=None
    )


async def say(socket: Any, **message: Any) -> None:
    """Send one message of the protocol."""
    await socket.send(orjson.dumps(message).decode())


async def heard(socket: Any) -> Any:
    """The next message of the server."""
    return orjson.loads(await socket.recv())
