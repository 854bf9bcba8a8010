"""Clients that cost little: each asks over one connection, reads the whole answer, and asks again."""

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator
from typing import cast

END_OF_HEAD, LENGTH = b"\r\n\r\n", b"content-length:"
LOOPBACK = "127.0.0.1"


class NotAnswered(Exception):
    """A server said something else than 200, or hung up."""


class _Client(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests, self.until = requests, until
        self.answered, self.body, self.missing = 0, b"", 0
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are no subclass of what asyncio calls a transport.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        if self.missing:
            self.body += data
            self.missing -= len(data)
        elif not self.begun(data):
            return
        if self.missing <= 0:
            self.ask_again()

    def begun(self, data: bytes) -> bool:
        self.body += data
        head, found, body = self.body.partition(END_OF_HEAD)
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            self.fail(NotAnswered(self.body[:500].decode("latin-1")))
            return False
        self.missing = _length(head) - len(body)
        return True

    def ask_again(self) -> None:
        self.answered += 1
        self.body, self.missing = b"", 0
        request = next(self.requests, None) if time.monotonic() < self.until else None
        if request is not None:
            self.transport.write(request)
        else:
            self.over.set_result(self.answered)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(NotAnswered(f"the connection was lost: {error!r}"))

    def fail(self, error: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(error)
            self.transport.close()


async def answers_a_second(port: int, requests: Iterable[bytes], *, clients: int, seconds: float) -> tuple[int, float]:
    """How many requests were answered with 200, and in how many seconds. Raises NotAnswered."""
    began, loop = time.monotonic(), asyncio.get_running_loop()
    asked = itertools.cycle(requests)
    visitors = [
        (await loop.create_connection(lambda: _Client(asked, began + seconds), LOOPBACK, port))[1]
        for _ in range(clients)
    ]
    answered = sum(await asyncio.gather(*(visitor.over for visitor in visitors)))
    return answered, time.monotonic() - began


async def answer(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises NotAnswered."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(request)
    head = await reader.readuntil(END_OF_HEAD)
    if not head.startswith(b"HTTP/1.1 200"):
        raise NotAnswered((head + await reader.read(500)).decode("latin-1"))
    body = await reader.readexactly(_length(head))
    writer.close()
    return body


def _length(head: bytes) -> int:
    _, found, after = head.lower().partition(LENGTH)
    assert found, "an answer without a length"
    return int(after.partition(b"\r\n")[0])
