"""A websocket as the server sees it: messages leave without waiting, and a line that cannot keep up is dropped."""

import asyncio
import struct
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

WAITING_BYTES_MAX = 128 * 1024
SLOW_SECONDS_MAX = 10.0
"""So long a line may keep the server waiting."""
LAST_WORDS_SECONDS = 5.0
"""So long a line that is dropped has to read why."""
NORMAL, TRY_AGAIN_LATER = 1000, 1013
"""RFC 6455, IANA's registry: come back, and go on from where you were."""
TOO_SLOW = "Too slow: come back and say where you were"
LINE = "mall.line"
"""Where an ASGI application finds its line, in `scope["extensions"]`."""
TEXT = 0x81
"""First byte of a whole text message (RFC 6455, section 5.2)."""

ALWAYS = asyncio.Event()
"""Shared by all lines that are not held up: an event of its own would cost each most of a KiB."""
ALWAYS.set()


class Line(WebSocketsSansIOProtocol):
    """uvicorn's websocket, which can also be told something at once by whoever has it."""

    dropping: asyncio.TimerHandle | None = None
    writable: asyncio.Event

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.queue: Any = _Inbox()
        self.writable = ALWAYS

    def tell(self, text: bytes) -> None:
        """Send a message without waiting. Nothing is sent any more on a line that is closed or closing."""
        if not self.handshake_complete or self.close_sent or self.transport.is_closing():
            return
        self.transport.write(_header(len(text)) + text)
        if not self.writable.is_set() and self.transport.get_write_buffer_size() > WAITING_BYTES_MAX:
            self.drop()

    def send(self, message: Any) -> Any:
        """As ASGI has it; but nobody waits for a line that is held up in order to close it."""
        if message["type"] == "websocket.close" and self.handshake_complete and not self.writable.is_set():
            self.drop(message.get("code", NORMAL), message.get("reason") or "")
            return asyncio.sleep(0)
        return super().send(message)

    def drop(self, code: int = TRY_AGAIN_LATER, reason: str = TOO_SLOW) -> None:
        """Tell whoever is too slow to come back, or `reason`; and hang up shortly, even if that is never read."""
        self._forget_timer()
        if not self.close_sent and not self.transport.is_closing():
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(LAST_WORDS_SECONDS, self.transport.abort)

    def handle_connect(self, event: Request) -> None:
        """Let the application find this line."""
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[LINE] = self

    def start_keepalive(self) -> None:
        """The handshake is over, and what was said in it need not be kept."""
        super().start_keepalive()
        self.__dict__.pop("request", None)
        self.__dict__.pop("response", None)

    def pause_writing(self) -> None:
        """More is waiting than the line takes: it has a while to catch up."""
        self.writable = asyncio.Event()
        if self.dropping is None:
            self.dropping = self.loop.call_later(SLOW_SECONDS_MAX, self.drop)

    def resume_writing(self) -> None:
        """It has caught up."""
        self.writable.set()
        self.writable = ALWAYS
        self._forget_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._forget_timer()
        super().connection_lost(exc)

    def _forget_timer(self) -> None:
        if self.dropping is not None:
            self.dropping.cancel()
            self.dropping = None


class _Inbox:
    """What has come and is not read yet, by one reader: an asyncio.Queue would cost each socket two KiB to be empty."""

    __slots__ = ("_come", "_messages")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._come: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        """One more."""
        self._messages.append(message)
        if self._come is not None and not self._come.done():
            self._come.set_result(None)

    async def get(self) -> Any:
        """The oldest, once there is one."""
        while not self._messages:
            self._come = asyncio.get_running_loop().create_future()
            await self._come
        self._come = None
        return self._messages.pop(0)

    def empty(self) -> bool:
        """Whether all is read."""
        return not self._messages


def _header(length: int) -> bytes:
    if length < 126:
        return struct.pack("!BB", TEXT, length)
    if length < 0x10000:
        return struct.pack("!BBH", TEXT, 126, length)
    return struct.pack("!BBQ", TEXT, 127, length)
