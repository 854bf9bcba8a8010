"""Everything that people try at the same moment, and again, and through another door. The books stay sound: the
`database` fixture recomputes all of them after each test."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import worker
from backend.app import create_app
from backend.console import merging
from backend.kit import clock, db, outbox
from backend.kit.done import Done
from backend.kit.graphql import global_id
from backend.ledger import expiry, holding, posting, releasing, reserving, transferring
from backend.ledger.models import Account
from backend.ledger.posting import InsufficientPoints
from backend.ledger.reserving import HoldClosed
from backend.members import tokens
from backend.rewards import fulfilment
from tests.builders import a_hold, a_member, a_refund, an_event, balance, take_in, told_of_expiry
from tests.edge.open_door import ask, open_door
from tests.rewards.builders import a_reward, redeems

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
AT_ONCE = 20
SAID: Any = {"actor": "test", "why": {"code": "TEST"}}
REDEEM = """mutation($key: UUID!, $id: ID!) {
  redeemReward(input: {idempotencyKey: $key, rewardId: $id}) { refusal { code } replayed redemption { id state } }
}"""


async def outcomes(acts: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def account(member_id: UUID) -> tuple[int, int, int, int]:
    """Available, held, pending, debt."""
    async with db.read() as session:
        row = await session.get_one(Account, member_id)
        return row.available, row.held, row.pending, row.debt


def sending(member_id: UUID, to: str, points: int, key: UUID | None = None) -> Coroutine[Any, Any, Any]:
    verb = transferring.transfer_points
    return db.transact(verb, key=key or uuid4(), member_id=member_id, to=to, points=points)


async def reserve(session: AsyncSession, *, member_id: UUID, points: int, key: str) -> UUID:
    book, lapses_at = await posting.open_book(session, member_id), clock.now() + timedelta(days=1)
    held = reserving.hold(book, key=key, points=points, lapses_at=lapses_at, purpose="TEST", **SAID)
    await posting.write(session, [book])
    return held.hold_id


async def close(session: AsyncSession, *, member_id: UUID, hold_id: UUID, key: str, points: int | None) -> Done[str]:
    """Capture `points` of a hold, or let it go when that is None."""
    book = await posting.open_book(session, member_id, key, hold_ids=[hold_id])
    if (entry := book.already(key, {})) is not None:
        return Done(entry.kind, replayed=True)
    held = book.holds[hold_id]
    if points is None:
        entry = reserving.let_go(book, held, key=key, **SAID)
    else:
        entry = reserving.capture(book, held, points=points, key=key, **SAID)
    await posting.write(session, [book])
    return Done(entry.kind)


async def spend(session: AsyncSession, *, member_id: UUID, points: int, key: str) -> Done[UUID]:
    book = await posting.open_book(session, member_id, key)
    if (entry := book.already(key, {"points": points})) is not None:
        return Done(entry.entry_id, replayed=True)
    posting.expire(book, moment=clock.now())
    entry = posting.burn(book, key=key, points=points, request={"points": points}, **SAID)
    await posting.write(session, [book])
    return Done(entry.entry_id)


async def test_of_twenty_transfers_of_the_whole_balance_one_succeeds() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    told = await outcomes(sending(ann, "Bob", 100) for _ in range(AT_ONCE))
    assert Counter(map(type, told)) == {Done: 1, InsufficientPoints: AT_ONCE - 1}
    assert (await account(ann), await account(bob)) == ((0, 0, 0, 0), (0, 0, 100, 0))


async def test_one_key_twenty_times_at_once_is_one_transfer() -> None:
    ann, bob, key = await a_member("Ann", points=100), await a_member("Bob"), uuid4()
    told = await outcomes(sending(ann, "Bob", 5, key) for _ in range(AT_ONCE))
    assert Counter(done.replayed for done in told) == {False: 1, True: AT_ONCE - 1}
    assert (await account(ann), await account(bob)) == ((95, 0, 0, 0), (0, 0, 5, 0))


async def test_two_orders_confirmed_together_both_count_and_the_same_one_counts_once() -> None:
    ann = await a_member("ann")
    await take_in([await an_event("ann", 1, ref="first")])
    one, other = await an_event("ann", 100, ref="one"), await an_event("ann", 50, ref="other")
    told = await outcomes(take_in([event]) for event in (one, other) * 5)
    assert [result for result in told if isinstance(result, BaseException)] == []
    assert Counter(str(result.verdicts[0].status) for result in told) == {"accepted": 2, "duplicate": 8}
    assert await balance(ann) == (2 + 100 + 50, 0)


async def test_redeeming_through_one_door_and_cancelling_through_another_gives_back_once() -> None:
    ann, reward = await a_member("Ann", points=100), await a_reward(points=60, stock=5)
    redemption, key = (await redeems(ann, reward)).value, uuid4()
    headers = {"authorization": f"Bearer {tokens.for_member(ann)}"}
    async with open_door(create_app()) as address, httpx2.AsyncClient(base_url=address, timeout=30) as caller:

        async def cancel() -> Any:
            asked: Any = {"key": uuid4(), "redemption_id": redemption.id, "reason": "both at once"}
            return await db.transact(fulfilment.cancel_redemption, **asked, actor="operator:olga")

        async def redeem() -> Any:
            answer = await ask(caller, REDEEM, headers, key=str(key), id=global_id("Reward", reward.id))
            return answer["data"]["redeemReward"]["refusal"]

        told = await outcomes(act() for _ in range(5) for act in (redeem, cancel))
    assert [one for one in told if isinstance(one, BaseException)] == []
    assert Counter(one.replayed for one in told if isinstance(one, Done)) == {False: 1, True: 4}
    # Once what was given back is there, the other redemption goes through; before that she was told what is missing.
    bought = told.count(None) > 0
    assert {one["code"] for one in told if isinstance(one, dict)} <= {"INSUFFICIENT_POINTS"}
    assert await balance(ann) == (40 if bought else 100, 0)


async def test_holds_that_together_exceed_what_is_available_are_not_all_given() -> None:
    ann = await a_member("Ann", points=100)
    told = await outcomes(db.transact(reserve, member_id=ann, points=30, key=f"h{n}") for n in range(AT_ONCE))
    assert Counter(map(type, told)) == {UUID: 3, InsufficientPoints: AT_ONCE - 3}
    assert {one.missing for one in told if isinstance(one, InsufficientPoints)} == {20}
    assert await account(ann) == (10, 90, 0, 0)


async def test_a_hold_is_closed_once_whoever_comes_together() -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 80)
    ways: list[Any] = [{"key": f"capture {n}", "points": 50} for n in range(5)]
    ways += [{"key": f"let go {n}", "points": None} for n in range(5)]
    told = await outcomes(db.transact(close, member_id=ann, hold_id=hold_id, **way) for way in ways)
    assert Counter(map(type, told)) == {Done: 1, HoldClosed: 9}
    captured = next(one.value for one in told if isinstance(one, Done)) == "CAPTURE"
    assert await account(ann) == (50 if captured else 100, 0, 0, 0)


async def test_capturing_again_with_the_same_key_is_told_what_was_done() -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 80)
    told = [
        await db.transact(close, member_id=ann, hold_id=hold_id, key="capture", points=points) for points in (50, 50)
    ]
    assert [done.replayed for done in told] == [False, True]
    with pytest.raises(HoldClosed):
        await db.transact(close, member_id=ann, hold_id=hold_id, key="another", points=50)


async def test_a_hold_captured_while_it_lapses_is_one_or_the_other() -> None:
    ann = await a_member("Ann", points=100)
    hold_id = await a_hold(ann, 80, lapses_in=timedelta(minutes=1))
    clock.turn(timedelta(minutes=2))
    told = await outcomes(
        [
            *(db.transact(close, member_id=ann, hold_id=hold_id, key=f"c{n}", points=80) for n in range(3)),
            *(db.transact(holding.lapse_due, member_ids=[ann]) for _ in range(3)),
        ]
    )
    assert [type(one) for one in told[:3]] == [HoldClosed] * 3
    assert sorted(told[3:]) == [0, 0, 1]
    async with db.read() as session:
        assert await holding.open_holds(session, ann) == []
    assert await account(ann) == (100, 0, 0, 0)


async def test_a_refund_after_the_points_were_spent_is_a_debt_that_later_earnings_repay() -> None:
    ann = await a_member("ann")
    await take_in([await an_event("ann", 100, ref="first")])
    earned, _ = await balance(ann)
    await db.transact(spend, member_id=ann, points=earned, key="all of it")
    refund = await a_refund("ann", "first")
    told = await outcomes(take_in([refund]) for _ in range(5))
    assert [one for one in told if isinstance(one, BaseException)] == []
    assert await account(ann) == (0, 0, 0, earned)
    await take_in([await an_event("ann", 1000, ref="second")])
    available, _, _, debt = await account(ann)
    assert debt == 0 and available > 0


async def test_lots_that_expire_while_they_are_burned_are_burned_or_expired_never_both() -> None:
    ann = await a_member("Ann", points=50, expires_in=timedelta(minutes=1))
    await told_of_expiry(ann)
    clock.turn(timedelta(seconds=59))
    burns = [db.transact(spend, member_id=ann, points=10, key=f"k{n}") for n in range(10)]

    async def expire_soon() -> int:
        clock.turn(timedelta(seconds=61))
        return await db.transact(expiry.expire_due, member_ids=[ann])

    told = await outcomes([*burns[:5], expire_soon(), *burns[5:], db.transact(expiry.expire_due, member_ids=[ann])])
    assert {type(one) for one in told} <= {Done, InsufficientPoints, int}
    burned = 10 * sum(isinstance(one, Done) for one in told)
    expired = sum(one for one in told if isinstance(one, int))
    assert (await account(ann), burned + expired) == ((0, 0, 0, 0), 50)


async def test_a_ring_of_transfers_turns_without_deadlock() -> None:
    ring = [await a_member(name, points=200) for name in ("A", "B", "C")]
    steps = [(0, "B"), (1, "C"), (2, "A"), (0, "C"), (2, "B"), (1, "A")]
    for _ in range(5):
        # As many as there are connections, so that all of them really wait for each other's locks.
        told = await outcomes(sending(ring[who], to, 5) for _ in range(3) for who, to in steps)
        assert [one for one in told if isinstance(one, BaseException)] == []
    accounts = [await account(member_id) for member_id in ring]
    assert accounts == [(200 - 150, 0, 150, 0)] * 3
    clock.turn(timedelta(minutes=10))
    released = await outcomes(db.transact(releasing.release_due, member_ids=ring) for _ in range(4))
    assert sorted(released)[:3] == [0, 0, 0]
    assert [await account(member_id) for member_id in ring] == [(200, 0, 0, 0)] * 3


async def test_taking_back_while_it_becomes_final_is_one_or_the_other() -> None:
    ann, bob = await a_member("Ann", points=100), await a_member("Bob")
    transfer = (await sending(ann, "Bob", 60)).value
    verb, asked = transferring.take_back_transfer, {"member_id": ann, "transfer_id": transfer.id}

    async def time_passes() -> int:
        clock.turn(timedelta(minutes=10))
        return await db.transact(releasing.release_due, member_ids=[bob])

    backs = [db.transact(verb, key=uuid4(), **asked) for _ in range(6)]
    told = await outcomes([*backs[:3], time_passes(), *backs[3:]])
    assert {type(one) for one in told} <= {Done, int, transferring.TransferFinal}
    back = any(isinstance(one, Done) for one in told)
    assert sum(not one.replayed for one in told if isinstance(one, Done)) <= 1
    await db.transact(releasing.release_due, member_ids=[bob])
    assert (await account(ann))[0] == (100 if back else 40)
    assert (await account(bob)) == (0 if back else 60, 0, 0, 0)


async def test_merging_while_she_earns_counts_every_order_once_and_leaves_nothing_behind() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    orders = [await an_event(name, 10, ref=f"{name}{n}") for n in range(3) for name in ("ann", "ben")]
    named: Any = {"key": uuid4(), "member_id": ben, "into_id": ann, "reason": "one person", "actor": "operator:olga"}
    merges = [db.transact(merging.merge_members, **named) for _ in range(3)]
    told = await outcomes([*(take_in([one]) for one in orders[:3]), *merges, *(take_in([one]) for one in orders)])
    assert [one for one in told if isinstance(one, BaseException)] == []
    assert Counter(one.replayed for one in told if isinstance(one, Done)) == {False: 1, True: 2}
    # One first order of all six counts twice.
    assert (await account(ann), await account(ben)) == ((6 * 10 + 10, 0, 0, 0), (0, 0, 0, 0))


async def test_a_key_sent_again_after_its_answer_was_lost_returns_the_first_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, key = await a_member("Ann", points=100), uuid4()
    await a_member("Bob")

    async def dies(session: AsyncSession) -> None:
        raise ConnectionError("nobody heard the answer")

    # Publishing is the first thing after the commit: whoever dies there has moved the points and told nobody.
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "publish", dies)
        with pytest.raises(ConnectionError):
            await sending(ann, "Bob", 30, key)
    again = await sending(ann, "Bob", 30, key)
    assert (again.replayed, again.value.points) == (True, 30)
    assert await account(ann) == (70, 0, 0, 0)
    assert await worker.waiting_facts() > 0, "what nobody was told of waits for the worker"
