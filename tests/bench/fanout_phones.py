"""Many phones of `./mall bench fanout` in one process: they read frames and do as little else as can be."""

import asyncio
import sys
import time
from array import array
from typing import Any

import orjson
import uvloop

from tests.bench.json_lines import answer

UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
TEXT, PING, PONG = 0x81, 0x89, 0x8A
AT_ONCE = 50
PATIENCE_SECONDS = 120.0


class Crowd:
    """All phones of this process, and when each event reached each of them."""

    def __init__(self, port: int, document: str, variables: dict[str, Any]) -> None:
        self.port = port
        payload = {"query": document, "variables": variables}
        self.first_words = _masked(TEXT, orjson.dumps({"type": "connection_init"})) + _masked(
            TEXT, orjson.dumps({"id": "1", "type": "subscribe", "payload": payload})
        )
        self.phones: list[Phone] = []
        self.arrived: list[array[int]] = []
        self.more = asyncio.Event()

    async def connect(self, count: int) -> int:
        """Open so many more sockets; each has heard how things stand when this returns."""
        loop = asyncio.get_running_loop()
        for start in range(0, count, AT_ONCE):
            opening = [
                loop.create_connection(lambda: Phone(self), "127.0.0.1", self.port)
                for _ in range(min(AT_ONCE, count - start))
            ]
            self.phones += [phone for _, phone in await asyncio.gather(*opening)]
            await self._until(lambda: all(phone.heard >= 1 for phone in self.phones))
        return len(self.phones)

    async def hear(self) -> int:
        """Prepare for one more event."""
        self.arrived.append(array("q"))
        for phone in self.phones:
            phone.heard = 1
        return len(self.arrived)

    async def delays(self, told_at: int) -> list[int]:
        """How long, in ns, the last event that was told took to each phone, once it has reached them all."""
        arrived = self.arrived[-1]
        await self._until(lambda: len(arrived) >= len(self.phones))
        return [moment - told_at for moment in arrived]

    async def _until(self, met: Any) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not met():
                self.more.clear()
                await self.more.wait()


class Phone(asyncio.Protocol):
    """One socket, already subscribed once the server has agreed to be one."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self.heard, self.waiting, self.agreed = crowd, -1, b"", False

    def connection_made(self, transport: Any) -> None:
        """Ask for a socket, and for the rest in the same breath as soon as there is one."""
        self.transport = transport
        transport.write(UPGRADE)

    def data_received(self, data: bytes) -> None:
        """Count the messages in it. The first is the welcome, the second how things stand."""
        data = self.waiting + data
        if not self.agreed:
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self.waiting = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.agreed = True
            self.transport.write(self.crowd.first_words)
        at = 0
        while (end := _end_of_frame(data, at)) is not None:
            self.frame(data[at], data[end[0] : end[1]])
            at = end[1]
        self.waiting = data[at:]

    def frame(self, kind: int, body: bytes) -> None:
        """One frame of the server."""
        if kind == PING:
            self.transport.write(_masked(PONG, body))
        elif kind == TEXT:
            self.heard += 1
            if self.heard > 1:
                self.crowd.arrived[-1].append(time.monotonic_ns())
            self.crowd.more.set()
        else:
            raise AssertionError(f"the server says {kind:#x} {body!r}")


def _end_of_frame(data: bytes, at: int) -> tuple[int, int] | None:
    # Where its body begins and ends; None while it is not whole. Servers do not mask (RFC 6455, section 5.1).
    if len(data) < at + 2:
        return None
    length, begins = data[at + 1], at + 2
    if length == 126:
        length, begins = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    elif length == 127:
        length, begins = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    return (begins, begins + length) if len(data) >= begins + length else None


def _masked(kind: int, body: bytes) -> bytes:
    # With a mask of zeros, which changes nothing.
    length = len(body)
    size = bytes([0x80 | length]) if length < 126 else bytes([0x80 | 126]) + length.to_bytes(2, "big")
    return bytes([kind]) + size + b"\0\0\0\0" + body


async def hold() -> None:
    """Be the phones that whoever started this process asks for."""
    crowd = Crowd(int(sys.argv[1]), sys.argv[2], orjson.loads(sys.argv[3]))
    await answer({"connect": crowd.connect, "hear": crowd.hear, "delays": crowd.delays})


if __name__ == "__main__":
    uvloop.run(hold())
