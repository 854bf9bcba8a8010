"""Live events through a Redis Cluster: each stream on its node, and a node that is gone takes only its own along."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from backend.kit import live, rate_limit, redis_nodes
from backend.kit.settings import settings
from backend.kit.wire import Wire
from tests.many_machines.a_cluster import Cluster, agree

HEARD_SECONDS_MAX = 20


class Ears:
    """Another process, as far as Redis knows: what it heard, and where it missed something."""

    def __init__(self, url: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.missed: list[str] = []
        self.wire = Wire(url, lambda *told: self.heard.append(told), self.missed.append)


@pytest.fixture
async def ears(cluster: Cluster) -> AsyncIterator[Ears]:
    here = Ears(cluster.url)
    await here.wire.open()
    yield here
    await here.wire.close()


@pytest.fixture
async def mouth(cluster: Cluster) -> AsyncIterator[Wire]:
    there = Ears(cluster.url).wire
    await there.open()
    yield there
    await there.close()


def stream_at(cluster: Cluster, number: int) -> str:
    """A member's stream whose node is that one."""
    while True:
        stream = f"member:{uuid4()}"
        if cluster.node_of(redis_nodes.slot_of(redis_nodes.channel_of(stream))) is cluster.nodes[number]:
            return stream


async def until_heard(ears: Ears, mouth: Wire, *streams: str) -> None:
    """Tell each of them again and again until all were heard."""
    ears.heard.clear()
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while {stream for stream, _ in ears.heard} != set(streams):
            for stream in streams:
                await mouth.publish(stream, b"{}")
            await asyncio.sleep(0.1)


async def until_they_agree(cluster: Cluster) -> None:
    """A node that has just come back is nobody's for a while."""
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while not agree(cluster.nodes):
            await asyncio.sleep(0.05)


def test_all_that_is_told_of_a_member_is_on_one_node() -> None:
    member = UUID(int=1)
    assert redis_nodes.channel_of(f"member:{member}") == f"mall:live:member:{{{member}}}"
    assert redis_nodes.slot_of(redis_nodes.channel_of(f"member:{member}")) == redis_nodes.slot_of(f"{{{member}}}")
    assert redis_nodes.channel_of("terms") == "mall:live:{terms}"


async def test_what_is_wanted_is_heard_from_every_node_and_nothing_else_is(
    cluster: Cluster, ears: Ears, mouth: Wire
) -> None:
    wanted = [stream_at(cluster, number) for number in (0, 1, 2, 0)]
    for stream in wanted:
        await ears.wire.want(stream)
    for stream in (*wanted, stream_at(cluster, 1)):
        await mouth.publish(stream, b"1")
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len(ears.heard) < len(wanted):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert sorted(ears.heard) == sorted((stream, b"1") for stream in wanted)
    for node in cluster.nodes:
        assert not node.ask("PUBSUB", "CHANNELS"), "sharded channels only: others would go through every node"


async def test_what_nobody_listens_to_any_more_is_left(cluster: Cluster, ears: Ears, mouth: Wire) -> None:
    stream = stream_at(cluster, 0)
    await ears.wire.want(stream)
    ears.wire.unwant(stream)
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while cluster.nodes[0].ask("PUBSUB", "SHARDCHANNELS"):
            await asyncio.sleep(0.02)
    await ears.wire.want(stream)
    await until_heard(ears, mouth, stream)


async def test_a_node_that_is_gone_takes_only_its_own_streams_along_and_tells_whoever_missed_something(
    cluster: Cluster, ears: Ears, mouth: Wire
) -> None:
    here, there = stream_at(cluster, 0), stream_at(cluster, 1)
    for stream in (here, there):
        await ears.wire.want(stream)
    cluster.nodes[1].kill()
    began = asyncio.get_running_loop().time()
    await mouth.publish(there, b"1")
    await until_heard(ears, mouth, here)
    assert asyncio.get_running_loop().time() - began < 2
    assert ears.missed == []
    cluster.nodes[1].start()
    await until_heard(ears, mouth, here, there)
    assert ears.missed == [there]
    await until_they_agree(cluster)


async def test_a_slot_that_moves_to_another_node_is_heard_there(cluster: Cluster, ears: Ears, mouth: Wire) -> None:
    stream = stream_at(cluster, 0)
    slot = redis_nodes.slot_of(redis_nodes.channel_of(stream))
    await ears.wire.want(stream)
    await until_heard(ears, mouth, stream)
    for owner in (cluster.nodes[2], cluster.nodes[0]):
        name = owner.ask("CLUSTER", "MYID").decode()
        for node in cluster.nodes:
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", name)
        async with asyncio.timeout(HEARD_SECONDS_MAX):
            while not owner.ask("PUBSUB", "SHARDCHANNELS"):
                await asyncio.sleep(0.05)
        await until_heard(ears, mouth, stream)
    assert set(ears.missed) == {stream}


async def test_a_listener_is_told_to_look_when_its_node_was_gone(cluster: Cluster, mouth: Wire) -> None:
    stream = stream_at(cluster, 2)
    await live.connect(cluster.url)
    try:
        async with live.listen(stream) as heard:
            cluster.nodes[2].kill()
            await asyncio.sleep(0.2)
            cluster.nodes[2].start()
            async with asyncio.timeout(HEARD_SECONDS_MAX):
                assert await heard.get() == live.MISSED
    finally:
        await live.disconnect()
    await until_they_agree(cluster)


@pytest.fixture
async def counted_there(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setenv("MALL_REDIS_URL", cluster.url)
    settings.cache_clear()
    yield
    shared = rate_limit._shared(cluster.url)
    assert shared is not None
    await shared.storage.bridge.storage.aclose()  # type: ignore[attr-defined]
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("counted_there")
async def test_rates_are_counted_across_the_cluster(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine is not a Redis that is gone.
    monkeypatch.setattr(rate_limit, "SHARED_SECONDS_MAX", 20)
    who = uuid4().hex
    await rate_limit.allow("tries", who, "1/minute")
    with pytest.raises(rate_limit.TooManyRequests):
        await rate_limit.allow("tries", who, "1/minute")
    assert sum(node.ask("DBSIZE") for node in cluster.nodes) == 1
