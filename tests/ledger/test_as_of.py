"""What the books said at any instant of the past is what they said when it was the present."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, gathering
from backend.ledger import as_of, liability, posting
from backend.ledger.graphql.balance import PARTS, balance_view, held_by
from backend.ledger.graphql.past import _holding
from backend.ledger.liability import Liability
from backend.ledger.models import Entry, Side
from backend.ledger.replaying import Replay
from backend.programme import terms
from tests.builders import a_gift, a_member
from tests.ledger.acting import Said, turn_to
from tests.ledger.plain_books import Step
from tests.ledger.telling import a_world, tell as tell_of
from tests.ledger.test_any_story import MEMBERS, STEPS

DAY = timedelta(days=1)
Seen = dict[str, Any]


def shown(balance: Any) -> Seen:
    """A balance as the phone shows it."""
    figures = {
        name: getattr(balance, name) for name in ("available", "held", "pending", "debt", "frozen", "value_minor")
    }
    dated = [(lot.id, lot.earned, lot.available, lot.expires_at, lot.earned_at) for lot in balance.lots(first=50)]
    soonest = balance.expiring and (balance.expiring.points, balance.expiring.expires_at, balance.expiring.days_left)
    return {**figures, "lots": dated, "expiring": soonest}


async def live(member_id: UUID) -> Seen:
    """What the phone shows now."""
    return shown(balance_view(held_by(member_id, await terms.now(), await gathering.alone(member_id, *PARTS))))


async def then(member_id: UUID, moment: datetime) -> Seen:
    """What it is told of `moment` now."""
    async with db.snapshot() as session:
        replay = await as_of.as_of(session, member_id, moment)
        return shown(balance_view(_holding(replay, moment, await terms.at(session, moment))))


async def tell(story: Iterable[Step], member_id: UUID) -> list[tuple[datetime, Seen]]:
    """Let the story happen; what was seen after each step, and at what instant."""
    world, said, seen = await a_world(MEMBERS, member_id), Said(), list[tuple[datetime, Seen]]()
    for step in story:
        if (meant := world.meant(step)) is None:
            continue
        await tell_of(world, meant, said)
        world.do(meant)
        # A little later, so that no two steps share an instant.
        turn_to(world.clock.day, world.clock.steps)
        moment = clock.now()
        seen.append((moment, await live(member_id)))
    return seen


STORIES = st.lists(STEPS, min_size=6, max_size=16).map(lambda steps: list(chain.from_iterable(steps)))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
async def test_every_instant_of_any_story_reads_as_it_did_live(database: str, story: list[Step]) -> None:
    turn_to(0)
    member_id = await a_member(uuid4().hex[:16])
    seen = await tell(story, member_id)
    for moment, was in seen:
        assert await then(member_id, moment) == was


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories=st.lists(STORIES, min_size=2, max_size=3))
async def test_the_liability_of_any_instant_is_the_sum_of_all_replays(database: str, stories: list[list[Step]]) -> None:
    turn_to(0)
    moments = [clock.now()]
    for story in stories:
        moments += [moment for moment, _ in await tell(story, await a_member(uuid4().hex[:16]))]
    async with db.snapshot() as session:
        everyone = list((await session.exec(select(Entry.member_id).distinct())).all())
        for moment in moments[:: max(1, len(moments) // 12)]:
            replays = [await as_of.as_of(session, one, moment) for one in everyone]
            assert await liability.liability(session, moment) == summed(
                replays, moment, await terms.at(session, moment)
            )


def summed(replays: list[Replay], moment: datetime, programme: terms.Terms) -> Liability:
    """The liability counted lot by lot."""
    owed = Liability(moment, programme, debt=sum(replay.debt for replay in replays))
    for lot in chain.from_iterable(replay.lots.values() for replay in replays):
        burnable = lot.available if lot.alive(moment) else 0
        owed.available, owed.held, owed.pending = (
            owed.available + burnable,
            owed.held + lot.held,
            owed.pending + lot.pending,
        )
        if burnable + lot.held + lot.pending:
            day = lot.expires_at and (lot.expires_at - timedelta(seconds=1)).astimezone(programme.tz).date()
            owed.by_month[day.replace(day=1) if day else None] += burnable + lot.held + lot.pending
    return owed


async def test_points_past_their_last_day_count_as_they_did_then_swept_or_not(database: str) -> None:
    turn_to(0)
    ann = await a_member("Ann", points=100, expires_in=2 * DAY)
    day = clock.now()
    clock.turn(timedelta(days=5))
    assert (await then(ann, day + DAY))["available"] == 100
    assert (await then(ann, day + 3 * DAY))["available"] == 0, "nobody had swept by then, and she could not burn them"
    async with db.snapshot() as session:
        assert (await liability.liability(session, day + DAY)).points == 100
        assert (await liability.liability(session, day + 3 * DAY)).points == 0


async def test_what_is_posted_later_changes_no_past(database: str) -> None:
    ann = await a_member("Ann", points=100)
    moment = clock.now()
    was = await then(ann, moment)
    turn_to(3)
    await a_gift(ann, 50)
    assert await then(ann, moment) == was
    assert (await then(ann, clock.now()))["available"] == 150


async def test_before_the_first_entry_there_was_nothing(database: str) -> None:
    ann = await a_member("Ann", points=100)
    async with db.snapshot() as session:
        assert (await liability.liability(session, clock.now() - DAY)).points == 0
    assert (await then(ann, clock.now() - DAY))["lots"] == []


async def test_a_clock_that_ran_ahead_tears_no_chain(database: str) -> None:
    clock.turn(timedelta(hours=1))
    ann = await a_member("Ann", points=100)
    clock.turn(timedelta(0))
    await spend(ann, 30)
    assert (await then(ann, clock.now()))["available"] == 70
    async with db.snapshot() as session:
        assert (await liability.liability(session, clock.now())).points == 70


async def spend(member_id: UUID, points: int) -> None:
    async def act_on(session: AsyncSession) -> None:
        book = await posting.open_book(session, member_id)
        posting.burn(book, key="spend", points=points, actor="test", why={"code": "TEST"}, request={})
        await posting.write(session, [book])

    await db.transact(act_on)


async def test_a_month_is_that_of_the_last_day_in_the_programmes_zone(database: str) -> None:
    async with db.read() as session:
        programme = await terms.in_force(session)
    month_end = programme.start_of(programme.month_after(programme.today(), 2))
    owed, this, one = (
        Liability(clock.now(), programme),
        programme.month_after(programme.today(), 1),
        timedelta(seconds=1),
    )
    for expires_at in (month_end, month_end - one, month_end + one, None):
        owed.add(expires_at, {Side.PENDING: 1, Side.AVAILABLE: 2, Side.HELD: 4})
    assert dict(owed.by_month) == {this: 14, programme.month_after(this, 1): 7, None: 7}
    assert (owed.points, owed.value_minor) == (28, 28)
