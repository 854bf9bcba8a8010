"""Nothing expires without a delivered notice: shown by the phone, proven by a channel, or long enough in the inbox."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend import schedule, worker
from backend.kit import clock, db
from backend.kit.errors import InvalidInput
from backend.ledger import expiry, extending, freezing, notices, posting, shelving, walking
from backend.ledger.models import EntryLine, ExpiryNotice
from backend.ledger.why import sentence
from backend.members import sessions
from backend.members.models import MemberSession
from backend.notifications import channels
from tests.builders import a_gift, a_member, balance
from tests.ledger.waiting import (
    DAY,
    HOUR,
    a_phone_of,
    entries_of,
    kinds_of,
    news_of,
    rounds,
    rounds_until,
    shows_all,
    the_lot,
    turn_to,
    warnings_of,
)

pytestmark = pytest.mark.usefixtures("database")


async def test_what_her_phone_has_shown_expires_on_its_day() -> None:
    ann = await a_member("Ann", points=100, expires_in=10 * DAY)
    await a_phone_of(ann)
    last = (await the_lot(ann)).expires_at
    assert last is not None
    await rounds()
    await shows_all(ann)
    await rounds_until(last - timedelta(seconds=1))
    assert await balance(ann) == (100, 0)
    await rounds_until(last)
    assert await kinds_of(ann) == ["EARN", "EXPIRE"]


async def test_what_no_phone_has_shown_is_extended_and_was_never_gone_in_between() -> None:
    ann = await a_member("Ann", points=100, expires_in=10 * DAY)
    await a_phone_of(ann)
    last = (await the_lot(ann)).expires_at
    assert last is not None
    await rounds_until(last - 7 * HOUR)
    assert await kinds_of(ann) == ["EARN"]
    await rounds_until(last - 5 * HOUR, every=HOUR)
    lot = await the_lot(ann)
    assert lot.expires_at is not None and lot.expires_at - last == 30 * DAY
    for moment in (last - timedelta(seconds=1), last, last + DAY):
        turn_to(moment)
        book = await db.transact(posting.open_book, ann)
        assert book.burnable() == 100
        await rounds()
    extended = (await entries_of(ann))[1]
    assert (extended.kind, extended.points, extended.actor) == ("EXTEND", 0, "programme")
    assert sentence(extended.why).en == "No reminder of their expiry had reached you: 30 more days."
    assert [body["points"] for body in await news_of(ann, "PointsExtended")] == [100]
    assert [fact.body["expires_at"] for fact in await warnings_of(ann)][-1] == lot.expires_at.isoformat()


async def test_the_new_date_is_warned_of_anew_and_its_notice_counts_for_it_alone() -> None:
    ann = await a_member("Ann", points=100, expires_in=2 * DAY)
    await a_phone_of(ann)
    await rounds()
    first = await warnings_of(ann)
    await rounds_until(clock.now() + 2 * DAY - HOUR, every=HOUR)
    # The phone comes back with what it showed before: that was of the old date.
    await db.transact(notices.acknowledge, member_id=ann, seqs=[fact.seq for fact in first if fact.seq])
    lot = await the_lot(ann)
    assert lot.expires_at is not None
    await rounds_until(lot.expires_at + DAY)
    assert await kinds_of(ann) == ["EARN", "EXTEND", "EXTEND"]
    await shows_all(ann)
    again = (await the_lot(ann)).expires_at
    assert again is not None
    await rounds_until(again)
    assert await kinds_of(ann) == ["EARN", "EXTEND", "EXTEND", "EXPIRE"]


async def test_who_cannot_be_reached_is_told_by_thirty_days_in_the_inbox() -> None:
    ann = await a_member("Ann", points=100, expires_in=40 * DAY)
    lot = await the_lot(ann)
    assert lot.expires_at is not None
    await rounds_until(lot.expires_at)
    assert await kinds_of(ann) == ["EARN", "EXPIRE"]


@pytest.mark.parametrize(("days", "kinds"), [(29, ["EARN", "EXTEND", "EXPIRE"]), (31, ["EARN", "EXPIRE"])])
async def test_fewer_days_in_the_inbox_do_not_count(days: int, kinds: list[str]) -> None:
    ann = await a_member("Ann", points=100, expires_in=days * DAY)
    await rounds()
    await rounds_until(clock.now() + 62 * DAY)
    assert await kinds_of(ann) == kinds


async def test_an_inbox_counts_for_nobody_with_a_phone_signed_in() -> None:
    ann = await a_member("Ann", points=100, expires_in=40 * DAY)
    await a_phone_of(ann)
    await rounds_until(clock.now() + 41 * DAY)
    assert await kinds_of(ann) == ["EARN", "EXTEND"]
    async with db.read() as session:
        phone = (await session.exec(select(MemberSession))).one()
    await db.transact(sessions.revoke, member_id=ann, session_id=phone.id)
    await rounds_until(clock.now() + 62 * DAY)
    assert await kinds_of(ann) == ["EARN", "EXTEND", "EXTEND", "EXPIRE"]


async def test_a_channel_that_proves_a_delivery_does_as_well() -> None:
    ann = await a_member("Ann", points=100, expires_in=10 * DAY)
    await a_phone_of(ann)
    await rounds()
    told = (await warnings_of(ann))[0].seq
    assert told is not None
    for proof in ("receipt 7", "receipt 8"):
        await db.transact(channels.report_delivery, member_id=ann, news_seq=told, channel="SMS", proof=proof)
        while await worker.react_to_waiting():
            pass
    async with db.read() as session:
        notice = (await session.exec(select(ExpiryNotice))).one()
    assert (notice.delivered_by, notice.proof) == ("SMS", "receipt 7")
    await rounds_until(clock.now() + 10 * DAY)
    assert await kinds_of(ann) == ["EARN", "EXPIRE"]
    with pytest.raises(InvalidInput):
        await db.transact(channels.report_delivery, member_id=ann, news_seq=told, channel="SMS", proof="")


async def test_an_acknowledgement_speaks_for_her_own_shown_news_only() -> None:
    ann, ben = [await a_member(name, points=100, expires_in=10 * DAY) for name in ("Ann", "Ben")]
    await rounds()
    seqs = [fact.seq for fact in await warnings_of(ann) if fact.seq is not None]
    assert await db.transact(notices.acknowledge, member_id=ben, seqs=[0, -1, 999]) == [-1, 0, 999]
    for _ in range(2):
        assert await db.transact(notices.acknowledge, member_id=ann, seqs=seqs * 2) == seqs
    async with db.read() as session:
        found = {notice.member_id: notice.delivered_by for notice in await session.exec(select(ExpiryNotice))}
    assert found == {ann: "PHONE", ben: None}
    with pytest.raises(InvalidInput):
        await db.transact(notices.acknowledge, member_id=ann, seqs=list(range(101)))


async def test_after_an_outage_what_was_due_unannounced_is_extended_from_then() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    clock.turn(5 * DAY)
    assert await db.transact(expiry.expire_due, member_ids=[ann], quiet=True) == 0
    assert await kinds_of(ann) == ["EARN"]
    await rounds()
    lot = await the_lot(ann)
    assert lot.expires_at is not None and 30 * DAY < lot.expires_at - clock.now() <= 31 * DAY
    await rounds()
    assert await kinds_of(ann) == ["EARN", "EXTEND"]


async def test_nobody_takes_what_was_not_announced_not_even_a_burn_on_its_way() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    clock.turn(2 * DAY)

    async def let_go(session: AsyncSession) -> None:
        book = await posting.open_book(session, ann)
        assert posting.expire(book, moment=clock.now()) == []

    await db.transact(let_go)


async def test_a_frozen_account_is_left_alone_and_judged_when_it_thaws() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    frozen: dict[str, Any] = {"member_id": ann, "reason": "a look", "actor": "operator:olga"}
    await db.transact(freezing.freeze_account, key=uuid4(), **frozen)
    await rounds_until(clock.now() + 3 * DAY, every=4 * HOUR)
    assert await kinds_of(ann) == ["EARN", "FREEZE"]
    await db.transact(freezing.unfreeze_account, key=uuid4(), **frozen)
    await rounds()
    assert await kinds_of(ann) == ["EARN", "FREEZE", "UNFREEZE", "EXTEND"]


async def test_what_comes_back_to_a_dead_lot_needs_a_notice_of_its_new_date() -> None:
    ann = await a_member("Ann", points=100, expires_in=DAY)
    await rounds()
    await shows_all(ann)

    async def spend(session: AsyncSession, *, undo: bool) -> None:
        book = await posting.open_book(session, ann, "burn", lot_ids=[(await the_lot(ann)).lot_id])
        said: dict[str, Any] = {"actor": "test", "why": {"code": "TEST"}, "request": {}}
        if undo:
            posting.reverse(book, await shelving.lines_of(session, ann, book.entry_id("burn")), key="undo", **said)
        else:
            posting.burn(book, key="burn", points=100, **said)
        await posting.write(session, [book])

    await db.transact(spend, undo=False)
    clock.turn(2 * DAY)
    await db.transact(spend, undo=True)
    await rounds_until(clock.now() + 8 * DAY, every=4 * HOUR)
    assert await kinds_of(ann) == ["EARN", "BURN", "REVERSE", "EXTEND"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_workers_and_a_phone_at_once_do_each_thing_once_or_not_at_all() -> None:
    members = [await a_member(f"m{n}", points=10, expires_in=DAY) for n in range(6)]
    for member_id in members:
        await a_phone_of(member_id)
    await asyncio.gather(*(schedule.warn_of_expiry() for _ in range(4)))
    seqs = {member_id: [fact.seq for fact in await warnings_of(member_id) if fact.seq] for member_id in members}
    clock.turn(DAY - HOUR)
    acts = [db.transact(notices.acknowledge, member_id=of, seqs=seqs[of]) for of in members[:4]]
    await asyncio.gather(*acts, *(schedule.spare_the_untold() for _ in range(4)))
    for member_id in members[4:]:
        assert await kinds_of(member_id) == ["EARN", "EXTEND"]
    clock.turn(DAY + HOUR)
    await asyncio.gather(*(schedule.expire_due_lots() for _ in range(4)))
    for member_id in members[:4]:
        assert await kinds_of(member_id) in (["EARN", "EXPIRE"], ["EARN", "EXTEND"])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_points_are_burned_while_they_are_extended_and_none_is_made_or_lost() -> None:
    ann = await a_member("Ann", points=100, expires_in=HOUR)

    async def spend(session: AsyncSession, *, key: str) -> None:
        book = await posting.open_book(session, ann)
        posting.burn(book, key=key, points=10, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    burns = asyncio.gather(*(db.transact(spend, key=f"k{n}") for n in range(8)))
    sweeps = asyncio.gather(*(db.transact(extending.extend_untold, member_ids=[ann]) for _ in range(4)))
    assert sum(await sweeps) == 1
    await burns
    assert await balance(ann) == (20, 0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 20, 24 * 3, 24 * 9, 24 * 28])),
        st.tuples(st.just("earn"), st.sampled_from([0, 1, 3, 8, 29, 31, 45, 95])),
        st.tuples(st.sampled_from(["warn", "spare", "expire", "show", "phone", "silence", "burn"]), st.integers(0, 3)),
    ),
    min_size=10,
    max_size=30,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_whatever_happens_nothing_expires_without_a_delivered_notice(
    database: str, steps: list[tuple[str, int]]
) -> None:
    clock.turn(timedelta(0))
    story = Story(await a_member(uuid4().hex[:16]))
    for act, what in steps:
        await getattr(story, act)(what)
    await rounds_until(clock.now() + 5 * DAY, every=8 * HOUR)
    await story.judge()


class Story:
    """A member's months, and what the test itself saw of them: who was told what, when, and what was shown."""

    def __init__(self, member_id: UUID) -> None:
        self.member_id, self.shown, self.reached = member_id, set[int](), set[int]()
        self.count, self.known, self.signed_in = 0, set[int](), list[tuple[datetime, datetime | None]]()

    async def wait(self, hours: int) -> None:
        turn_to(clock.now() + hours * HOUR)

    async def earn(self, days: int) -> None:
        # Every lot has a moment of its own, so that an entry's moment says which lot it was.
        self.count += 1
        lasts = days * DAY + timedelta(minutes=self.count)
        await a_gift(self.member_id, 10, expires_in=lasts)

    async def warn(self, _: int) -> None:
        await schedule.warn_of_expiry()

    async def spare(self, _: int) -> None:
        await schedule.spare_the_untold()

    async def expire(self, _: int) -> None:
        await schedule.expire_due_lots()

    async def show(self, one: int) -> None:
        seqs = [fact.seq for fact in await warnings_of(self.member_id) if fact.seq is not None][one:]
        await db.transact(notices.acknowledge, member_id=self.member_id, seqs=seqs)
        self.shown |= set(seqs)

    async def phone(self, _: int) -> None:
        await a_phone_of(self.member_id)
        self.signed_in.append((clock.now(), None))

    async def silence(self, _: int) -> None:
        async with db.read() as session:
            phones = await session.exec(select(MemberSession).where(MemberSession.member_id == self.member_id))
            ids = [phone.id for phone in phones if phone.revoked_at is None]
        for phone_id in ids:
            await db.transact(sessions.revoke, member_id=self.member_id, session_id=phone_id)
        self.signed_in = [(since, until or clock.now()) for since, until in self.signed_in]

    async def burn(self, _: int) -> None:
        async def spend(session: AsyncSession) -> None:
            book = await posting.open_book(session, self.member_id)
            if book.burnable():
                posting.burn(book, key=f"b{uuid4()}", points=1, actor="test", why={"code": "TEST"}, request={})
            await posting.write(session, [book])

        await db.transact(spend)

    def could_be_reached(self, at: datetime) -> bool:
        return any(since <= at <= (until or at) and at < since + sessions.LIFE for since, until in self.signed_in)

    async def judge(self) -> None:
        told = await warnings_of(self.member_id)
        for expired in await entries_of(self.member_id, "EXPIRE"):
            of = [fact for fact in told if datetime.fromisoformat(fact.body["expires_at"]) == expired.occurred_at]
            waited = [
                fact
                for fact in of
                if not self.could_be_reached(fact.recorded_at) and fact.recorded_at + 30 * DAY <= expired.occurred_at
            ]
            assert waited or self.shown & {fact.seq for fact in of}, f"{expired.occurred_at} came unannounced"
        async with db.read() as session:
            lines = await session.exec(select(EntryLine.points).where(EntryLine.to_side == "expired"))
            assert all(points > 0 for points in lines)
        assert datetime.now(UTC) <= clock.now()


async def test_a_look_at_few_lots_at_a_time_leaves_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "LOOK_MAX", 3)
    members = [await a_member(f"m{n}") for n in range(4)]
    for lot in range(12):
        # All at one moment, and several of one member: where a look ends must not matter.
        await a_gift(members[lot % 4], 10, expires_in=7 * DAY - (lot % 2) * HOUR)
    while await schedule.warn_of_expiry():
        pass
    async with db.read() as session:
        assert len((await session.exec(select(ExpiryNotice))).all()) == 12


async def test_the_quick_look_warns_of_what_has_just_reached_a_step() -> None:
    ann = await a_member("Ann", points=10, expires_in=35 * DAY)
    await schedule.warn_of_expiry()
    for days, count in ((4, 1), (5, 2), (6, 2)):
        clock.turn(days * DAY + timedelta(minutes=1))
        await schedule.warn_at_the_step()
        assert len(await warnings_of(ann)) == count
