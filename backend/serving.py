"""`./mall serve`: from a checkout to an open door, and a clean way out."""

import asyncio
import contextlib
import signal
import socket
import sys
from types import FrameType
from typing import Literal

import uvicorn
from starlette.applications import Starlette

from backend.app import create_app
from backend.building import build
from backend.demo import seeding
from backend.kit import db, migrating
from backend.kit.errors import Refused
from backend.kit.graphql.over_websocket import MESSAGE_BYTES_MAX
from backend.kit.line import Line
from backend.kit.settings import settings
from backend.observing import farewell, logs
from backend.worker import work_forever

GOODBYE_SECONDS_MAX = 10
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  only compared with: what is listened on is the caller's choice


class PortTaken(Refused):
    """The port is taken."""


def serve(host: str, port: int) -> None:
    """Build, migrate and seed what is not yet, then serve API, websocket and phone app from one origin.

    Raises PortTaken, CannotBuild, DocumentsDoNotFit. Ends by Ctrl-C or SIGTERM, finishing what was begun; by SIGTERM
    it says goodbye first, by a second one at once.
    """
    listening = _listen(host, port)
    build()
    migrating.upgrade()
    if settings().demo:
        asyncio.run(_seed())
    logs.set_up()
    # From here on whoever comes early waits a moment; she is not turned away.
    listening.listen()
    _welcome(host, listening.getsockname()[1])
    _run(listening)


def configuration(app: Starlette, *, lifespan: Literal["on", "off"] = "on") -> uvicorn.Config:
    """How uvicorn runs the app. Without its lifespan, connections and worker are the caller's."""
    trusted = settings().trusted_proxies
    return uvicorn.Config(
        app,
        lifespan=lifespan,
        http="httptools",
        ws=Line,
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted or None,
        timeout_graceful_shutdown=GOODBYE_SECONDS_MAX,
    )


class Server(uvicorn.Server):
    """uvicorn, but asked by SIGTERM to end, it says farewell before it lets go."""

    _loop: asyncio.AbstractEventLoop | None = None
    _goodbye: asyncio.Task[None] | None = None
    _asked = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the door."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal arrived. Ctrl-C, or SIGTERM once more, is not kept waiting."""
        if sig != signal.SIGTERM or self._loop is None or self._asked:
            super().handle_exit(sig, frame)
            return
        self._asked = True
        self._loop.call_soon_threadsafe(self._say_goodbye, sig)

    def _say_goodbye(self, sig: int) -> None:
        self._goodbye = asyncio.create_task(farewell.say(settings().drain_seconds))
        self._goodbye.add_done_callback(lambda _: uvicorn.Server.handle_exit(self, sig, None))


def _listen(host: str, port: int) -> socket.socket:
    # Taken first: whoever has the port wrong should not wait for a build to learn it.
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(f"{host} is no address to listen on ({error.strerror}).") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"{host}:{port} cannot be listened on ({error.strerror}). Choose another: ./mall serve --port {port + 1}"
        ) from error
    return listening


async def _seed() -> None:
    db.connect(settings().async_database_url())
    try:
        if await seeding.seed():
            _say("opened the demo programme")
    finally:
        await db.disconnect()


def _welcome(host: str, port: int) -> None:
    shown = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    _say(f"open http://{shown}:{port} (GraphQL at /graphql; Ctrl-C stops)")
    if settings().demo:
        phones = ", ".join(f"{member['phone']} ({member['reference']})" for member in seeding.DATA["members"][:3])
        _say(f"sign in with a demo phone: {phones}. The code appears on the screen.")
        _say("from a terminal: ./mall token --member ann")
        if host not in LOOPBACK:
            _say("THIS IS THE DEMO: whoever reaches it can sign in as anyone. In production set MALL_DEMO=false.")


def _run(listening: socket.socket) -> None:
    # uvicorn has finished what was begun by the time it passes Ctrl-C on.
    with contextlib.suppress(KeyboardInterrupt):
        Server(configuration(create_app(work_forever))).run(sockets=[listening])
    _say("stopped")


def _say(text: str) -> None:
    print(f"mall: {text}", file=sys.stderr, flush=True)
