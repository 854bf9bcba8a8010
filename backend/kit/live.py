"""Tell whoever is listening, right now. Nothing here is durable: a listener that was away reads the outbox.

One hub per process. With Redis every process hears every stream it has listeners for, over one connection;
when Redis is gone, this process still hears itself and the others catch up from the outbox.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

Message = dict[str, Any]
QUEUE_MAX = 256
RECONNECT_SECONDS = 1.0
LEAVE_SECONDS = 0.1
PUBLISH_SECONDS_MAX = 0.5
"""A member waits for her answer meanwhile: a Redis that keeps silent must not keep her."""
PREFIX = "mall:live:"
log = logging.getLogger(__name__)

_listeners: defaultdict[str, set[asyncio.Queue[Message]]] = defaultdict(set)
_redis: Redis | None = None
_relay: asyncio.Task[None] | None = None
_given_up_until = 0.0


async def connect(redis_url: str | None) -> None:
    """Join the other processes through Redis; without an address, stay alone."""
    global _redis, _relay, _given_up_until
    if redis_url is None:
        return
    _given_up_until = 0.0
    _redis = Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=5)
    _relay = asyncio.create_task(_relay_forever(_redis))


async def disconnect() -> None:
    """Leave; listeners of this process go on hearing this process only."""
    global _redis, _relay
    while _relay is not None and not _relay.done():
        # Asked more than once: a client that is just connecting takes a cancellation for a failed attempt.
        _relay.cancel()
        await asyncio.wait([_relay], timeout=LEAVE_SECONDS)
    if _redis is not None:
        await _redis.aclose()
    _redis = _relay = None


async def publish(stream: str, message: Message) -> None:
    """Hand `message` to every listener of `stream`, at most once each; late or full listeners read the outbox.

    A Redis that fails is left alone for RECONNECT_SECONDS: one message waits for it, not every one.
    """
    global _given_up_until
    _deliver(stream, message)
    if _redis is None or time.monotonic() < _given_up_until:
        return
    try:
        async with asyncio.timeout(PUBLISH_SECONDS_MAX):
            await _redis.publish(PREFIX + stream, orjson.dumps(message))
    except (RedisError, OSError) as error:
        _given_up_until = time.monotonic() + RECONNECT_SECONDS
        log.warning("live events stay in this process: %r", error)


@asynccontextmanager
async def listen(stream: str) -> AsyncIterator[asyncio.Queue[Message]]:
    """Open first, read the snapshot second, so that nothing falls between the two."""
    queue: asyncio.Queue[Message] = asyncio.Queue(QUEUE_MAX)
    _listeners[stream].add(queue)
    try:
        yield queue
    finally:
        _listeners[stream].discard(queue)
        if not _listeners[stream]:
            del _listeners[stream]


def alone() -> bool:
    """Whether no other process can hear this one."""
    return _redis is None


def listening(stream: str) -> int:
    """How many listen to `stream` in this process; over all of them: `kit.audience`."""
    return len(_listeners.get(stream, ()))


def audiences(prefix: str) -> dict[str, int]:
    """How many listen in this process to each stream whose name begins so."""
    return {stream: len(queues) for stream, queues in _listeners.items() if stream.startswith(prefix)}


def _deliver(stream: str, message: Message) -> None:
    for queue in _listeners.get(stream, ()):
        if not queue.full():
            queue.put_nowait(message)


async def _relay_forever(redis: Redis) -> None:
    while True:
        with contextlib.suppress(RedisError, OSError):
            await _relay_until_lost(redis)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _relay_until_lost(redis: Redis) -> None:
    # Our own messages come back too; readers drop repeats by their number or version.
    async with redis.pubsub() as channel:
        await channel.psubscribe(PREFIX + "*")
        while True:
            heard = await channel.get_message(ignore_subscribe_messages=True, timeout=5.0)
            if heard is not None:
                _hear(heard["channel"].decode().removeprefix(PREFIX), heard["data"])


def _hear(stream: str, data: bytes) -> None:
    try:
        message: Message = orjson.loads(data)
    except orjson.JSONDecodeError:
        log.warning("somebody else speaks on %s", stream)
        return
    _deliver(stream, message)
