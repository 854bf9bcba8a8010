"""Gives every request an id that the caller sees and the log knows, and answers for failures nobody caught."""

import logging
import re
from contextvars import ContextVar
from secrets import token_hex

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
current: ContextVar[str | None] = ContextVar("the request under way", default=None)
"""For the log: whatever is said while a request is served carries its id."""
log = logging.getLogger(__name__)


class RequestIds:
    """ASGI middleware: `scope["state"]["request_id"]` and the header x-request-id on every answer.

    An id that comes with the request is kept when it is a plain one, so that a proxy's log and ours agree.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        request_id = _given(scope) or token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        current.set(request_id)
        answering = _Answering(send, request_id)
        try:
            await self.app(scope, receive, answering.send)
        except Exception:  # The last catch: the caller gets an id instead of a torn connection.
            log.exception("request %s broke", request_id)
            if scope["type"] == "http" and not answering.begun:
                words = f"Something went wrong on our side. It is noted under {request_id}.\n"
                await PlainTextResponse(words, 500)(scope, receive, answering.send)


class _Answering:
    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id, self.begun = send, request_id, False

    async def send(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
            self.begun = True
            message["headers"] = [*message.get("headers", ()), (HEADER, self._request_id.encode())]
        await self._send(message)


def _given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == HEADER and GIVEN.fullmatch(value.decode("latin-1")):
            given: str = value.decode("latin-1")
            return given
    return None
