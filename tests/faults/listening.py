"""A phone that listens all the while: connects again wherever it can, and goes on from the last number it has."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import websockets
from websockets.asyncio.client import connect

from tests.journeys.a_running_mall import COOKIE, Somebody

EVENTS = "subscription ($after: Int) { memberEvents(after: $after) { seq } }"
HEAR_SECONDS_MAX = 20.0
AGAIN_SECONDS = 0.3


@dataclass
class Listener:
    """`heard`: how often each number was told."""

    addresses: Sequence[str]
    who: Somebody
    heard: Counter[int] = field(default_factory=Counter)
    last: int = 0
    connections: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen_forever(self) -> None:
        """Until cancelled."""
        for address in itertools.cycle(self.addresses):
            with contextlib.suppress(OSError, TimeoutError, websockets.WebSocketException):
                await self._listen(address.replace("http", "ws", 1) + "/graphql")
            await asyncio.sleep(AGAIN_SECONDS)

    async def has_heard(self, seq: int) -> None:
        """Wait until it has, a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEAR_SECONDS_MAX):
                while self.last < seq:
                    self.news.clear()
                    await self.news.wait()

    async def _listen(self, address: str) -> None:
        headers = {"cookie": f"{COOKIE}={self.who.cookie}"}
        protocol: Any = "graphql-transport-ws"
        async with connect(address, additional_headers=headers, subprotocols=[protocol], open_timeout=5) as socket:
            self.connections += 1
            await socket.send(orjson.dumps({"type": "connection_init"}).decode())
            asked = {"query": EVENTS, "variables": {"after": self.last}}
            await socket.recv()
            await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": asked}).decode())
            async for raw in socket:
                message = orjson.loads(raw)
                if message["type"] in ("error", "complete"):
                    return
                if message["type"] == "next" and (told := (message["payload"].get("data") or {}).get("memberEvents")):
                    self.last = told["seq"]
                    self.heard[self.last] += 1
                    self.news.set()
