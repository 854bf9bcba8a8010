"""Taking turns: verbs that want one row ask the database one after the other, and nobody else waits for them."""

import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db
from backend.kit.errors import Overtaken

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


async def test_of_those_who_want_one_row_one_is_inside_at_a_time() -> None:
    inside, most, order = 0, 0, []

    async def verb(session: AsyncSession, *, number: int) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        order.append(number)
        await asyncio.sleep(0.01)
        inside -= 1

    await asyncio.gather(*(db.transact_in_turn("row", verb, number=number) for number in range(8)))
    assert (most, order) == (1, list(range(8)))
    assert "row" not in db._turns


async def test_who_wants_another_row_does_not_wait() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def linger(session: AsyncSession) -> None:
        begun.set()
        await go.wait()

    async def nothing(session: AsyncSession) -> str:
        return "done"

    lingering = asyncio.create_task(db.transact_in_turn("row", linger))
    await begun.wait()
    async with asyncio.timeout(15):
        assert await db.transact_in_turn("other", nothing) == "done"
    go.set()
    await lingering


async def test_who_waited_too_long_may_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "TURN_SECONDS_MAX", 0.05)
    begun, go = asyncio.Event(), asyncio.Event()

    async def linger(session: AsyncSession) -> None:
        begun.set()
        await go.wait()

    lingering = asyncio.create_task(db.transact_in_turn("row", linger))
    await begun.wait()
    with pytest.raises(Overtaken):
        await db.transact_in_turn("row", linger)
    go.set()
    await lingering
    await db.transact_in_turn("row", linger)


async def test_a_verb_that_fails_gives_its_turn_on() -> None:
    async def fail(session: AsyncSession) -> None:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await db.transact_in_turn("row", fail)
