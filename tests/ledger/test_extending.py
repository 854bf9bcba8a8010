"""A later last day: once a year on request, by tier once for each lot, and always said why."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.kit import clock, db
from backend.kit.done import Done
from backend.ledger import extending, freezing, posting
from backend.ledger.book import AccountFrozen
from backend.ledger.extending import ExtensionNotOffered, ExtensionUsed, NothingToExtend
from backend.ledger.states import EntryState
from backend.ledger.why import sentence
from backend.members import enrolment
from backend.members.enrolment import NotEnrolled
from backend.programme import terms
from tests.builders import a_gift, a_member, an_order, balance, the_terms_become
from tests.ledger.waiting import DAY, entries_of, kinds_of, news_of, rounds, rounds_until, the_lot, turn_to, warnings_of

pytestmark = pytest.mark.usefixtures("database")


async def extend(member_id: UUID, key: UUID | None = None) -> Done[EntryState]:
    return await db.transact(extending.extend_points, key=key or uuid4(), member_id=member_id)


async def the_terms() -> terms.Terms:
    async with db.read() as session:
        return await terms.in_force(session)


async def test_what_expires_within_ninety_days_lives_three_months_longer_and_the_rest_does_not() -> None:
    ann = await a_member("Ann")
    for points, days in ((100, 5), (60, 80), (30, 200)):
        await a_gift(ann, points, expires_in=days * DAY)
    before = clock.now()
    entry = (await extend(ann)).value
    assert (entry.kind, entry.points, entry.actor) == ("EXTEND", 0, "member")
    assert sentence(entry.why).en == "You asked for 3 more months."
    assert sentence(entry.why).zh_cn == "按您的申请延长 3 个月。"
    assert [body["points"] for body in await news_of(ann, "PointsExtended")] == [160]
    programme, book = await the_terms(), await db.transact(posting.open_book, ann)
    lasting = {lot.available: lot.expires_at for lot in book.lots.values()}
    for points, days, months in ((100, 5, 3), (60, 80, 3), (30, 200, 0)):
        gone_at = lasting[points]
        assert gone_at is not None
        assert abs(gone_at - programme.later(before + days * DAY, months=months)) < timedelta(minutes=1)


async def test_the_same_key_is_the_same_extension_and_another_waits_a_year() -> None:
    ann, key = await a_member("Ann", points=100, expires_in=5 * DAY), uuid4()
    first, again = await extend(ann, key), await extend(ann, key)
    assert (first.replayed, again.replayed, again.value.entry_id) == (False, True, first.value.entry_id)
    with pytest.raises(ExtensionUsed) as refused:
        await extend(ann)
    next_at = (await the_terms()).later(first.value.created_at, months=12)
    assert refused.value.next_at == next_at
    await a_gift(ann, 10, expires_in=next_at - clock.now() + DAY)
    turn_to(next_at - timedelta(seconds=5))
    with pytest.raises(ExtensionUsed):
        await extend(ann)
    turn_to(next_at + timedelta(seconds=5))
    assert not (await extend(ann)).replayed


async def test_twenty_requests_at_once_are_one_extension() -> None:
    ann = await a_member("Ann", points=100, expires_in=5 * DAY)
    told = await asyncio.gather(*(extend(ann) for _ in range(20)), return_exceptions=True)
    assert Counter(map(type, told)) == {Done: 1, ExtensionUsed: 19}
    assert await kinds_of(ann) == ["EARN", "EXTEND"]


async def test_who_may_not_extend_is_told_why_and_uses_nothing_up() -> None:
    ann = await a_member("Ann", points=100, expires_in=200 * DAY)
    with pytest.raises(NothingToExtend):
        await extend(ann)
    await a_gift(ann, 10, expires_in=5 * DAY)
    reason: dict[str, Any] = {"member_id": ann, "reason": "a look", "actor": "operator:olga"}
    await db.transact(freezing.freeze_account, key=uuid4(), **reason)
    with pytest.raises(AccountFrozen):
        await extend(ann)
    await db.transact(freezing.unfreeze_account, key=uuid4(), **reason)
    assert not (await extend(ann)).replayed
    stranger = (await db.transact(enrolment.first_sight, references=["stranger"]))["stranger"]
    await a_gift(stranger, 10, expires_in=5 * DAY)
    with pytest.raises(NotEnrolled):
        await extend(stranger)


async def test_a_programme_may_offer_none() -> None:
    await the_terms_become(extension=None)
    ann = await a_member("Ann", points=100, expires_in=5 * DAY)
    with pytest.raises(ExtensionNotOffered):
        await extend(ann)


async def test_gold_points_live_longer_by_themselves_once_and_are_warned_of_after_that() -> None:
    ann = await a_member("ann")
    await an_order("ann", 4000, at=clock.now() - 300 * DAY)
    await a_gift(ann, 100, expires_in=100 * DAY)
    book = await db.transact(posting.open_book, ann)
    lot_id = next(lot_id for lot_id, lot in book.lots.items() if lot.available == 100)

    async def gone_at() -> Any:
        return (await db.transact(posting.open_book, ann)).lots[lot_id].expires_at

    last = await gone_at()
    await rounds()
    assert await gone_at() == last
    turn_to(last - 90 * DAY)
    # Only what she is can be asked now: an order of today keeps her gold.
    await an_order("ann", 4000)
    await rounds()
    programme = await the_terms()
    assert await gone_at() == programme.later(last, months=3)
    extended = (await entries_of(ann, "EXTEND"))[-1]
    assert sentence(extended.why).en == "Gold: 3 months more."
    assert sentence(extended.why).zh_cn == "黄金会员权益：延长 3 个月。"
    assert not [fact for fact in await warnings_of(ann) if fact.body["expires_at"] == last.isoformat()]
    count = len(await entries_of(ann, "EXTEND"))
    turn_to(await gone_at() - 80 * DAY)
    await rounds()
    assert await gone_at() == programme.later(last, months=3), "once for each lot"
    assert len(await entries_of(ann, "EXTEND")) >= count
    assert [fact.body["points"] for fact in await warnings_of(ann)][-1] >= 100


async def test_bronze_points_are_warned_of_and_not_extended() -> None:
    ann = await a_member("Ann", points=100, expires_in=40 * DAY)
    last = (await the_lot(ann)).expires_at
    await rounds()
    assert ((await the_lot(ann)).expires_at, len(await warnings_of(ann))) == (last, 1)


async def test_what_she_extended_is_warned_of_again_for_its_new_date() -> None:
    ann = await a_member("Ann", points=100, expires_in=5 * DAY)
    await rounds()
    await extend(ann)
    await rounds_until(clock.now() + 10 * DAY)
    dates = [fact.body["expires_at"] for fact in await warnings_of(ann)]
    assert len(dates) == len(set(dates)) == 2
    assert await balance(ann) == (100, 0)
