"""Many at once about the same account: one order of events, nothing doubled, nobody waits for ever."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger import expiry, posting
from backend.ledger.posting import InsufficientPoints
from tests.builders import a_gift, a_member, an_event, balance, take_in, told_of_expiry

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 20


async def spend(session: AsyncSession, *, member_id: UUID, key: str, points: int) -> Done[UUID]:
    request = {"points": points}
    book = await posting.open_book(session, member_id, key)
    if (entry := book.already(key, request)) is not None:
        return Done(entry.entry_id, replayed=True)
    posting.expire(book, moment=clock.now())
    entry = posting.burn(book, key=key, points=points, actor="test", why={"code": "TEST"}, request=request)
    await posting.write(session, [book])
    return Done(entry.entry_id)


async def outcomes(acts: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_of_twenty_burns_of_the_whole_balance_one_wins() -> None:
    ann = await a_member("Ann", points=100)
    told = await outcomes(db.transact(spend, member_id=ann, key=f"k{n}", points=100) for n in range(AT_ONCE))
    assert Counter(map(type, told)) == {Done: 1, InsufficientPoints: AT_ONCE - 1}
    assert await balance(ann) == (0, 0)


async def test_one_key_twenty_times_at_once_is_one_burn() -> None:
    ann = await a_member("Ann", points=100)
    told = await outcomes(db.transact(spend, member_id=ann, key="k", points=10) for _ in range(AT_ONCE))
    assert Counter(done.replayed for done in told) == {False: 1, True: AT_ONCE - 1}
    assert len({done.value for done in told}) == 1
    assert await balance(ann) == (90, 0)


async def test_an_order_a_redemption_and_an_expiry_at_once_leave_nothing_out() -> None:
    ann = await a_member("ann", points=50, expires_in=timedelta(days=1))
    await told_of_expiry(ann)
    await a_gift(ann, 100)
    await take_in([await an_event("ann", 1, ref="first")])
    clock.turn(timedelta(days=2))
    orders = [await an_event("ann", 10, ref=f"o{n}") for n in range(5)]
    told = await outcomes(
        [
            *(take_in([order]) for order in orders),
            *(db.transact(spend, member_id=ann, key=f"k{n}", points=20) for n in range(5)),
            *(db.transact(expiry.expire_due, member_ids=[ann]) for _ in range(5)),
        ]
    )
    assert [one for one in told if isinstance(one, BaseException)] == []
    assert await balance(ann) == (2 + 100 + 5 * 10 - 5 * 20, 0)


async def waiting() -> None:
    """Nobody can say when somebody waits for a lock, so give it time to."""
    await asyncio.sleep(0.2)


async def test_whoever_opens_an_account_that_somebody_else_has_just_opened_does_not_wait_in_a_ring() -> None:
    new, old = sorted([await a_member("m0"), await a_member("m1")])
    await a_gift(old, 10)
    going, runs = asyncio.Event(), Counter[str]()

    async def both(session: AsyncSession, name: str) -> None:
        runs[name] += 1
        await posting.open_books(session, [old, new])

    async def first(session: AsyncSession) -> None:
        await posting.open_book(session, old)
        await going.wait()

    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(db.transact(first))
        await waiting()
        at_once.create_task(db.transact(both, "saw one account"))
        await waiting()
        await db.transact(posting.open_book, new)
        at_once.create_task(db.transact(both, "saw both"))
        await waiting()
        going.set()
    assert runs["saw both"] == 1, "the database had to end a ring"


async def test_verbs_about_the_same_members_in_opposite_order_do_not_wait_in_a_ring() -> None:
    members = [await a_member(f"m{n}", points=10) for n in range(6)]

    async def give_all(session: AsyncSession, *, member_ids: list[UUID], key: str) -> None:
        books = await posting.open_books(session, member_ids)
        for book in books.values():
            posting.burn(book, key=key, points=1, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, books.values())

    both = (members, members[::-1])
    told = await outcomes(db.transact(give_all, member_ids=both[n % 2], key=f"k{n}") for n in range(10))
    assert told == [None] * 10
    assert [await balance(member_id) for member_id in members] == [(0, 0)] * 6
