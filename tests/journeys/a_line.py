"""A line between a phone and the product that can be cut, and that knows what was asked over it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PIECE = 64 * 1024
ASKED = re.compile(rb"^([A-Z]+) (/\S*) HTTP/1\.1\r$", re.MULTILINE)


@dataclass
class Line:
    """Passes bytes on to the product's port; the phone opens `address` instead of the product's own."""

    port: int
    address: str = ""
    asked: list[str] = field(default_factory=list)
    """What was asked for, as "GET /path"."""
    is_cut: bool = False
    delay_seconds: float = 0.0
    """How much later everything arrives."""
    is_silent: bool = False
    """Bytes go in and nothing comes out, as when a cable is pulled: nobody is told."""
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        self.is_cut = True
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    @property
    def own_port(self) -> int:
        """Where the line begins."""
        return int(self.address.rpartition(":")[2])

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, back}
        # The loop cancels what is still open when it ends.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, back, note=True), self._pass(onward, writer, note=False))
        self._ends -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                if note:
                    self.asked += [f"{verb.decode()} {path.decode()}" for verb, path in ASKED.findall(piece)]
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if self.is_silent:
                    continue
                writer.write(piece)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def a_line(port: int) -> AsyncIterator[Line]:
    """A line to the product at `port`, on a free port of its own."""
    line = Line(port)
    server = await asyncio.start_server(line.connect, "127.0.0.1", 0)
    line.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        line.cut()
        server.close()
        await server.wait_closed()
