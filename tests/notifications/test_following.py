"""Nothing lost and nothing doubled, whatever happens to the connection."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from backend.kit import live
from backend.ledger.facts import member_stream
from backend.notifications.following import PAGE_MAX, Told, follow
from tests.builders import a_gift, a_member

pytestmark = pytest.mark.usefixtures("database")
ELSEWHERE = """
import asyncio, sys
from uuid import UUID
from backend.kit import db
from tests.builders import a_gift

async def give():
    db.connect(sys.argv[1])
    await a_gift(UUID(sys.argv[2]), int(sys.argv[3]))
    await db.disconnect()

asyncio.run(give())
"""


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


@asynccontextmanager
async def a_phone(
    member_id: UUID, after: int | None = None, *, heartbeat: float = 15.0
) -> AsyncIterator[AsyncIterator[Told]]:
    """A connection that is already listening."""
    feed = follow(member_stream(member_id), after, welcome=yes, heartbeat=heartbeat)
    yield feed
    await feed.aclose()  # type: ignore[attr-defined]


async def take(feed: AsyncIterator[Told], count: int, *, seconds: float = 30.0) -> list[int]:
    """The numbers of the next `count` facts."""
    async with asyncio.timeout(seconds):
        return [(await anext(feed)).seq for _ in range(count)]


async def is_silent(feed: AsyncIterator[Told]) -> bool:
    """Nothing comes for a while. The feed is over afterwards."""
    try:
        await take(feed, 1, seconds=0.3)
    except TimeoutError:
        return True
    return False


async def test_what_was_missed_comes_first_in_order_then_what_happens() -> None:
    ann = await a_member("ann")
    for points in (1, 2, 3):
        await a_gift(ann, points)
    async with a_phone(ann, after=1) as feed:
        assert await take(feed, 2) == [2, 3]
        await a_gift(ann, 4)
        assert await take(feed, 1) == [4]


async def test_a_fact_says_what_happened_and_what_can_be_spent_after_it() -> None:
    ann = await a_member("ann", points=10)
    async with a_phone(ann, after=0) as feed:
        told = await anext(feed)
    assert (told.name, told.body["points"], told.body["available"]) == ("PointsCredited", 10, 10)


async def test_without_a_number_only_what_happens_from_now_on() -> None:
    ann = await a_member("ann", points=10)
    async with a_phone(ann) as feed:
        waiting = asyncio.create_task(take(feed, 1))
        await until_listening(ann)
        await a_gift(ann, 5)
        assert await waiting == [2]


async def test_what_is_told_to_one_member_is_not_told_to_another() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=5)
    async with a_phone(ann, after=0) as feed:
        await a_gift(ben, 5)
        assert await is_silent(feed)


async def test_more_than_a_page_was_missed() -> None:
    ann = await a_member("ann")
    for _ in range(PAGE_MAX + 1):
        await a_gift(ann, 1)
    async with a_phone(ann, after=0) as feed:
        assert await take(feed, PAGE_MAX + 1, seconds=10) == list(range(1, PAGE_MAX + 2))
        assert await is_silent(feed)


async def test_a_repeated_message_is_told_once() -> None:
    ann = await a_member("ann", points=10)
    repeat = {"seq": 1, "name": "PointsCredited", "body": {}, "at": "2026-11-20T00:00:00+00:00"}
    async with a_phone(ann, after=0) as feed:
        assert await take(feed, 1) == [1]
        for _ in range(3):
            await live.publish(member_stream(ann), repeat)
        await a_gift(ann, 5)
        assert await take(feed, 1) == [2]
        assert await is_silent(feed)


async def test_a_missing_number_is_read_up(database: str) -> None:
    ann = await a_member("ann", points=10)
    async with a_phone(ann, after=0) as feed:
        assert await take(feed, 1) == [1]
        await a_gift_elsewhere(database, ann)
        await a_gift(ann, 5)
        assert await take(feed, 2) == [2, 3]


async def test_what_went_past_this_process_is_found_at_the_next_heartbeat(database: str) -> None:
    ann = await a_member("ann", points=10)
    async with a_phone(ann, after=0, heartbeat=0.2) as feed:
        assert await take(feed, 1) == [1]
        await a_gift_elsewhere(database, ann)
        assert await take(feed, 1) == [2]


async def test_more_news_at_once_than_a_listener_can_keep_is_still_complete() -> None:
    ann = await a_member("ann")
    async with a_phone(ann, after=0, heartbeat=0.2) as feed:
        waiting = asyncio.create_task(take(feed, 1, seconds=20))
        await until_listening(ann)
        for _ in range(live.QUEUE_MAX + 20):
            await a_gift(ann, 1)
        assert await waiting == [1]
        rest = list(range(2, live.QUEUE_MAX + 21))
        assert await take(feed, len(rest), seconds=20) == rest


async def test_a_phone_that_keeps_losing_its_connection_hears_everything_once() -> None:
    ann, heard = await a_member("ann"), list[int]()
    dice, total = random.Random(7), 60
    giving = asyncio.create_task(_give_slowly(ann, total, dice))
    async with asyncio.timeout(30):
        while len(heard) < total:
            async with a_phone(ann, after=heard[-1] if heard else 0) as feed:
                heard += await take(feed, min(dice.randint(1, 7), total - len(heard)))
            await asyncio.sleep(dice.random() * 0.03)
    await giving
    assert heard == list(range(1, total + 1))


async def test_who_is_no_longer_welcome_hears_nothing_more() -> None:
    ann = await a_member("ann", points=10)
    feed = follow(member_stream(ann), 0, welcome=no, heartbeat=15.0)
    assert [told async for told in feed] == []


async def test_a_session_that_ends_ends_the_stream_even_while_news_keeps_coming() -> None:
    ann, answers = await a_member("ann", points=10), iter([True, True, False])

    async def for_a_while() -> bool:
        return next(answers)

    feed = follow(member_stream(ann), 0, welcome=for_a_while, heartbeat=0.1)
    async with asyncio.timeout(30):
        async for told in feed:
            assert told.seq > 0
            await a_gift(ann, 1)
    assert next(answers, None) is None


async def test_nobody_is_listened_for_after_the_connection_is_gone() -> None:
    ann = await a_member("ann", points=10)
    async with a_phone(ann, after=0) as feed:
        await take(feed, 1)
        assert live._listeners[member_stream(ann)]
    assert member_stream(ann) not in live._listeners


async def until_listening(member_id: UUID) -> None:
    """Wait for the phone's subscription; a moment more for the number it begins with."""
    async with asyncio.timeout(30):
        while member_stream(member_id) not in live._listeners:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def a_gift_elsewhere(database: str, member_id: UUID) -> None:
    """A gift made by another process, of which this one hears nothing."""
    root = Path(__file__).parents[2]
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ELSEWHERE, database, str(member_id), "5", cwd=root
    )
    assert await other.wait() == 0


async def _give_slowly(member_id: UUID, count: int, dice: random.Random) -> None:
    for _ in range(count):
        await a_gift(member_id, 1)
        await asyncio.sleep(dice.random() * 0.02)
