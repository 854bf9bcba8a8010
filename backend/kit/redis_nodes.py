"""Where a channel lives: on the one Redis, or on the node of a Redis Cluster that has its slot.

`redis://…` and `rediss://…` (TLS) name one server; `redis+cluster://host:port,host:port` and `rediss+cluster://…`
name some nodes of a cluster, and the others are learned from whichever answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import ConnectionError as NoConnection, MovedError

Address = tuple[str, int]
CLUSTER = "+cluster"
PORT = 6379
LIMITS: Mapping[str, Any] = {"socket_connect_timeout": 2, "socket_timeout": 5, "retry": Retry(NoBackoff(), 0)}
"""Nothing is tried again by the client: whoever asks has to know that the line was gone."""


class Nodes(Protocol):
    """Servers of which each channel has one."""

    sharded: bool
    """Whether a channel is heard on its own node alone."""

    async def refresh(self) -> None:
        """Learn anew who has what. Raises whatever the client does: RedisError, OSError as a rule."""

    def owner(self, channel: str) -> Address | None:
        """Who has `channel`, as far as is known."""

    def client(self, address: Address) -> Any:
        """The one client of this process for that server."""

    async def publish(self, address: Address, channel: str, data: bytes) -> None:
        """Tell whoever hears `channel`. Raises whatever the client does: RedisError, OSError as a rule."""

    async def close(self) -> None:
        """Hang up everywhere."""


def nodes_of(url: str) -> Nodes:
    """What the address `url` means."""
    return ClusterNodes(url) if CLUSTER in urlsplit(url).scheme else OneNode(url)


def channel_of(stream: str) -> str:
    """The channel of a stream: what its name ends in is the hash tag, so that all a member's are on one node."""
    head, colon, tag = stream.rpartition(":")
    return f"mall:live:{head}{colon}{{{tag}}}"


def slot_of(channel: str) -> int:
    """The slot of a cluster that `channel` is in."""
    return int(key_slot(channel.encode()))


class OneNode:
    """A Redis that has every channel."""

    sharded = False

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, **LIMITS)

    async def refresh(self) -> None:
        """There is nothing to learn."""

    def owner(self, channel: str) -> Address | None:
        """The only one."""
        return "", PORT

    def client(self, address: Address) -> Any:
        """The only one."""
        return self._redis

    async def publish(self, address: Address, channel: str, data: bytes) -> None:
        """PUBLISH."""
        await self._redis.publish(channel, data)

    async def close(self) -> None:
        """Hang up."""
        await self._redis.aclose()


class ClusterNodes:
    """A Redis Cluster: 16,384 slots, each with one node at a time."""

    sharded = True

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._named = [_address(host) for host in parts.netloc.rpartition("@")[2].split(",")]
        self._slots: list[tuple[int, int, Address]] = []
        self._clients: dict[Address, Any] = {}  # redis-py types few of its methods
        self._given = dict(LIMITS)
        self._given["ssl"] = parts.scheme.startswith("rediss")
        if parts.password:
            self._given |= {"username": parts.username or None, "password": unquote(parts.password)}

    async def refresh(self) -> None:
        """Ask the nodes, one after the other, until one answers."""
        known = [address for _, _, address in self._slots]
        trouble: Exception = NoConnection("no node is named")
        for address in dict.fromkeys([*known, *self._named]):
            try:
                answer = await self.client(address).execute_command("CLUSTER SLOTS")
            except Exception as error:  # noqa: BLE001  a client cut off while it writes breaks in ways of its own
                trouble = error
                continue
            self._slots = [(first, last, _found(primary, address)) for first, last, primary, *_ in answer]
            return
        raise trouble

    def owner(self, channel: str) -> Address | None:
        """Who has the channel's slot; None before the first `refresh`, and where a slot has nobody."""
        slot = slot_of(channel)
        return next((address for first, last, address in self._slots if first <= slot <= last), None)

    def client(self, address: Address) -> Any:
        """Made at first sight of the node."""
        if address not in self._clients:
            self._clients[address] = Redis(host=address[0], port=address[1], **self._given)
        return self._clients[address]

    async def publish(self, address: Address, channel: str, data: bytes) -> None:
        """SPUBLISH, at most one node further than where the slot was. Raises MovedError when it was further."""
        try:
            await self.client(address).execute_command("SPUBLISH", channel, data)
        except MovedError as moved:
            await self.client((moved.host, moved.port)).execute_command("SPUBLISH", channel, data)
            raise

    async def close(self) -> None:
        """Hang up everywhere."""
        for client in self._clients.values():
            await client.aclose()


def _address(named: str) -> Address:
    host, _, port = named.rpartition(":") if ":" in named else (named, "", PORT)
    return host.strip("[]"), int(port)


def _found(primary: Sequence[Any], asked: Address) -> Address:
    # A node that does not know its own address leaves it out: it is where we found it.
    return (primary[0] or b"").decode() or asked[0], int(primary[1])
