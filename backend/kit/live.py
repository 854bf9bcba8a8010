"""Tell whoever is listening, right now. Nothing here is durable: a listener that was away reads the outbox.

One hub per process. With Redis every process hears the streams it has listeners for; when Redis is gone, this process
still hears itself and the others catch up from the outbox.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import orjson

from backend.kit.wire import Wire

Message = dict[str, Any]
QUEUE_MAX = 256
MISSED: Message = {"seq": 2**62, "name": "", "body": {}}
"""What listeners hear when news may have gone past this process: they look for themselves."""
log = logging.getLogger(__name__)

_listeners: defaultdict[str, set[asyncio.Queue[Message]]] = defaultdict(set)
_for_many: defaultdict[str, list[Callable[[], int]]] = defaultdict(list)
"""How many listen by those listeners that listen for others."""
_wire: Wire | None = None


async def connect(redis_url: str | None) -> None:
    """Join the other processes through Redis; without an address, stay alone."""
    global _wire
    if redis_url is None:
        return
    _wire = Wire(redis_url, _hear, _missed)
    await _wire.open()


async def disconnect() -> None:
    """Leave; listeners of this process go on hearing this process only."""
    global _wire
    leaving, _wire = _wire, None
    if leaving is not None:
        await leaving.close()


def heard(stream: str) -> bool:
    """Whether there may be anybody to hear what is published to `stream`."""
    return _wire is not None or stream in _listeners


async def publish(stream: str, message: Message) -> None:
    """Hand `message` to every listener of `stream`, at most once each; late or full listeners read the outbox.

    A Redis that fails is left alone for a while: one message waits for it, not every one.
    """
    _deliver(stream, message)
    if _wire is not None:
        await _wire.publish(stream, orjson.dumps(message))


@asynccontextmanager
async def listen(stream: str) -> AsyncIterator[asyncio.Queue[Message]]:
    """Open first, read the snapshot second, so that nothing falls between the two."""
    queue: asyncio.Queue[Message] = asyncio.Queue(QUEUE_MAX)
    _listeners[stream].add(queue)
    try:
        if _wire is not None:
            await _wire.want(stream)
        yield queue
    finally:
        _listeners[stream].discard(queue)
        if not _listeners[stream]:
            del _listeners[stream]
            if _wire is not None:
                _wire.unwant(stream)


@contextmanager
def for_many(stream: str, how_many: Callable[[], int]) -> Iterator[None]:
    """Meanwhile one of the listeners to `stream` counts as so many."""
    _for_many[stream].append(how_many)
    try:
        yield
    finally:
        _for_many[stream].remove(how_many)
        if not _for_many[stream]:
            del _for_many[stream]


def alone() -> bool:
    """Whether no other process can hear this one."""
    return _wire is None


def listening(stream: str) -> int:
    """How many listen to `stream` in this process; over all of them: `kit.audience`."""
    return len(_listeners.get(stream, ())) + sum(how_many() - 1 for how_many in _for_many.get(stream, ()))


def audiences(prefix: str) -> dict[str, int]:
    """How many listen in this process to each stream whose name begins so."""
    return {stream: listening(stream) for stream in _listeners if stream.startswith(prefix)}


def _deliver(stream: str, message: Message) -> None:
    for queue in _listeners.get(stream, ()):
        if not queue.full():
            queue.put_nowait(message)


def _missed(stream: str) -> None:
    _deliver(stream, MISSED)


def _hear(stream: str, data: bytes) -> None:
    # Our own messages come back too; readers drop repeats by their number or version.
    try:
        message: Message = orjson.loads(data)
    except orjson.JSONDecodeError:
        log.warning("somebody else speaks on %s", stream)
        return
    _deliver(stream, message)
