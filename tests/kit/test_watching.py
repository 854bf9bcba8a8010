"""Watching a live thing, alone or for many: nobody misses the newest, and who joins is told how it stands by then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from backend.kit import live, watching
from backend.kit.watching import Onlookers, watch

BELL = "bell"


@dataclass(frozen=True)
class Ring:
    """How the bell stands."""

    version: int


class Bell:
    """Something live that can also be away."""

    def __init__(self, version: int = 0) -> None:
        self.version: int | None = version
        self.reads, self.away = 0, False

    async def read(self) -> Ring | None:
        """How it stands; None once there is none."""
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError
        return None if self.version is None else Ring(self.version)

    async def ring(self, version: int) -> None:
        """It stands differently, and all are told."""
        self.version = version
        await live.publish(BELL, {"name": "Rang", "body": {"version": version}})


def hear(message: live.Message) -> Ring | None:
    return Ring(message["body"]["version"]) if message["name"] == "Rang" else None


@asynccontextmanager
async def watched(bell: Bell, onlookers: Onlookers | None = None, *, every: float = 60.0) -> AsyncIterator[Any]:
    """A watcher of the bell, for itself or for an onlookers."""
    known = watching.onlookers.set(onlookers)
    feed: Any = watch(BELL, bell.read, hear, look_again_seconds=every)
    try:
        yield feed
    finally:
        await feed.aclose()
        watching.onlookers.reset(known)


async def next_of(feed: Any) -> int:
    ring: Ring = await asyncio.wait_for(anext(feed), 30)
    return ring.version


async def silent(feed: Any) -> bool:
    try:
        await asyncio.wait_for(anext(feed), 0.1)
    except TimeoutError:
        return True
    return False


async def test_how_it_stands_comes_first_then_each_change_and_no_repeat() -> None:
    bell = Bell(3)
    async with watched(bell) as feed:
        assert await next_of(feed) == 3
        for version in (3, 4, 2, 5):
            await live.publish(BELL, {"name": "Rang", "body": {"version": version}})
        assert [await next_of(feed), await next_of(feed)] == [4, 5]
        await live.publish(BELL, {"name": "Cracked", "body": {}})
        assert await silent(feed)
    assert BELL not in live._listeners


async def test_after_silence_it_is_read_again() -> None:
    bell = Bell()
    async with watched(bell, every=0.02) as feed:
        assert await next_of(feed) == 0
        bell.version = 7
        assert await next_of(feed) == 7
        bell.version = None
        with pytest.raises(StopAsyncIteration):
            await anext(feed)


async def test_who_is_behind_by_more_than_can_wait_is_told_the_newest() -> None:
    bell = Bell()
    async with watched(bell) as feed:
        assert await next_of(feed) == 0
        for version in range(1, live.QUEUE_MAX + 50):
            await bell.ring(version)
        assert await next_of(feed) == live.QUEUE_MAX + 49
        await bell.ring(1000)
        assert await next_of(feed) == 1000


async def test_who_joins_is_told_how_it_stands_and_nobody_else_is_told_again() -> None:
    bell, onlookers = Bell(5), Onlookers()
    async with watched(bell, onlookers) as feed:
        assert await next_of(feed) == 5
        assert not onlookers.newcomers_only
        onlookers.ask()
        assert await next_of(feed) == 5
        assert onlookers.newcomers_only
        await bell.ring(6)
        assert await next_of(feed) == 6
        assert not onlookers.newcomers_only


async def test_what_the_news_went_past_is_told_to_all_when_somebody_joins() -> None:
    bell, onlookers = Bell(5), Onlookers()
    async with watched(bell, onlookers) as feed:
        assert await next_of(feed) == 5
        bell.version = 9
        onlookers.ask()
        assert await next_of(feed) == 9
        assert not onlookers.newcomers_only


async def test_many_who_join_at_once_cost_one_look() -> None:
    bell, onlookers = Bell(), Onlookers()
    async with watched(bell, onlookers) as feed:
        assert await next_of(feed) == 0
        for _ in range(1000):
            onlookers.ask()
        assert await next_of(feed) == 0
        assert bell.reads == 2
        assert await silent(feed)


async def test_who_joins_while_news_is_told_is_not_forgotten() -> None:
    bell, onlookers = Bell(), Onlookers()
    async with watched(bell, onlookers) as feed:
        assert await next_of(feed) == 0
        await bell.ring(1)
        onlookers.ask()
        await bell.ring(2)
        assert await next_of(feed) == 2
        assert await silent(feed)


async def test_a_database_that_is_away_ends_nothing_that_has_begun() -> None:
    bell, onlookers = Bell(4), Onlookers()
    async with watched(bell, onlookers, every=0.02) as feed:
        assert await next_of(feed) == 4
        bell.away = True
        onlookers.ask()
        assert (await next_of(feed), onlookers.newcomers_only) == (4, True)
        waiting = asyncio.create_task(next_of(feed))
        await asyncio.sleep(0.1)
        bell.away, bell.version = False, 5
        assert await waiting == 5


async def test_nothing_is_said_while_nobody_knows_how_it_stands() -> None:
    bell = Bell()
    bell.away = True
    async with watched(bell) as feed:
        with pytest.raises(ConnectionError):
            await anext(feed)


async def test_one_watcher_counts_for_all_it_watches_for() -> None:
    bell, onlookers = Bell(), Onlookers()
    onlookers.size = 40
    async with watched(bell, onlookers) as many:
        assert await next_of(many) == 0
        async with watched(bell) as one:
            assert await next_of(one) == 0
            assert live.listening(BELL) == 41
            onlookers.size = 39
            assert live.listening(BELL) == 40
