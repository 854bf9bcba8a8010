"""A member leaves: the person goes, her entries stay, and the books go on adding up."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, select, text

from backend.earning import taking_in
from backend.earning.models import IncomingEvent
from backend.kit import clock, db, ids
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.kit.graphql import global_id
from backend.ledger import models, posting, reserving, transferring, verifying
from backend.ledger.book import AccountFrozen
from backend.ledger.models import Account
from backend.members import delivery, enrolment, recognising, sessions, tokens
from backend.members.models import Member
from backend.privacy import erasing, exporting
from backend.privacy.erasing import ErasureMustWait, LossChanged
from backend.rewards import fulfilment, invariants, redemptions
from backend.rewards.models import RewardKind
from tests.builders import a_gift, an_event, an_order, take_in
from tests.console.operating import asks, log
from tests.members.signing_in import a_phone, somebody_signed_in
from tests.rewards.builders import a_member, a_reward, frozen, hands_over, left_of, redeems

AT_HOME = {"recipient": "司马相如", "phone": "13911112222", "address": "北京市东城区景山前街 4 号"}


async def everything_kept() -> str:
    kept = []
    async with db.read() as session:
        connection = await session.connection()
        for table in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            for row in await connection.execute(text(f'SELECT * FROM "{table}"')):
                kept += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(kept)


async def somebody(reference: str = "Wilhelmina", phone: str = "+8613812345678") -> UUID:
    """A member with everything that names a person."""
    await db.transact(enrolment.register, reference=reference, phone=phone)
    member_id = await a_member(reference, points=100)
    await db.transact(delivery.save_home, member_id=member_id, **AT_HOME)
    await an_order(reference, 30.0, ref="order-of-hers")
    await an_order(phone, 20.0, ref="order-by-phone")
    await db.transact(sessions.open_session, member_id=member_id, user_agent="iPhone")
    return member_id


async def erase(member_id: UUID, **more: Any) -> Any:
    return await db.transact(erasing.erase_member, member_id=member_id, actor="operator:olga", reason="asked", **more)


async def balance_of(member_id: UUID) -> tuple[int, int, int]:
    async with db.read() as session:
        account = await session.get(Account, member_id)
    assert account is not None
    return account.available, account.held, account.pending


async def sound() -> None:
    async with db.snapshot() as session:
        assert [one async for one in verifying.findings(session, lambda _: None)] == []
        assert await invariants.broken(session) == []


async def test_the_person_goes_and_the_entries_stay(database: str) -> None:
    member_id = await somebody()
    coupon, cup = await a_reward("TEA", kind=RewardKind.COUPON, points=5, codes=2), await a_reward("CUP", points=5)
    parcel = await a_reward("BOX", kind=RewardKind.PHYSICAL, points=5)
    for reward in (coupon, cup, parcel):
        await redeems(member_id, reward)
    async with db.read() as session:
        before = await verifying.count_entries(session)
    assert not (await erase(member_id)).replayed
    kept = await everything_kept()
    words = ("Wilhelmina", "13812345678", "138****5678", "司马相如", "13911112222", "景山前街", "iPhone")
    assert [word for word in words if word in kept] == []
    async with db.read() as session:
        member = await session.get(Member, member_id)
        assert (
            member is not None and member.erased_at is not None and member.nickname == f"M-{member_id.hex[-6:].upper()}"
        )
        assert await verifying.count_entries(session) > before
        mine = await redemptions.of_member(session, member_id, None, 10)
    assert [(one.code_sealed, one.delivery_sealed, one.note, one.reason) for one in mine] == [(None,) * 4] * 3
    assert await balance_of(member_id) == (0, 0, 0)
    await sound()


LEFT = {
    "member": {"id", "nickname", "created_at", "erased_at"},
    "redemption": {"member_id", "id", "reward_id", "sku", "points", "state", "origin", "redeemed_at", "fulfilled_at"},
}
"""What says something of her once she has gone, where a row stays that once named her. A new column joins only if it
names nobody."""
GONE = {"consent", "delivery_default", "member_session"}


async def test_every_column_of_hers_that_stays_names_nobody(database: str) -> None:
    member_id = await somebody()
    parcel = (await redeems(member_id, await a_reward("BOX", kind=RewardKind.PHYSICAL, points=5))).value
    await db.transact(fulfilment.fulfil_redemption, redemption_id=parcel.id, note="left with Mr Sima")
    await erase(member_id)
    said: dict[str, set[str]] = {}
    async with db.read() as session:
        connection = await session.connection()
        for table in exporting.sections().values():
            hers = table.c.id if table.name == "member" else table.c.member_id
            for row in (await connection.execute(select(table).where(hers == member_id))).mappings():
                said.setdefault(table.name, set()).update(name for name, value in row.items() if value is not None)
    assert {name: said[name] for name in LEFT} == LEFT
    assert said.keys() & GONE == set()


async def test_the_same_again_changes_nothing(database: str) -> None:
    member_id = await somebody()
    await erase(member_id)
    before = await everything_kept()
    assert (await erase(member_id)).replayed
    unchanged = await everything_kept() == before
    assert unchanged
    with pytest.raises(NotFound):
        await erase(uuid4())


async def test_her_last_points_leave_by_an_entry_that_says_why(database: str) -> None:
    member_id = await somebody()
    await a_gift(member_id, 7, expires_in=timedelta(days=3))
    await erase(member_id)
    async with db.read() as session:
        query = text("SELECT kind, points, actor FROM entry ORDER BY seq DESC LIMIT 1")
        last = (await (await session.connection()).execute(query)).one()
    assert (last.kind, last.actor) == (models.EntryKind.EXPIRE.value, "operator:olga") and last.points < -100


async def test_what_waits_is_cancelled_and_goes_back_to_the_shelf(database: str) -> None:
    member_id = await somebody()
    cup, box = await a_reward("CUP", points=5, stock=3), await a_reward("BOX", points=5, stock=3)
    await redeems(member_id, cup)
    handed = (await redeems(member_id, box)).value
    await hands_over(handed)
    await erase(member_id)
    assert (await left_of(cup), await left_of(box)) == (3, 2)
    async with db.read() as session:
        states = {one.sku: one.state for one in await redemptions.of_member(session, member_id, None, 10)}
    assert states == {"CUP": "CANCELLED", "BOX": "FULFILLED"}
    await sound()


async def test_what_is_held_is_let_go_first(database: str) -> None:
    member_id = await somebody()

    async def hold(session: Any) -> None:
        book = await posting.open_book(session, member_id)
        until, why = clock.now() + timedelta(days=1), {"code": "AUCTION"}
        reserving.hold(book, points=40, lapses_at=until, purpose="auction", key="bid", actor="member", why=why)
        await posting.write(session, [book])

    await db.transact(hold)
    await erase(member_id)
    assert await balance_of(member_id) == (0, 0, 0)
    await sound()


async def test_nothing_is_lost_that_she_was_not_shown(database: str) -> None:
    member_id = await somebody()
    async with db.read() as session:
        shown = (await erasing.loss(session, member_id)).points
    await a_gift(member_id, 50)
    with pytest.raises(LossChanged) as refused:
        await erase(member_id, accepted_points=shown)
    assert refused.value.points == shown + 50
    assert (await balance_of(member_id))[0] == shown + 50
    await erase(member_id, accepted_points=shown + 50)


async def test_a_frozen_account_and_points_on_their_way_keep_her_for_now(database: str) -> None:
    member_id, ben = await somebody(), await a_member("Ben", points=50)
    await db.transact(transferring.transfer_points, key=ids.new(), member_id=ben, to="Wilhelmina", points=10)
    for one in (member_id, ben):
        with pytest.raises(ErasureMustWait):
            await erase(one)
    clock.turn(timedelta(minutes=11))
    await frozen(ben)
    with pytest.raises(AccountFrozen):
        await erase(ben)
    await erase(member_id)
    await sound()


async def test_her_phone_enrols_anew_as_somebody_else(database: str) -> None:
    phone = a_phone()
    member_id = await somebody(phone=phone)
    await erase(member_id)
    again = await somebody_signed_in(phone)
    assert again.member_id != member_id
    assert (await balance_of(member_id)) == (0, 0, 0)
    async with db.read() as session:
        found = await recognising.find(session, phone)
    assert found is not None and found.id == again.member_id


async def test_an_event_for_her_reference_opens_a_new_member(database: str) -> None:
    first = await somebody()
    await erase(first)
    await an_order("Wilhelmina", 10.0)
    await an_order(str(first), 10.0)
    async with db.read() as session:
        found = await recognising.find(session, "Wilhelmina")
        other = await recognising.find(session, str(first))
    assert found is not None and other is not None
    assert len({first, found.id, other.id}) == 3 and found.enrolled_at is None
    await erase(found.id)
    assert (await db.transact(enrolment.first_sight, ["Wilhelmina"]))["Wilhelmina"] not in (first, found.id)
    assert await balance_of(first) == (0, 0, 0)


async def test_an_event_sent_again_still_counts_once(database: str) -> None:
    at = clock.now() - timedelta(hours=1)
    await somebody()
    event = await an_event("Wilhelmina", 9.0, ref="twice", at=at)
    await take_in([event])
    async with db.read() as session:
        member = await recognising.find(session, "Wilhelmina")
    assert member is not None
    await erase(member.id)
    assert (await take_in([event])).verdicts[0].status is taking_in.Status.DUPLICATE


async def test_events_of_a_member_with_the_same_masked_phone_stay(database: str) -> None:
    hers, others = "+8613812345678", "+8613899995678"
    member_id = await somebody(phone=hers)
    await an_order(others, 15.0, ref="of-the-other")
    await erase(member_id)
    row = table_of(IncomingEvent)
    async with db.read() as session:
        rows = list(await (await session.connection()).execute(row.select().order_by(row.c.event_id)))
    kept = {one.event_id: (one.subject, bool(one.body)) for one in rows}
    assert kept["of-the-other"] == ("138****5678", True)
    assert kept["order-by-phone"] == kept["order-of-hers"] == ("", False)


async def test_erasing_twice_at_once_is_one_erasure(database: str) -> None:
    member_id = await somebody()
    done = await asyncio.gather(*(erase(member_id) for _ in range(4)))
    assert sorted(one.replayed for one in done) == [False, True, True, True]
    await sound()


async def test_a_member_leaves_on_the_wire_and_is_signed_out(database: str) -> None:
    member_id = await somebody()
    cookie = (await db.transact(sessions.open_session, member_id=member_id)).cookie
    loss = (await asks(member_id, "{ viewer { erasureLoss { points redemptions } } }"))["viewer"]["erasureLoss"]
    leave = "mutation($points: Points!) { eraseMe(input: {acceptedPoints: $points}) { replayed refusal { code } } }"
    refused = await asks(member_id, leave, points=loss["points"] - 1)
    assert refused["eraseMe"]["refusal"]["code"] == "LOSS_CHANGED"
    assert (await sessions.identify(cookie, None)).member_id == member_id
    left = await asks(member_id, leave, points=loss["points"])
    assert left["eraseMe"] == {"replayed": False, "refusal": None}
    assert (await sessions.identify(cookie, None)).member_id is None
    assert (await sessions.identify(None, f"Bearer {tokens.for_member(member_id)}")).member_id is None
    assert await log() == []


async def test_an_operator_erases_and_the_record_names_nobody(database: str) -> None:
    member_id = await somebody()
    erased = "mutation($input: EraseMemberInput!) { eraseMember(input: $input) { replayed refusal { code } } }"
    asked = {"memberId": global_id("Member", member_id), "reason": "she wrote to us"}
    assert (await asks("olga", erased, input=asked))["eraseMember"] == {"replayed": False, "refusal": None}
    assert (await asks("olga", erased, input=asked))["eraseMember"]["replayed"] is True
    [record] = await log()
    assert record["before"]["erased_at"] is None and record["after"]["erased_at"] is not None
    assert record["after"]["account"]["available"] == 0
    assert "Wilhelmina" not in str(record) and "138" not in str(record["before"])
