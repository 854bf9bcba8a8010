"""A door of its own for metrics and signs of life, where an installation wants one: MALL_METRICS_ADDRESS."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from backend.kit.settings import settings
from backend.observing import doors


@asynccontextmanager
async def opened(readings: doors.Readings = tuple) -> AsyncIterator[str | None]:
    """Serve the doors at MALL_METRICS_ADDRESS meanwhile; yields where, None without the setting. Raises OSError."""
    wanted = settings().metrics_address
    if wanted is None:
        yield None
        return
    listening = _listen(wanted)
    server = _Server(_configuration(readings))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield "{}:{}".format(*listening.getsockname()[:2])
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for whoever opened the door."""
        yield


def _configuration(readings: doors.Readings) -> uvicorn.Config:
    app = Starlette(routes=list(doors.routes(doors.anybody, readings)))
    return uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, server_header=False, ws="none")


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    family, kind, protocol, _, found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(found)
    return listening
