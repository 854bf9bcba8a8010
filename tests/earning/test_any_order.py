"""Any shuffle, any chunking: the same orders and refunds end in the same lots, accruals and tier as in time order."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning.events import Event
from backend.earning.models import Accrual
from backend.earning.taking_in import Status
from backend.kit import clock, db
from backend.ledger import expiry, posting, releasing
from backend.ledger.models import Account, Entry, Lot
from backend.members import enrolment
from backend.programme import terms
from backend.programme.publishing import publish_terms
from backend.tiers import standing
from tests.builders import a_refund, an_event, take_in

FIRST_DAY = datetime(2025, 2, 3, 10, tzinfo=UTC)
MONTHS = timedelta(days=600)
Said = tuple[int, int, int, list[int]]
"""Which member, how many hours after the first day, how many fen, and the fen given back; 0: whatever was left."""
# Few moments and few round amounts: ties in time, orders of nothing, tiers won and lost.
ORDERS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(st.integers(0, 8).map(lambda n: n * 24), st.integers(0, MONTHS.days * 24)),
        st.sampled_from([0, 1, 99, 100, 12345, 99999, 100000, 250000]),
        st.one_of(st.just([]), st.lists(st.sampled_from([0, 1, 33, 5000, 99999]), max_size=4)),
    ),
    min_size=1,
    max_size=25,
)
SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


async def orders_of(said: Sequence[Said], run: str) -> list[Event]:
    """The events of members of this run alone; sources and references sort alike in every run."""
    events = []
    for n, (member, hours, fen, parts) in enumerate(said):
        paid_at, named = FIRST_DAY + timedelta(hours=hours), f"{run}-{member}"
        events.append(await an_event(named, fen / 100, ref=f"o{n}", source=run, at=paid_at))
        for part, given_back in enumerate(within(fen, parts)):
            at, yuan = paid_at + timedelta(hours=part), given_back / 100 if given_back else None
            events.append(await a_refund(named, f"o{n}", yuan, ref=f"r{n}-{part}", source=run, at=at))
    return events


def within(fen: int, parts: Sequence[int]) -> Iterable[int]:
    """As many of `parts` as together do not go past `fen`; a whole one ends them."""
    left = fen
    for part in parts:
        if part == 0:
            yield part
            return
        if part <= left:
            left -= part
            yield part
            if not left:
                return


async def orders_can_be_returned_for(days: int) -> None:
    """What orders earn is pending for so many days, since before the first of them."""
    async with db.read() as session:
        programme = await terms.at(session, FIRST_DAY)
    if programme.return_days == days:
        return
    changed = programme.model_copy(update={"return_days": days})
    clock.turn(FIRST_DAY - timedelta(days=30) - clock.now())
    await db.transact(publish_terms, changed=changed, effective_from=None, published_by="test")
    clock.turn(timedelta(0))
    terms.forget()


async def members_of(run: str) -> list[UUID]:
    names = [f"{run}-{member}" for member in range(3)]
    found = await db.transact(enrolment.first_sight, references=names)
    return [found[name] for name in names]


async def outcome(run: str) -> list[Any]:
    """Of each member: tier, debt, lots and accruals, by order."""
    member_ids = await members_of(run)
    await db.transact(releasing.release_due, member_ids=member_ids)
    await db.transact(expiry.expire_due, member_ids=member_ids)
    async with db.read() as session:
        tiers = await standing.of(session, member_ids)
        return [(tiers[one].tier.code, *await _books(session, one)) for one in member_ids]


async def _books(session: AsyncSession, member_id: UUID) -> tuple[Any, ...]:
    account = await session.get_one(Account, member_id)
    lots = {lot.lot_id: lot for lot in await session.exec(select(Lot).where(Lot.member_id == member_id))}
    accruals = await session.exec(
        select(Accrual).where(Accrual.member_id == member_id).order_by(col(Accrual.order_ref), col(Accrual.rule))
    )
    told = []
    for of in accruals:
        lot = lots.pop(of.entry_id)
        points = lot.earned, lot.pending, lot.available, lot.expired, lot.burned
        figures = *points, lot.earned_at, lot.expires_at, lot.release_at
        told.append((of.order_ref, of.rule, of.version, of.points, dict(of.factors), figures))
    assert not lots, "a lot that no rule answers for"
    # A rule that gives nothing in the end leaves an accrual of nothing when it once gave something.
    return account.debt, account.pending, account.available, [one for one in told if one[3]]


def chunks(events: Sequence[Event], chance: random.Random) -> Iterable[list[Event]]:
    start = 0
    while start < len(events):
        size = chance.randint(1, 8)
        yield list(events[start : start + size])
        start += size


@pytest.mark.parametrize("return_days", [0, 120])
@SETTINGS
@given(said=ORDERS, seed=st.integers(0, 2**32))
async def test_any_shuffle_in_any_chunks_ends_as_in_time_order(
    database: str, return_days: int, said: list[Said], seed: int
) -> None:
    await orders_can_be_returned_for(return_days)
    run, chance = uuid4().hex[:8], random.Random(seed)
    in_time = sorted(await orders_of(said, f"a{run}"), key=lambda event: (event.occurred_at, event.event_id))
    shuffled = await orders_of(said, f"b{run}")
    chance.shuffle(shuffled)
    for event in in_time:
        assert (await take_in([event])).verdicts[0].status is Status.ACCEPTED
    for chunk in chunks(shuffled, chance):
        await take_in(chunk)
        if chance.random() < 0.2:
            await db.transact(expiry.expire_due, member_ids=await members_of(f"b{run}"))
    assert await outcome(f"b{run}") == await outcome(f"a{run}")


@SETTINGS
@given(said=ORDERS, seed=st.integers(0, 2**32))
async def test_with_burns_in_between_nothing_is_made_or_lost(database: str, said: list[Said], seed: int) -> None:
    run, chance = uuid4().hex[:8], random.Random(seed)
    shuffled = await orders_of(said, run)
    chance.shuffle(shuffled)
    for chunk in chunks(shuffled, chance):
        await take_in(chunk)
        for member_id in await members_of(run):
            await db.transact(spend_some, member_id=member_id, share=chance.random())
    for member_id in await members_of(run):
        async with db.read() as session:
            account = await session.get_one(Account, member_id)
            entries = (await session.exec(select(Entry).where(Entry.member_id == member_id))).all()
            given_now = sum((await session.exec(select(Accrual.points).where(Accrual.member_id == member_id))).all())
        gone = sum(entry.points for entry in entries if entry.kind in ("BURN", "EXPIRE"))
        assert account.available - account.debt == given_now + gone


async def spend_some(session: AsyncSession, *, member_id: UUID, share: float) -> None:
    book = await posting.open_book(session, member_id)
    if points := round(book.burnable() * share):
        posting.burn(book, key=f"k{uuid4()}", points=points, actor="test", why={"code": "TEST"}, request={})
    await posting.write(session, [book])
