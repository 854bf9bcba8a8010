"""What is kept for everybody: never half, never older than it may be, read by one at a time."""

import asyncio

import pytest

from backend.kit import shared
from backend.kit.shared import Shared

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


class Source:
    """Stands for tables: what is in them now, and how often they were read."""

    def __init__(self) -> None:
        self.there, self.reads = 1, 0
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def read(self, _before: int | None) -> int:
        self.reads += 1
        seen = self.there
        await self.may_go.wait()
        return seen


async def test_those_who_come_at_once_wait_for_one_reading() -> None:
    source = Source()
    kept = Shared(source.read)
    assert await asyncio.gather(*(kept.now() for _ in range(9))) == [1] * 9
    assert source.reads == 1


async def test_a_change_is_seen_by_whoever_asks_after_it_even_while_an_older_reading_is_under_way() -> None:
    source = Source()
    kept = Shared(source.read)
    source.may_go.clear()
    before = asyncio.create_task(kept.now())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    source.there = 2
    kept.changed()
    after = asyncio.create_task(kept.now())
    await asyncio.sleep(0)
    source.may_go.set()
    assert (await before, await after) == (1, 2)


async def test_without_any_message_it_is_as_old_as_it_may_be_and_no_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 0.2)
    source = Source()
    kept = Shared(source.read)
    await kept.now()
    source.there = 2
    await asyncio.sleep(0.25)
    assert await kept.now() == 2


async def test_what_is_heard_is_worked_in_without_reading_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 3600.0)
    source = Source()
    kept = Shared(source.read, lambda value, heard: max(value, *heard))
    await kept.now()
    kept.amended(5)
    kept.amended(4)
    assert (await kept.now(), source.reads) == (5, 1)


async def test_what_is_heard_while_it_is_read_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 3600.0)
    source = Source()
    kept = Shared(source.read, lambda value, heard: max(value, *heard))
    source.may_go.clear()
    reading = asyncio.create_task(kept.now())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    kept.amended(7)
    source.may_go.set()
    assert (await reading, await kept.now()) == (7, 7)


async def test_a_reading_that_fails_is_tried_again_by_whoever_asks_next() -> None:
    troubles = [OSError()]

    async def fails(_before: int | None) -> int:
        if troubles:
            raise troubles.pop()
        return 1

    kept = Shared(fails)
    with pytest.raises(OSError):  # noqa: PT011  the one raised above
        await kept.now()
    assert await kept.now() == 1


async def test_facts_nobody_looks_at_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "HEARD_MAX", 3)
    source = Source()
    kept = Shared(source.read, lambda value, heard: max(value, *heard))
    await kept.now()
    source.there = 9
    for told in range(2, 10):
        kept.amended(told)
    assert await kept.now() == 9
    assert len(kept._heard) <= 3
