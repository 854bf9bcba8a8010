"""Another process changes a reward: this one hears of it through Redis, long before it would look by itself."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import pytest

from backend.kit import hearing, live, shared
from backend.rewards import kept
from tests.rewards.builders import a_reward

HOUR = 3600.0
SECONDS_MAX = 20
ELSEWHERE = """
import asyncio, sys
from uuid import UUID
from backend.kit import db, live
from backend.rewards import catalogue

async def main(url, redis_url, reward_id):
    db.connect(url)
    await live.connect(redis_url)
    await db.transact(catalogue.update_reward, reward_id=UUID(reward_id), changes={"points": 42})
    await live.disconnect()
    await db.disconnect()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def hears(redis_url: str) -> AsyncIterator[str]:
    """This process listens to the others."""
    await live.connect(redis_url)
    listening = asyncio.create_task(hearing.listen_forever())
    yield redis_url
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    await live.disconnect()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_price_changed_elsewhere_is_heard_of(
    database: str, hears: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", HOUR)
    cup = await a_reward("CUP", points=100)
    assert (await kept.now()).goods.by_id[cup.id].points == 100
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", ELSEWHERE, database, hears, str(cup.id))
    assert await other.wait() == 0
    async with asyncio.timeout(SECONDS_MAX):
        while (await kept.now()).goods.by_id[cup.id].points != 42:
            await asyncio.sleep(0.05)
