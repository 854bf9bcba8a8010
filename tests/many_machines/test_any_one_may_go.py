"""kill -9 any one process under load: every acknowledged commit survives, is told, and the rest go on meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.faults.breaking import api_killed
from tests.faults.load import ANSWER_SECONDS_MAX, until
from tests.many_machines.a_pair import ASYNCHRONOUS, PROMOTED, SYNCHRONOUS, ask
from tests.many_machines.machines import Machines, ReadingLoad, machines

SEED = 20261122
SOME = 12
"""So many promises are kept while something is missing."""
COUNTED_SECONDS_MAX = 20
"""So long a server takes at most to add up what its connections have done."""
Gone = Callable[[Machines, ReadingLoad], Awaitable[None]]


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machines]:
    async with machines(tmp_path_factory.mktemp("machines")) as running:
        yield running


async def goes_on(load: ReadingLoad) -> None:
    before = load.kept
    await until(lambda: load.kept >= before + SOME)


async def an_api_process(running: Machines, load: ReadingLoad) -> None:
    await api_killed(running, random.Random(SEED))


async def the_worker(running: Machines, load: ReadingLoad) -> None:
    running.worker.kill()
    await goes_on(load)
    running.worker.start()


async def the_replica(running: Machines, load: ReadingLoad) -> None:
    pair, said = running.pair, len(running.pair.said)
    pair.replica.kill()
    await until(lambda: ASYNCHRONOUS in pair.said[said:])
    await goes_on(load)
    await asyncio.to_thread(pair.replica.start)
    await until(lambda: SYNCHRONOUS in pair.said[said:])


async def the_primary(running: Machines, load: ReadingLoad) -> None:
    pair, said = running.pair, len(running.pair.said)
    pair.primary.kill()
    await until(lambda: PROMOTED in pair.said[said:])
    await goes_on(load)
    # The one that was killed begins anew, as a copy of the one that took over.
    await pair.make_replica()
    await until(lambda: SYNCHRONOUS in pair.said[said:])


async def a_redis_node(running: Machines, load: ReadingLoad) -> None:
    node = random.Random(SEED).choice(running.cluster.nodes)
    node.kill()
    await goes_on(load)
    await asyncio.to_thread(node.start)


@pytest.mark.watches_the_clock
@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("gone", [an_api_process, the_worker, the_replica, the_primary, a_redis_node])
async def test_every_yes_survives_without(gone: Gone, running: Machines) -> None:
    before = await looks_at_the_replica(running)
    async with running.under_load(SEED) as load:
        assert isinstance(load, ReadingLoad)
        await gone(running, load)
    assert load.has_seen_everything(), "nobody did anything"
    assert load.looked == load.redeemed.total(), "each looked for what she had redeemed"
    assert load.slowest <= ANSWER_SECONDS_MAX
    if gone not in (the_replica, the_primary):
        async with asyncio.timeout(COUNTED_SECONDS_MAX):
            while await looks_at_the_replica(running) == before:
                await asyncio.sleep(0.2)


async def looks_at_the_replica(running: Machines) -> int:
    """How often the replica has looked for a redemption."""
    asked = "SELECT seq_scan + COALESCE(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'redemption'"
    return int(await ask(running.pair.replica, asked))
