"""Every open websocket, so that they can be counted, and told to come back when this process leaves."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.kit import leaving, metrics, tracing

COME_BACK = 1012
"""Service Restart (IANA's registry of close codes): clients of graphql-ws connect again after a wait of chance."""
REASON = "Come back"
APART_SECONDS = 0.002
WITHIN_SECONDS_MAX = 5.0
"""Thousands that came back in the same moment would be a flood to whoever stays."""
DOORS = {
    *("graphql", "events", "export", "checkpoints", "draws", "statements", "desk"),
    *("healthz", "livez", "readyz", "metrics"),
}
"""Everything else is the phone app's: what a caller may spell must not become a label."""
REQUESTS = metrics.Tally("mall_requests", "Requests answered, by door and class of status.", "door", "status")

_open: "set[_Socket]" = set()


class Doorkeeper:
    """ASGI middleware: counts requests by door and knows the sockets. It keeps nothing of what passes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through."""
        if scope["type"] == "http":
            with tracing.request(f"{scope['method']} {_door(scope['path'])}", scope["headers"]):
                await self.app(scope, receive, _counting(scope, send))
        elif scope["type"] == "websocket":
            await self._let_in(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = _Socket(send)
        _open.add(socket)
        try:
            await self.app(scope, receive, socket.send)
        finally:
            _open.discard(socket)


def how_many() -> int:
    """The sockets that are open now."""
    return len(_open)


async def tell_all_to_come_back() -> None:
    """Close every open socket with COME_BACK, one after the other, within WITHIN_SECONDS_MAX."""
    while _open:
        waiting = [socket for socket in _open if not socket.closed]
        if not waiting:
            return
        apart = min(APART_SECONDS, WITHIN_SECONDS_MAX / len(waiting))
        for socket in waiting:
            await socket.tell_to_come_back()
            await asyncio.sleep(apart)


class _Socket:
    def __init__(self, send: Send) -> None:
        self._send, self.closed = send, False

    async def send(self, message: Message) -> None:
        if self.closed:
            return  # Nobody is there to hear it.
        self.closed = message["type"] == "websocket.close"
        await self._send(message)

    async def tell_to_come_back(self) -> None:
        if not self.closed:
            self.closed = True
            await self._send({"type": "websocket.close", "code": COME_BACK, "reason": REASON})


def _counting(scope: Scope, send: Send) -> Send:
    async def counting(message: Message) -> None:
        if message["type"] == "http.response.start":
            REQUESTS.counts[_door(scope["path"]), f"{message['status'] // 100}xx"] += 1
            if leaving.begun():
                # Whoever keeps a connection open for the next request had better open it elsewhere.
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return counting


def _door(path: str) -> str:
    name = path[1:].partition("/")[0]
    return name if name in DOORS else "phone"
