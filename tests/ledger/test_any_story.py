"""Whatever happens, in whatever order, the books say what the plain books say, and replay to the same."""

from itertools import chain
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db
from backend.ledger import posting
from backend.ledger.book import Book
from backend.ledger.lots import Line
from backend.ledger.models import GENESIS
from backend.ledger.replaying import Replay
from backend.ledger.states import AccountState
from tests.builders import a_member
from tests.ledger.acting import act, disagreements, keys_of, turn_to
from tests.ledger.plain_books import PlainBooks, Step

POINTS = st.integers(1, 30)
LIFE = st.sampled_from([0, 1, 2, 3, 5, 9])
DAYS = st.integers(1, 5)
CHANGE = st.integers(-60, 30)
OF = st.integers(0, 30)


def a_frozen_while(days: int) -> list[Step]:
    """Frozen, she lets days go by and tries everything that is not allowed."""
    tries = [Step("burn", points=1), Step("reverse"), Step("expire")]
    return [Step("freeze"), Step("wait", days=days), *tries, Step("freeze")]


class Story(RuleBasedStateMachine):
    """A book in memory beside the plain books: thousands of steps a second."""

    @initialize()
    def open(self) -> None:
        member_id = uuid4()
        account = AccountState(member_id, 0, 0, 0, 0, 0, GENESIS, 0, None)
        self.book, self.plain = Book(account, {}), PlainBooks(member_id)
        self.burned: dict[str, list[Line]] = {}
        turn_to(0)

    def do(self, step: Step) -> None:
        if (meant := self.plain.meant(step)) is None:
            return
        turn_to(self.plain.day, self.plain.steps)
        before = len(self.book.entries)
        told = act(self.book, meant, self.plain, self.burned)
        assert told == self.plain.do(meant)
        if meant.act == "burn" and len(self.book.entries) > before:
            self.burned[meant.name()] = list(self.book.entries[-1][1])

    @rule(points=POINTS, days=LIFE)
    def earn(self, points: int, days: int) -> None:
        self.do(Step("earn", points=points * 2, days=days))

    @rule(of=OF, points=CHANGE)
    def correct(self, of: int, points: int) -> None:
        self.do(Step("correct", points=points, of=of))

    @rule(points=POINTS)
    def burn(self, points: int) -> None:
        self.do(Step("burn", points=points))

    @rule(of=OF, other=st.booleans())
    def again(self, of: int, other: bool) -> None:
        self.do(Step("again", points=int(other), of=of))

    @rule(of=OF)
    def reverse(self, of: int) -> None:
        self.do(Step("reverse", of=of))

    @rule()
    def expire(self) -> None:
        self.do(Step("expire"))

    @rule(days=DAYS)
    def freeze(self, days: int) -> None:
        for step in a_frozen_while(days):
            self.do(step)

    @rule(days=DAYS)
    def wait(self, days: int) -> None:
        self.do(Step("wait", days=days))

    @invariant()
    def both_agree(self) -> None:
        assert disagreements(self.book, self.plain) == []

    def teardown(self) -> None:
        replay = Replay(self.book.member_id)
        found = [finding for entry, lines in self.book.entries for finding in replay.follow(entry, lines)]
        assert found + list(replay.compare(self.book.account, self.book.lots)) == []


Story.TestCase.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
test_any_story_in_memory = Story.TestCase

STEPS = st.one_of(
    st.builds(lambda points, days: [Step("earn", points=points * 2, days=days)], POINTS, LIFE),
    st.builds(lambda points, of: [Step("correct", points=points, of=of)], CHANGE, OF),
    st.builds(lambda points: [Step("burn", points=points)], POINTS),
    st.builds(lambda other, of: [Step("again", points=int(other), of=of)], st.booleans(), OF),
    st.builds(lambda of: [Step("reverse", of=of)], OF),
    st.builds(lambda: [Step("expire")]),
    st.builds(lambda days: [Step("wait", days=days)], DAYS),
    st.builds(a_frozen_while, DAYS),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=8, max_size=20))
async def test_any_story_in_the_database(database: str, steps: list[list[Step]]) -> None:
    turn_to(0)
    member_id = await a_member(uuid4().hex[:16])
    plain, burned = PlainBooks(member_id), dict[str, list[Line]]()
    for step in chain.from_iterable(steps):
        if (meant := plain.meant(step)) is None:
            continue
        turn_to(plain.day, plain.steps)
        told = await db.transact(do, member_id=member_id, step=meant, plain=plain, burned=burned)
        assert told == plain.do(meant)
    assert await db.transact(compare, member_id=member_id, plain=plain) == []


async def do(
    session: AsyncSession, *, member_id: UUID, step: Step, plain: PlainBooks, burned: dict[str, list[Line]]
) -> str:
    lot_ids = [lot.lot_id for lot in plain.lots]
    book = await posting.open_book(session, member_id, *keys_of(step, plain), lot_ids=lot_ids)
    # In these stories everybody was told of everything; who was not has stories of her own (test_notices).
    book.spared.clear()
    told = act(book, step, plain, burned)
    if step.act == "burn" and book.entries:
        burned[step.name()] = list(book.entries[-1][1])
    await posting.write(session, [book])
    return told


async def compare(session: AsyncSession, *, member_id: UUID, plain: PlainBooks) -> list[str]:
    book = await posting.open_book(session, member_id, lot_ids=[lot.lot_id for lot in plain.lots])
    return disagreements(book, plain)
