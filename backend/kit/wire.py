"""The line to the other processes: what is told there is heard here, for the streams that are listened to here.

Through a Redis, or through each node of a Redis Cluster by sharded pub/sub, one connection to hear with for each node.
Nothing here is durable, and nobody waits long: a node that fails is left alone for a while, the others go on.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import ConnectionError as NoConnection

from backend.kit.redis_nodes import Address, channel_of, nodes_of, slot_of

PUBLISH_SECONDS_MAX = 0.5
"""A member waits for her answer meanwhile: a Redis that keeps silent must not keep her."""
WANT_SECONDS_MAX = 0.5
RECONNECT_SECONDS = 1.0
QUIET_SECONDS = 5.0
"""A node that says nothing for so long is asked whether it is there; it has as long again to answer."""
LEAVE_SECONDS = 0.1
TOLD, JOINED = {"message", "smessage"}, {"subscribe", "ssubscribe"}
log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Wish:
    """A stream that somebody here listens to."""

    stream: str
    heard_from: asyncio.Event = field(default_factory=asyncio.Event)
    missed: bool = False
    """Whether something may have been told while nothing could be heard."""


@dataclass(eq=False)
class _Line:
    """A connection to hear with. `joined`: channels asked for; `confirmed`: those the node has said yes to."""

    pubsub: Any  # redis-py types few of its methods
    joined: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    hearing: asyncio.Task[None] | None = None


class Wire:
    """`hear(stream, data)` is called for each message; `missed(stream)` once a stream is heard again after a gap."""

    def __init__(self, url: str, hear: Callable[[str, bytes], None], missed: Callable[[str], None]) -> None:
        self._nodes = nodes_of(url)
        self._hear, self._missed = hear, missed
        self._wishes: dict[str, _Wish] = {}
        self._lines: dict[Address, _Line] = {}
        self._left_alone: dict[Address | None, float] = {}
        self._look: set[str] = set()
        self._stirred = asyncio.Event()
        self._known = asyncio.Event()
        self._stale = True
        self._tending: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin; returns although no node answers, for they are tried again."""
        self._stirred.set()
        self._tending = asyncio.create_task(self._tend_forever())

    async def close(self) -> None:
        """Leave at once."""
        tasks = [self._tending, *(line.hearing for line in self._lines.values())]
        while left := [task for task in tasks if task is not None and not task.done()]:
            # Asked more than once: a client that is just connecting takes a cancellation for a failed attempt.
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=LEAVE_SECONDS)
        for line in self._lines.values():
            with contextlib.suppress(Exception):
                await line.pubsub.aclose()
        await self._nodes.close()

    async def publish(self, stream: str, data: bytes) -> None:
        """Tell the other processes, if its node is there: at most PUBLISH_SECONDS_MAX, and never raises."""
        channel, address = channel_of(stream), self._nodes.owner(channel_of(stream))
        if self._rests(address):
            return
        try:
            async with asyncio.timeout(PUBLISH_SECONDS_MAX):
                if address is None:
                    await self._known.wait()
                    address = self._nodes.owner(channel)
                if address is not None:
                    await self._nodes.publish(address, channel, data)
        except Exception as error:  # noqa: BLE001  what is told has been committed, whatever breaks here
            self._leave_alone(address, error)

    async def want(self, stream: str) -> None:
        """Hear `stream` from now on; returns once it is so, or without it after WANT_SECONDS_MAX."""
        wish = self._wishes.setdefault(channel_of(stream), _Wish(stream))
        self._stir(channel_of(stream))
        try:
            async with asyncio.timeout(WANT_SECONDS_MAX):
                await wish.heard_from.wait()
        except TimeoutError:
            wish.missed = True

    def unwant(self, stream: str) -> None:
        """Nobody here listens to `stream` any more."""
        self._wishes.pop(channel_of(stream), None)
        self._stir(channel_of(stream))

    def _stir(self, *channels: str) -> None:
        self._look.update(channels)
        self._stirred.set()

    def _rests(self, address: Address | None) -> bool:
        return asyncio.get_running_loop().time() < self._left_alone.get(address, 0.0)

    def _leave_alone(self, address: Address | None, error: Exception) -> None:
        loop, self._stale = asyncio.get_running_loop(), True
        if address not in self._left_alone:
            log.warning("live events do not pass through %s: %r", _named(address), error)
        self._left_alone[address] = loop.time() + RECONNECT_SECONDS
        loop.call_later(RECONNECT_SECONDS, self._stirred.set)

    def _is_back(self, address: Address | None) -> None:
        if self._left_alone.pop(address, None) is not None:
            log.warning("live events pass through %s again", _named(address))

    async def _tend_forever(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if self._stale:
                await self._learn()
            await self._tend()

    async def _learn(self) -> None:
        try:
            await self._nodes.refresh()
        except Exception as error:  # noqa: BLE001  whatever it is, nobody would tend any more
            self._leave_alone(None, error)
            return
        self._stale = False
        self._is_back(None)
        self._known.set()
        self._look |= self._wishes.keys()

    async def _tend(self) -> None:
        looked, self._look = self._look, set()
        leave: defaultdict[Address, set[str]] = defaultdict(set)
        join: defaultdict[Address, set[str]] = defaultdict(set)
        for channel in looked:
            self._sort(channel, leave, join)
        for address in leave.keys() | join.keys():
            try:
                await self._change(address, leave[address], join[address])
            except Exception as error:  # noqa: BLE001  a client cut off while it writes breaks in ways of its own
                self._look |= join[address]
                if address not in self._lines:  # It broke before there was one.
                    self._leave_alone(address, error)
                await self._lose(address, error)

    def _sort(self, channel: str, leave: dict[Address, set[str]], join: dict[Address, set[str]]) -> None:
        """Where `channel` has to be left, and where it has to be joined."""
        owner = self._nodes.owner(channel) if channel in self._wishes else None
        for address, line in self._lines.items():
            if channel in line.joined and address != owner:
                leave[address].add(channel)
        if owner is None:
            return
        if self._rests(owner):
            self._look.add(channel)
        elif owner not in self._lines or channel not in self._lines[owner].joined:
            join[owner].add(channel)
        elif channel in self._lines[owner].confirmed:
            self._is_heard(channel)

    async def _change(self, address: Address, leave: set[str], join: set[str]) -> None:
        if (line := self._lines.get(address)) is None:
            line = self._lines[address] = _Line(self._nodes.client(address).pubsub())
            await line.pubsub.connect()
            line.hearing = asyncio.create_task(self._hear_from(address, line))
        # What was left counts as unheard at once: the node says yes to joining it again only later.
        line.joined -= leave
        line.confirmed -= leave
        for some in self._at_once(leave):
            await (line.pubsub.sunsubscribe if self._nodes.sharded else line.pubsub.unsubscribe)(*some)
        line.joined |= join
        for some in self._at_once(join):
            await (line.pubsub.ssubscribe if self._nodes.sharded else line.pubsub.subscribe)(*some)

    def _at_once(self, channels: set[str]) -> Iterable[Iterable[str]]:
        """Those that one command may name: on a cluster only channels of one slot."""
        slots: defaultdict[int, list[str]] = defaultdict(list)
        for channel in channels:
            slots[slot_of(channel) if self._nodes.sharded else 0].append(channel)
        return slots.values()

    async def _hear_from(self, address: Address, line: _Line) -> None:
        try:
            was_quiet = False
            while True:
                heard = await line.pubsub.get_message(timeout=QUIET_SECONDS)
                if heard is None and was_quiet:
                    raise NoConnection("it has gone silent")
                if was_quiet := heard is None:
                    await line.pubsub.ping()
                elif heard is not None:
                    self._heard(address, line, heard)
        except Exception as error:  # noqa: BLE001  whatever it is, nobody would hear anything any more
            await self._lose(address, error)

    def _heard(self, address: Address, line: _Line, heard: dict[str, Any]) -> None:
        kind, channel = heard["type"], (heard["channel"] or b"").decode()
        if kind in TOLD:
            if wish := self._wishes.get(channel):
                self._hear(wish.stream, heard["data"])
        elif kind in JOINED:
            line.confirmed.add(channel)
            self._is_back(address)
            self._is_heard(channel)
        elif channel in line.confirmed:
            raise NoConnection(f"{channel} has moved to another node")

    def _is_heard(self, channel: str) -> None:
        if (wish := self._wishes.get(channel)) is None:
            return
        wish.heard_from.set()
        if wish.missed:
            wish.missed = False
            self._missed(wish.stream)

    async def _lose(self, address: Address, error: Exception) -> None:
        if (line := self._lines.pop(address, None)) is None:
            return
        for channel in line.joined & self._wishes.keys():
            self._wishes[channel].missed = True
        self._look |= line.joined
        self._leave_alone(address, error)
        if line.hearing is not None and line.hearing is not asyncio.current_task():
            line.hearing.cancel()
        with contextlib.suppress(Exception):
            await line.pubsub.aclose()


def _named(address: Address | None) -> str:
    host, port = address or ("", 0)
    return f"{host}:{port}" if host else "Redis"
