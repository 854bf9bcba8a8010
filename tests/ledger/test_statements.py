"""A statement adds up: what she had, plus what moved, is what she has."""

from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings, strategies as st

from backend.kit import clock, db
from backend.ledger import as_of, expiry, history
from backend.ledger.history import Direction, Wanted
from backend.ledger.models import EntryKind, Side
from backend.ledger.statements import Statement, statement
from tests.builders import a_gift, a_member, told_of_expiry
from tests.ledger.acting import turn_to
from tests.ledger.plain_books import Step
from tests.ledger.test_any_story import STEPS
from tests.ledger.test_as_of import tell

DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STORIES = st.lists(STEPS, min_size=6, max_size=14).map(lambda steps: list(chain.from_iterable(steps)))


async def statement_of(member_id: UUID, start: datetime, end: datetime) -> Statement:
    async with db.snapshot() as session:
        return await statement(session, member_id, start, end)


async def points_between(member_id: UUID, found: Statement) -> list[int]:
    async with db.read() as session:
        rows = await history.in_order(session, member_id, 1000, above=found.above, upto=found.upto)
    return [row.points for row in rows]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
async def test_opening_plus_entries_is_closing_whatever_the_period(database: str, story: list[Step]) -> None:
    turn_to(0)
    member_id = await a_member(uuid4().hex[:16])
    moments = [clock.now(), *(moment for moment, _ in await tell(story, member_id)), clock.now() + DAY]
    whole = await statement_of(member_id, LONG_AGO, moments[-1])
    assert whole.opening.balance == 0
    parts = [await statement_of(member_id, start, end) for start, end in pairwise([LONG_AGO, *moments])]
    for part in (whole, *parts):
        entries = await points_between(member_id, part)
        assert part.opening.balance + sum(entries) == part.closing.balance
        assert sum(total.points for total in part.totals) == sum(entries)
        assert sum(total.entries for total in part.totals) == len(entries)
        async with db.read() as session:
            replay = await as_of.replayed(session, member_id, part.upto)
        sides = (replay.total(Side.AVAILABLE), replay.total(Side.HELD), replay.total(Side.PENDING), replay.debt)
        assert (part.closing.available, part.closing.held, part.closing.pending, part.closing.debt) == sides
    for before, after in pairwise(parts):
        assert before.closing == after.opening, "no entry falls between two periods, none is in both"


async def test_an_entry_on_the_stroke_of_the_period_belongs_to_what_begins(database: str) -> None:
    ann = await a_member("Ann", points=100)
    async with db.read() as session:
        posted = (await history.newest_first(session, ann, history.EVERYTHING, 1))[0].created_at
    assert (await statement_of(ann, LONG_AGO, posted)).closing.balance == 0
    assert (await statement_of(ann, posted, posted + DAY)).closing.balance == 100


async def test_a_history_is_picked_by_everything_that_was_asked(database: str) -> None:
    turn_to(0)
    ann = await a_member("Ann", points=40, expires_in=DAY)
    await told_of_expiry(ann)
    turn_to(1)
    await a_gift(ann, 7)
    turn_to(2)
    await db.transact(expiry.expire_due, member_ids=[ann])
    start = clock.now() - 1.5 * DAY

    async def picked(wanted: Wanted, *, below: int | None = None) -> list[int]:
        async with db.read() as session:
            return [row.seq for row in await history.newest_first(session, ann, wanted, 10, below=below)]

    assert await picked(Wanted()) == [3, 2, 1]
    assert await picked(Wanted(), below=3) == [2, 1]
    assert await picked(Wanted(direction=Direction.OUT)) == [3]
    assert await picked(Wanted(direction=Direction.IN)) == [2, 1]
    assert await picked(Wanted(kinds=[EntryKind.EXPIRE, EntryKind.BURN])) == [3]
    assert await picked(Wanted(kinds=[])) == []
    assert await picked(Wanted(start=start)) == [3, 2]
    assert await picked(Wanted(end=start)) == [1]
    assert await picked(Wanted(start=start, direction=Direction.IN)) == [2]
    assert await picked(Wanted(reference="nobody's")) == []
