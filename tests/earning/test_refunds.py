"""What was given back of an order takes back what it had earned, once, and says so."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.taking_in import Status, TakenIn
from backend.kit import clock, db
from backend.ledger import posting, why
from backend.ledger.models import Account, Entry
from backend.members import enrolment
from backend.programme import terms
from backend.tasks.progress import progress_of
from backend.tiers import standing
from tests.builders import a_member, a_refund, an_event, an_order, take_in
from tests.earning.deliveries import an_event as a_cloud_event, deliver

pytestmark = pytest.mark.usefixtures("database")


async def member_id(member: str) -> UUID:
    return (await db.transact(enrolment.first_sight, references=[member]))[member]


async def account(member: str) -> Account:
    async with db.read() as session:
        return await session.get_one(Account, await member_id(member))


async def has(member: str) -> tuple[int, int]:
    """Available points and debt."""
    found = await account(member)
    return found.available, found.debt


async def history(member: str) -> list[tuple[str, str, int]]:
    async with db.read() as session:
        query = select(Entry).where(Entry.member_id == await member_id(member)).order_by(col(Entry.seq))
        return [(entry.kind, entry.why["code"], entry.points) for entry in await session.exec(query)]


async def refunded(member: str, order: str, yuan: float | None = None, **named: Any) -> TakenIn:
    return await take_in([await a_refund(member, order, yuan, **named)])


async def spent(member: str, points: int) -> None:
    async def spend(session: AsyncSession, *, who: UUID) -> None:
        book = await posting.open_book(session, who)
        posting.burn(book, key=f"k{uuid4()}", points=points, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    await db.transact(spend, who=await member_id(member))


def verdict(taken: TakenIn) -> tuple[Status, str | None]:
    return taken.verdicts[0].status, taken.verdicts[0].reason


async def test_a_refund_of_the_whole_order_takes_back_all_it_earned() -> None:
    await an_order("ann", 88.5, ref="o1")
    assert await has("ann") == (176, 0)
    assert (await refunded("ann", "o1")).points == -176
    assert await has("ann") == (0, 0)
    assert (await history("ann"))[-1] == ("CLAW_BACK", "ORDER_REFUNDED", -176)


async def test_a_part_takes_back_its_share_and_what_remains_is_rounded_down() -> None:
    await an_order("ann", 100, ref="o1")
    assert (await refunded("ann", "o1", 33.33)).points == -67  # 200 x 66.67 / 100 = 133.34
    assert await has("ann") == (133, 0)


async def test_one_refund_in_parts_or_at_once_ends_the_same() -> None:
    splits: dict[str, list[float]] = {"ann": [60], "ben": [10, 20, 30], "cai": [0.01, 0.01, 0.01, 59.97]}
    for member, parts in splits.items():
        await an_order(member, 77.77, ref=f"o-{member}")
        for part in parts:
            await refunded(member, f"o-{member}", part)
    assert len({await has(member) for member in ("ann", "ben", "cai")}) == 1


async def test_the_same_refund_again_takes_nothing_more() -> None:
    await an_order("ann", 100, ref="o1")
    event = await a_refund("ann", "o1", 50, ref="r1")
    assert verdict(await take_in([event])) == (Status.ACCEPTED, None)
    assert verdict(await take_in([event])) == (Status.DUPLICATE, None)
    assert await has("ann") == (100, 0)


async def test_never_more_is_taken_back_than_was_paid() -> None:
    await an_order("ann", 100, ref="o1")
    assert verdict(await refunded("ann", "o1", 60)) == (Status.ACCEPTED, None)
    assert verdict(await refunded("ann", "o1", 60, ref="r2")) == (Status.REFUSED, "REFUND_BEYOND")
    assert await has("ann") == (80, 0)
    assert verdict(await refunded("ann", "o1", 40, ref="r2")) == (Status.ACCEPTED, None)
    assert verdict(await refunded("ann", "o1")) == (Status.REFUSED, "REFUND_BEYOND")
    assert await has("ann") == (0, 0)


async def test_refunds_of_one_batch_are_never_more_than_was_paid_together() -> None:
    order = await an_event("ann", 100, ref="o1")
    parts = [await a_refund("ann", "o1", 60), await a_refund("ann", "o1", 60)]
    taken = await take_in([order, *parts])
    assert [one.reason for one in taken.verdicts] == [None, None, "REFUND_BEYOND"]
    assert await has("ann") == (80, 0)


async def test_a_refund_that_comes_first_waits_for_its_order() -> None:
    assert verdict(await refunded("ann", "o1", 25)) == (Status.ACCEPTED, None)
    await an_order("ann", 100, ref="o1")
    assert await has("ann") == (150, 0)
    assert await history("ann") == [("EARN", "ORDER_PARTLY_REFUNDED", 150)]


async def test_an_order_refunded_before_it_came_earns_nothing() -> None:
    await refunded("ann", "o1")
    assert (await an_order("ann", 100, ref="o1")).points == 0
    assert await history("ann") == []


async def test_of_refunds_that_waited_only_those_that_fit_count() -> None:
    await refunded("ann", "o1", 80, at="2026-11-02T10:00:00")
    await refunded("ann", "o1", 50, at="2026-11-01T10:00:00")
    await an_order("ann", 100, ref="o1", at="2026-10-01T10:00:00")
    assert await has("ann") == (100, 0)


async def test_a_refund_cannot_be_of_the_order_of_another() -> None:
    await an_order("ann", 100, ref="o1")
    assert verdict(await refunded("ben", "o1")) == (Status.REFUSED, "ORDER_OF_ANOTHER")
    assert await has("ann") == (200, 0)


async def test_points_spent_already_become_a_debt_that_later_orders_repay() -> None:
    await an_order("ann", 100, ref="o1")
    await spent("ann", 150)
    await refunded("ann", "o1")
    assert await has("ann") == (0, 150)
    await an_order("ann", 100, ref="o2")
    assert await has("ann") == (50, 0)


async def test_other_points_pay_before_there_is_a_debt() -> None:
    ann = await a_member("ann", points=70)
    await an_order("ann", 100, ref="o1")
    await spent("ann", 200)
    assert ann == await member_id("ann")
    await refunded("ann", "o1")
    assert await has("ann") == (0, 130)


async def test_after_a_first_order_is_given_back_the_next_one_is_the_first() -> None:
    await an_order("ann", 100, ref="o1", at="2026-11-01T10:00:00")
    await an_order("ann", 50, ref="o2", at="2026-11-02T10:00:00")
    await refunded("ann", "o1")
    assert await has("ann") == (100, 0)
    told = (await history("ann"))[-2:]
    assert told == [("CLAW_BACK", "ORDER_REFUNDED", -200), ("CORRECT", "FIRST_ORDER_MOVED_BY_REFUND", 50)]


async def test_a_first_order_given_back_in_part_stays_the_first() -> None:
    await an_order("ann", 100, ref="o1", at="2026-11-01T10:00:00")
    await an_order("ann", 50, ref="o2", at="2026-11-02T10:00:00")
    await refunded("ann", "o1", 99.99)
    assert await has("ann") == (50, 0)


async def test_the_tier_counts_what_remains() -> None:
    ann = await member_id("ann")
    await an_order("ann", 3000, ref="o1", at="2026-11-01T10:00:00")
    await an_order("ann", 100, ref="o2", at="2026-11-02T10:00:00")
    assert await has("ann") == (6150, 0)
    await refunded("ann", "o1", 2500)
    async with db.read() as session:
        standing_now = (await standing.of(session, [ann]))[ann]
    assert (standing_now.tier.code, standing_now.spend_minor) == ("BRONZE", 60000)
    assert await has("ann") == (1100, 0)
    assert (await history("ann"))[-1] == ("CORRECT", "TIER_CHANGED_BY_REFUND", -50)


async def test_tasks_count_what_remains() -> None:
    ann = await member_id("ann")
    await an_order("ann", 100, ref="o1")
    await an_order("ann", 50, ref="o2")
    await refunded("ann", "o1")
    await refunded("ann", "o2", 20)
    async with db.read() as session:
        progress = await progress_of(session, ann, await terms.in_force(session), clock.now())
    assert {one.task.code: one.count for one in progress}["ORDERS_MONTH"] == 1
    assert {one.task.code: one.count for one in progress}["SPEND_MONTH"] == 3000


async def test_every_reason_is_a_sentence_with_its_amounts() -> None:
    await an_order("ann", 100, ref="o1", at="2026-11-01T10:00:00")
    await an_order("ann", 50, ref="o2", at="2026-11-02T10:00:00")
    await refunded("ann", "o1", 30)
    await refunded("ann", "o1")
    async with db.read() as session:
        entries = (await session.exec(select(Entry).order_by(col(Entry.seq)))).all()
    said = [why.sentence(entry.why) for entry in entries[2:]]
    assert [one.en for one in said] == [
        "Order o1: ¥30.00 of ¥100.00 was given back, so it earns 140 points, not 200.",
        "Order o1 was refunded in full (¥100.00); the 140 points it had earned are taken back.",
        "Order o1 was refunded, which changed which order was your first: order o2 earns 100 points, not 50.",
    ]
    assert "已全额退款" in said[1].zh_cn


def a_cloud_refund(**data: Any) -> dict[str, Any]:
    told = {"member": "ann", "order": "o1", "currency": "CNY", **data}
    return a_cloud_event(type="order.refunded", data=told)


async def test_the_door_takes_refunds() -> None:
    order = a_cloud_event()
    assert (await deliver(order))[0] == 200
    status, answer = await deliver(a_cloud_refund(order=order["id"], amount_minor=5000))
    assert (status, answer["accepted"]) == (200, 1)
    assert await has("ann") == (100, 0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "AMOUNT"),
        ({"amount_minor": 0}, "AMOUNT"),
        ({"amount_minor": -1}, "AMOUNT"),
        ({"amount_minor": 1, "whole": True}, "AMOUNT"),
        ({"amount_minor": 1.5}, "AMOUNT"),
        ({"whole": True, "currency": "USD"}, "CURRENCY"),
        ({"whole": True, "order": ""}, "MALFORMED"),
    ],
)
async def test_a_refund_that_says_nonsense_is_refused(data: dict[str, Any], reason: str) -> None:
    status, answer = await deliver(a_cloud_refund(**data))
    assert (status, answer["results"][0]["reason"]) == (422, reason)
