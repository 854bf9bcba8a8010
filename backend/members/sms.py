"""Text messages: a port. The demo shows the code on the screen; an installation plugs its own channel in with `use`."""

import logging
from collections.abc import Awaitable, Callable

from backend.kit.errors import Refused
from backend.kit.settings import settings
from backend.members import phones

Channel = Callable[[str, str], Awaitable[None]]
log = logging.getLogger(__name__)


class MessageNotSent(Refused):
    """The message could not be sent. Try again later."""


async def send(phone: str, text: str) -> None:
    """Send `text` to a phone in E.164. Raises MessageNotSent."""
    await _channel(phone, text)


def use(channel: Channel) -> Channel:
    """Send through `channel` from now on; gives back the one used so far."""
    global _channel
    before, _channel = _channel, channel
    return before


async def to_nobody(phone: str, _text: str) -> None:
    """No channel: the demo shows the code on the screen. A code in the log would be a key under the mat."""
    if not settings().demo:
        log.error("no SMS channel is plugged in: nothing was sent to %s", phones.masked(phone))
        raise MessageNotSent
    log.info("no SMS to %s: the demo shows the code on the screen", phones.masked(phone))


_channel: Channel = to_nobody
