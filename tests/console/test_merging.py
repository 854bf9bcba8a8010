"""Two accounts of one person become one, for every door, and can be taken apart again."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.console import merging, unmerging
from backend.console.merging import AlreadyMerged, MergeWithItself, PointsUnderWay
from backend.console.unmerging import MergedSince, NotMerged
from backend.earning.taking_in import Status
from backend.kit import db
from backend.kit.errors import InvalidInput, NotFound, Refused
from backend.ledger import freezing, posting, why
from backend.ledger.book import AccountFrozen, AccountMerged, KeyReused
from backend.ledger.models import Account, Entry, Lot
from backend.members import enrolment, looking, sessions, tokens
from backend.privacy import exporting
from backend.rewards import fulfilment, redemptions
from backend.tiers import standing
from tests.builders import a_gift, a_hold, a_member, a_refund, an_order, balance, take_in
from tests.rewards.builders import a_reward, redeems

pytestmark = pytest.mark.usefixtures("database")
OLGA = {"reason": "one person", "actor": "operator:olga"}


async def merge(member_id: UUID, into_id: UUID, *, key: UUID | None = None, **over: Any) -> bool:
    """Whether it had been done before."""
    asked = {"key": key or uuid4(), "member_id": member_id, "into_id": into_id, **OLGA, **over}
    return (await db.transact(merging.merge_members, **asked)).replayed


async def unmerge(member_id: UUID, *, key: UUID | None = None) -> bool:
    done = await db.transact(unmerging.unmerge_members, key=key or uuid4(), member_id=member_id, **OLGA)
    return done.replayed


async def lots(member_id: UUID) -> list[tuple[Any, int]]:
    async with db.read() as session:
        found = (await session.exec(select(Lot).where(Lot.member_id == member_id, col(Lot.open)))).all()
    return sorted((lot.expires_at, lot.available) for lot in found)


async def debt(member_id: UUID) -> int:
    async with db.read() as session:
        return (await session.get_one(Account, member_id)).debt


async def history(member_id: UUID) -> list[Entry]:
    async with db.read() as session:
        query = select(Entry).where(Entry.member_id == member_id).order_by(col(Entry.seq))
        return list((await session.exec(query)).all())


async def spend(session: AsyncSession, *, member_id: UUID, points: int) -> None:
    book = await posting.open_book(session, member_id)
    posting.burn(book, key=f"k{uuid4()}", points=points, actor="test", why={"code": "TEST"}, request={})
    await posting.write(session, [book])


async def test_all_lots_go_with_their_last_days_and_nothing_is_made_or_lost() -> None:
    ann, ben = await a_member("ann", points=100), await a_member("ben", points=30)
    await a_gift(ben, 7, expires_in=timedelta(days=9))
    of_both = sorted([*await lots(ann), *await lots(ben)])
    assert not await merge(ben, ann)
    assert await lots(ann) == of_both and await lots(ben) == []
    assert (await balance(ann), await balance(ben)) == ((137, 0), (0, 0))
    out, into = (await history(ben))[-1], (await history(ann))[-1]
    assert (out.kind, out.points, into.kind, into.points) == ("MERGE_OUT", -37, "MERGE_IN", 37)


async def test_taken_apart_each_has_what_it_had() -> None:
    ann, ben = await a_member("ann", points=100), await a_member("ben", points=30)
    anns, bens = await lots(ann), await lots(ben)
    await merge(ben, ann)
    await unmerge(ben)
    assert (await lots(ann), await lots(ben)) == (anns, bens)
    kinds = [[entry.kind for entry in await history(one)] for one in (ann, ben)]
    assert kinds == [["EARN", "MERGE_IN", "UNMERGE_OUT"], ["EARN", "MERGE_OUT", "UNMERGE_IN"]]


async def test_what_the_joint_account_spent_is_the_survivors_and_may_become_its_debt() -> None:
    ann, ben = await a_member("ann", points=20), await a_member("ben", points=100)
    await merge(ben, ann)
    await db.transact(spend, member_id=ann, points=90)
    await unmerge(ben)
    assert (await balance(ben), await debt(ben)) == ((100, 0), 0)
    assert (await balance(ann), await debt(ann)) == ((0, 0), 70)
    await a_gift(ann, 100)
    assert (await balance(ann), await debt(ann)) == ((30, 0), 0)


async def test_a_debt_of_the_one_is_repaid_from_what_the_other_has() -> None:
    ann, ben = await a_member("ann", points=500), await a_member("ben")
    await an_order("ben", 100, ref="o1")
    await db.transact(spend, member_id=ben, points=150)
    await take_in([await a_refund("ben", "o1")])
    assert await debt(ben) == 150
    await merge(ben, ann)
    assert (await balance(ann), await debt(ann), await debt(ben)) == ((350, 0), 0, 0)
    await unmerge(ben)
    assert (await balance(ann), await debt(ann), await debt(ben)) == ((500, 0), 0, 150)


async def test_what_names_the_other_earns_for_the_survivor_and_stays_under_the_others_name() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    await merge(ben, ann)
    await an_order("ben", 100, ref="o1")
    assert await balance(ann) == (200, 0)
    await unmerge(ben)
    assert (await balance(ann), await balance(ben)) == ((0, 0), (200, 0))
    assert [entry.why["code"] for entry in await history(ann)] == ["MERGED", "ORDER", "UNMERGED"]


async def test_orders_count_together_for_the_tier_and_the_first_one() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    await an_order("ann", 600, ref="o1", at="2026-11-01T10:00:00")
    await an_order("ben", 600, ref="o2", at="2026-11-02T10:00:00")
    assert (await balance(ann), await balance(ben)) == ((1200, 0), (1200, 0))
    await merge(ben, ann)
    async with db.read() as session:
        assert (await standing.of(session, [ann]))[ann].tier.code == "SILVER"
    assert await balance(ann) == (1800, 0)
    await unmerge(ben)
    async with db.read() as session:
        assert (await standing.of(session, [ann, ben]))[ben].tier.code == "BRONZE"
    assert (await balance(ann), await balance(ben)) == ((1200, 0), (1200, 0))


async def test_a_refund_of_the_others_order_takes_from_the_lot_it_had_earned() -> None:
    ann, ben = await a_member("ann", points=100), await a_member("ben")
    await an_order("ben", 100, ref="o1")
    await merge(ben, ann)
    taken = await take_in([await a_refund("ben", "o1", 50)])
    assert taken.verdicts[0].status is Status.ACCEPTED
    assert await balance(ann) == (200, 0)
    assert [points for _, points in await lots(ann)] == [100, 100]
    await unmerge(ben)
    assert (await balance(ann), await balance(ben)) == ((100, 0), (100, 0))


async def test_devices_tokens_and_names_of_the_other_open_the_survivors_account() -> None:
    ann, ben = await a_member("ann"), await a_member("ben")
    cookie = (await db.transact(sessions.open_session, member_id=ben)).cookie
    bearer = f"Bearer {tokens.for_member(ben)}"
    await merge(ben, ann)
    for asked in ((cookie, None), (None, bearer)):
        # Rows read beside her session are those of the account she had.
        assert await sessions.recognise(asked[0], asked[1], [looking.ROW()]) == (await sessions.identify(*asked), {})
        assert (await sessions.identify(*asked)).member_id == ann
    assert (await db.transact(enrolment.first_sight, references=["ben", str(ben)])) == {"ben": ann, str(ben): ann}
    session_id = (await sessions.identify(cookie, None)).session_id
    assert session_id is not None
    async with db.read() as session:
        assert [row.id for row in await sessions.signed_in(session, ann)] == [session_id]
    await unmerge(ben)
    assert (await sessions.identify(cookie, None)).member_id == ben
    await merge(ben, ann)
    await db.transact(sessions.revoke, member_id=ann, session_id=session_id)
    assert (await sessions.identify(cookie, None)).member_id is None


async def test_nothing_moves_on_the_account_that_is_part_of_another() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=10)
    await merge(ben, ann)
    with pytest.raises(AccountMerged):
        await db.transact(spend, member_id=ben, points=1)


async def test_a_redemption_of_the_other_is_seen_and_can_be_cancelled() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=100)
    redemption = (await redeems(ben, await a_reward(points=60))).value
    await merge(ben, ann)
    async with db.read() as session:
        assert [row.id for row in await redemptions.of_member(session, ann, None, 10)] == [redemption.id]
        assert (await redemptions.one(session, ann, redemption.id)).member_id == ben
    await db.transact(fulfilment.cancel_redemption, key=uuid4(), redemption_id=redemption.id, **OLGA)
    assert await balance(ann) == (100, 0)
    await unmerge(ben)
    assert (await balance(ann), await balance(ben)) == ((0, 0), (100, 0))


async def test_a_redemption_made_together_and_cancelled_apart_frees_the_survivor_of_its_debt() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=100)
    await merge(ben, ann)
    redemption = (await redeems(ann, await a_reward(points=60))).value
    await db.transact(fulfilment.cancel_redemption, key=uuid4(), redemption_id=redemption.id, **OLGA)
    await unmerge(ben)
    assert (await balance(ann), await debt(ann), await balance(ben)) == ((0, 0), 0, (100, 0))


async def test_a_chain_of_merges_is_taken_apart_from_its_end() -> None:
    ann, ben, cai = [await a_member(name, points=points) for name, points in (("ann", 1), ("ben", 20), ("cai", 300))]
    await merge(ann, ben)
    await merge(ben, cai)
    assert await balance(cai) == (321, 0)
    await an_order("ann", 100, ref="o1")
    assert await balance(cai) == (521, 0)
    with pytest.raises(MergedSince):
        await unmerge(ann)
    await unmerge(ben)
    assert (await balance(cai), await balance(ben)) == ((300, 0), (221, 0))
    await unmerge(ann)
    assert [await balance(one) for one in (ann, ben, cai)] == [(201, 0), (20, 0), (300, 0)]


async def test_one_account_takes_several_and_gives_the_last_one_back_first() -> None:
    ann, ben, cai = [await a_member(name, points=points) for name, points in (("ann", 1), ("ben", 20), ("cai", 300))]
    await merge(ben, ann)
    await merge(cai, ann)
    with pytest.raises(MergedSince):
        await unmerge(ben)
    await unmerge(cai)
    await unmerge(ben)
    assert [await balance(one) for one in (ann, ben, cai)] == [(1, 0), (20, 0), (300, 0)]


async def test_merged_again_after_a_parting_it_is_all_there_again() -> None:
    ann, ben = await a_member("ann", points=5), await a_member("ben", points=30)
    for _ in range(2):
        await merge(ben, ann)
        await an_order("ben", 10)
        await unmerge(ben)
    assert (await balance(ann), await balance(ben)) == ((5, 0), (60, 0))


async def test_the_same_key_is_the_same_act() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=10)
    key, other = uuid4(), uuid4()
    assert [await merge(ben, ann, key=key) for _ in range(2)] == [False, True]
    with pytest.raises(KeyReused):
        await merge(ben, ann, key=key, reason="another")
    assert [await unmerge(ben, key=other) for _ in range(2)] == [False, True]
    assert len(await history(ben)) == 3


async def test_what_cannot_be_merged() -> None:
    ann, ben, cai = [await a_member(name, points=10) for name in ("ann", "ben", "cai")]

    async def refused(kind: type[Refused], member_id: UUID, into_id: UUID, **over: Any) -> None:
        with pytest.raises(kind):
            await merge(member_id, into_id, **over)

    await refused(MergeWithItself, ann, ann)
    await refused(NotFound, ann, uuid4())
    await refused(NotFound, uuid4(), ann)
    await refused(InvalidInput, ann, ben, reason=" ")
    await a_hold(cai, 5)
    await refused(PointsUnderWay, cai, ann)
    await refused(PointsUnderWay, ann, cai)
    await merge(ben, ann)
    await refused(AlreadyMerged, ben, cai)
    await refused(AlreadyMerged, cai, ben)
    await db.transact(freezing.freeze_account, key=uuid4(), member_id=ann, **OLGA)
    await refused(AccountFrozen, await a_member("dee"), ann)


async def test_what_cannot_be_taken_apart() -> None:
    ann, ben = await a_member("ann", points=10), await a_member("ben", points=10)
    for stranger, kind in ((uuid4(), NotFound), (ann, NotMerged)):
        with pytest.raises(kind):
            await unmerge(stranger)
    await merge(ben, ann)
    await a_hold(ann, 15)
    with pytest.raises(PointsUnderWay):
        await unmerge(ben)


async def test_history_says_it_in_plain_words() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=10)
    await merge(ben, ann)
    await unmerge(ben)
    said = [why.sentence(entry.why) for entry in await history(ann)]
    assert [one.en for one in said] == [
        "Your two accounts were made one: one person.",
        "The two accounts were taken apart again: one person.",
    ]
    assert said[0].zh_cn == "您的两个账户已合并为一个：one person。"


async def test_she_takes_away_what_is_kept_of_her_merge() -> None:
    ann, ben = await a_member("ann"), await a_member("ben", points=10)
    await merge(ben, ann)
    exported = b"".join([part async for part in exporting.export(ben)])
    assert b"MERGE_OUT" in exported
