"""A process leaves politely: it says so, waits until that was heard, and sends its listeners elsewhere."""

import asyncio
import logging

from backend.kit import leaving
from backend.observing import doors, sockets

log = logging.getLogger(__name__)


async def say(seconds: float) -> None:
    """Say at /readyz that no more requests are wanted, keep answering for `seconds`, then close the sockets in turn.

    Where nobody asks /readyz there is nobody to wait for.
    """
    leaving.begin()
    if doors.is_balanced():
        log.info("leaving: no more requests, please")
        await asyncio.sleep(seconds)
    await sockets.tell_all_to_come_back()
