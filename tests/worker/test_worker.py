"""Workers side by side: each reaction once, trouble put off and given up, nobody held up by it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule, worker
from backend.kit import clock, db, live, outbox
from backend.kit.outbox import Fact, OutboxFact, announce
from backend.ledger import posting
from tests.builders import a_member, balance

pytestmark = pytest.mark.usefixtures("database")


@dataclass(frozen=True, kw_only=True)
class Rang(Fact):
    """A bell rang for a member."""

    member_id: UUID
    fails: bool = False

    def stream(self) -> str:
        return "bells"


async def ring(session: AsyncSession, *, member_id: UUID, times: int = 1, fails: bool = False) -> None:
    for _ in range(times):
        announce(session, Rang(member_id=member_id, fails=fails))


async def give_a_point(session: AsyncSession, fact: Mapping[str, Any]) -> None:
    """Deliberately not idempotent: done twice, it shows."""
    book = await posting.open_book(session, UUID(fact["member_id"]))
    posting.earn(
        book,
        key=f"bell:{book.account.seq}",
        points=1,
        expires_at=None,
        occurred_at=clock.now(),
        actor="test",
        why={"code": "GIFT"},
        tell=False,
    )
    await posting.write(session, [book])
    if fact["fails"]:
        raise RuntimeError("the bell foundry is closed")


@pytest.fixture(autouse=True)
def a_reaction_to_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "REACTIONS", {"Rang": (give_a_point,)})


async def waiting() -> list[OutboxFact]:
    async with db.read() as session:
        return list(await session.exec(select(OutboxFact).where(OutboxFact.done_at.is_(None))))  # type: ignore[union-attr]


async def test_four_workers_at_once_react_once_to_each_fact() -> None:
    ann = await a_member("Ann")
    await db.transact(ring, member_id=ann, times=12)
    await asyncio.gather(*(worker.react_to_waiting() for _ in range(4)))
    await worker.react_to_waiting()
    assert await balance(ann) == (12, 0)
    assert await worker.waiting_facts() == 0


async def test_a_reaction_that_fails_leaves_nothing_backs_off_and_holds_up_nobody() -> None:
    ann, ben = await a_member("Ann"), await a_member("Ben")
    await db.transact(ring, member_id=ann, fails=True)
    await db.transact(ring, member_id=ben)
    await worker.react_to_waiting()
    assert (await balance(ann), await balance(ben)) == ((0, 0), (1, 0))
    (put_off,) = await waiting()
    assert put_off.attempts == 1 and put_off.try_at > clock.now()
    assert await worker.react_to_waiting() == 0


async def test_a_fact_recorded_by_a_process_whose_clock_is_ahead_waits_for_nobody() -> None:
    ann = await a_member("Ann")
    clock.turn(timedelta(hours=1))
    await db.transact(ring, member_id=ann)
    clock.turn(timedelta(hours=-1))
    await worker.react_to_waiting()
    assert await balance(ann) == (1, 0)


async def test_a_reaction_that_keeps_failing_is_given_up() -> None:
    ann = await a_member("Ann")
    await worker.react_to_waiting()
    await db.transact(ring, member_id=ann, fails=True)
    waits = []
    for attempt in range(outbox.ATTEMPTS_MAX):
        assert await worker.react_to_waiting() == 1, attempt
        if found := await waiting():
            waits.append(found[0].try_at - clock.now())
            clock.turn(timedelta(hours=attempt + 1))
    assert len(waits) == outbox.ATTEMPTS_MAX - 1 and waits == sorted(waits)
    assert waits[-1] <= worker.BACK_OFF_MAX
    assert await worker.waiting_facts() == 0 and await balance(ann) == (0, 0)


async def test_facts_done_with_are_forgotten_after_a_month_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FORGET_MAX", 2)
    ann = await a_member("Ann")
    await db.transact(ring, member_id=ann, fails=True)
    for attempt in range(outbox.ATTEMPTS_MAX):
        await worker.react_to_waiting()
        clock.turn(timedelta(hours=attempt + 1))
    await db.transact(ring, member_id=ann, times=5)
    await worker.react_to_waiting()
    clock.turn(timedelta(days=20))
    await db.transact(ring, member_id=ann, times=3)
    await worker.react_to_waiting()
    assert not await schedule.forget_done_facts()
    clock.turn(timedelta(days=45))
    await db.transact(ring, member_id=ann)
    while await schedule.forget_done_facts():
        pass
    async with db.read() as session:
        facts = (await session.exec(select(OutboxFact).where(OutboxFact.stream == "bells"))).all()
    assert sorted(fact.attempts for fact in facts) == [0, 0, 0, 0, outbox.ATTEMPTS_MAX]
    assert len(await waiting()) == 1


async def test_facts_of_a_process_that_could_not_tell_are_told_by_a_worker() -> None:
    ann = await a_member("Ann")
    await worker.react_to_waiting()
    async with live.listen("bells") as bells:
        with pytest.MonkeyPatch.context() as crash:
            crash.setattr(outbox, "publish", gone)
            await db.transact(ring, member_id=ann)
        assert bells.empty()
        await worker.react_to_waiting()
        assert bells.get_nowait()["body"]["member_id"] == str(ann)


async def gone(session: AsyncSession) -> None:
    """What a process does that dies right after its commit."""


async def test_a_worker_hears_of_facts_at_once_and_stops_when_asked() -> None:
    ann = await a_member("Ann")
    working = asyncio.create_task(worker.work_forever())
    await db.transact(ring, member_id=ann)
    async with asyncio.timeout(10):
        while await balance(ann) != (1, 0):
            await asyncio.sleep(0.02)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
