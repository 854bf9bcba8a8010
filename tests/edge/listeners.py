"""Sockets that listen, and one that does not read what it is told."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from websockets.frames import Close

from backend.auctions.facts import StandingChanged
from backend.kit import live, outbox
from tests.auctions.builders import standing_of
from tests.edge.open_door import connected, heard, say

RECEIVED_BYTES = 8192
TEXT, CLOSE = 1, 8


@asynccontextmanager
async def a_listener(address: str, cookie: str | None = None) -> AsyncIterator[Any]:
    """A socket that is welcome."""
    headers = {"cookie": cookie, "origin": address} if cookie else {}
    async with connected(address, **headers) as listening:
        await say(listening, type="connection_init")
        assert (await heard(listening))["type"] == "connection_ack"
        yield listening


async def subscribe(listening: Any, query: str, name: str = "1", **variables: Any) -> None:
    """Ask for news under `name`."""
    await say(listening, type="subscribe", id=name, payload={"query": query, "variables": variables})


async def next_text(listening: Any) -> str:
    """The next message, to the letter."""
    text: str = await asyncio.wait_for(listening.recv(), 30)
    return text


async def next_data(listening: Any) -> Any:
    """What the next piece of news says."""
    message = orjson.loads(await next_text(listening))
    assert message["type"] == "next" and "errors" not in message["payload"], message
    return message["payload"]["data"]


async def silent(listening: Any) -> bool:
    """Nothing comes for a while."""
    try:
        await asyncio.wait_for(listening.recv(), 0.2)
    except TimeoutError:
        return True
    return False


async def told(auction: UUID, version: int, **said: Any) -> None:
    """A change of the auction is published, as after a bid."""
    fact = StandingChanged(standing=replace(await standing_of(auction), version=version, **said))
    await live.publish(fact.stream(), outbox.message(outbox.row_of(fact)))


@asynccontextmanager
async def a_slow_phone(address: str, cookie: str) -> AsyncIterator["SlowPhone"]:
    """One that is welcome and has not read that it is."""
    phone = SlowPhone(address, cookie)
    try:
        await phone.connect()
        await phone.say(type="connection_init")
        yield phone
    finally:
        phone.socket.close()


class SlowPhone:
    """A phone that goes through a tunnel: it has asked for news and reads none of it."""

    def __init__(self, address: str, cookie: str) -> None:
        self.cookie, self.port = cookie, int(address.rpartition(":")[2])
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        self.socket.setblocking(False)

    async def connect(self) -> None:
        """Open the websocket."""
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self.port))
        host = f"127.0.0.1:{self.port}"
        head = [
            "GET /graphql HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            f"Cookie: {self.cookie}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: graphql-transport-ws",
        ]
        await loop.sock_sendall(self.socket, "\r\n".join([*head, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await loop.sock_recv(self.socket, 1)
        assert answer.startswith(b"HTTP/1.1 101"), answer

    async def say(self, **message: Any) -> None:
        """Send one message."""
        text = orjson.dumps(message)
        size = bytes([0x80 | 126]) + len(text).to_bytes(2, "big")
        await asyncio.get_running_loop().sock_sendall(self.socket, b"\x81" + size + b"\0\0\0\0" + text)

    async def read(self) -> tuple[int, Any]:
        """The next frame: its kind, and what it says."""
        first, length = await self._bytes(2)
        if length >= 126:
            length = int.from_bytes(await self._bytes(2 if length == 126 else 8), "big")
        body = await self._bytes(length)
        if first & 0x0F == CLOSE:
            return CLOSE, Close.parse(body).code
        return first & 0x0F, orjson.loads(body) if first & 0x0F == TEXT else body

    async def _bytes(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.socket, count - len(found)), 30)
            if not more:
                raise ConnectionError("the line is cut")
            found += more
        return found
