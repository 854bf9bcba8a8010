"""Whatever happens among three members, in whatever order, the books say what the plain books say, and replay to it."""

from itertools import chain
from uuid import uuid4

from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backend.kit import db
from backend.ledger.book import Book
from backend.ledger.models import GENESIS
from backend.ledger.replaying import Replay
from backend.ledger.states import AccountState
from tests.ledger.acting import Said, act, disagreements, turn_to
from tests.ledger.plain_books import PlainBooks, Step
from tests.ledger.plain_world import PlainWorld
from tests.ledger.telling import a_world, compare, tell

MEMBERS = 3
WHO = st.integers(0, MEMBERS - 1)
POINTS = st.integers(1, 30)
MANY = st.integers(10, 60)
"""So many that they are rarely of one lot."""
LIFE = st.sampled_from([0, 1, 2, 3, 5, 9])
LATER = st.sampled_from([0, 0, 1, 2])
DAYS = st.integers(1, 5)
CHANGE = st.integers(-60, 30)
OF = st.integers(0, 30)
ONE = st.one_of(
    st.builds(Step, st.just("earn"), points=st.integers(4, 60), days=LIFE, later=LATER, who=WHO),
    st.builds(Step, st.sampled_from(["release", "expire", "lapse"]), who=WHO),
    st.builds(Step, st.sampled_from(["release_early", "let_go", "reverse"]), of=OF, who=WHO),
    st.builds(Step, st.just("correct"), points=CHANGE, of=OF, who=WHO),
    st.builds(Step, st.sampled_from(["claw_back", "capture"]), points=POINTS, of=OF, who=WHO),
    st.builds(Step, st.just("adjust"), points=CHANGE.filter(bool), who=WHO),
    st.builds(Step, st.just("extend"), days=DAYS, of=OF, who=WHO),
    st.builds(Step, st.just("burn"), points=MANY, who=WHO),
    st.builds(Step, st.just("hold"), points=MANY, days=st.integers(0, 3), who=WHO),
    st.builds(
        lambda who, by, points: Step("transfer", points=points, who=who, to=(who + by) % MEMBERS),
        WHO,
        st.integers(1, MEMBERS - 1),
        MANY,
    ),
    st.builds(Step, st.just("take_back"), of=OF),
    st.builds(Step, st.just("again"), points=st.integers(0, 1), of=OF),
    st.builds(Step, st.just("wait"), days=DAYS),
)


def a_frozen_while(days: int, who: int) -> list[Step]:
    """Frozen, she lets days go by and tries everything that is not allowed, and what still comes in."""
    tries = ["burn", "hold", "reverse", "capture", "let_go", "lapse", "expire", "extend", "release", "adjust"]
    sends = Step("transfer", points=1, who=who, to=(who + 1) % MEMBERS)
    gets = Step("transfer", points=1, who=(who + 1) % MEMBERS, to=who)
    told = [Step(name, points=1, who=who) for name in tries]
    return [Step("freeze", who=who), Step("wait", days=days), *told, sends, gets, Step("freeze", who=who)]


def something_outlived(who: int, taking: str, parts: tuple[int, int, int], hold_days: int, days: int) -> list[Step]:
    """Points of two lots are held, spent or sent; a debt may come; one of the lots dies; then they come back."""
    taken, missing, captured = parts
    lots = [Step("earn", points=20, days=died, who=who) for died in (1, 5)]
    takes = Step(taking, points=taken, days=hold_days, who=who, to=(who + 1) % MEMBERS)
    debt = [Step("adjust", points=-missing, who=who)] if missing else []
    back = [Step(act, points=captured, of=-1, who=who) for act in COMING_BACK[taking]]
    return [*lots, takes, *debt, Step("wait", days=days), *back]


COMING_BACK = {"hold": ["capture", "lapse", "let_go"], "burn": ["reverse"], "transfer": ["take_back"]}
OUTLIVED = st.builds(
    something_outlived,
    WHO,
    st.sampled_from(["hold", "hold", "burn", "transfer"]),
    st.tuples(st.integers(21, 40), st.sampled_from([0, 5, 45]), POINTS),
    st.integers(0, 3),
    st.integers(1, 2),
)
STEPS = st.one_of(ONE.map(lambda step: [step]), OUTLIVED, st.builds(a_frozen_while, DAYS, WHO))


class Story(RuleBasedStateMachine):
    """Books in memory beside the plain books: thousands of steps a second."""

    @initialize()
    def open(self) -> None:
        member_ids = [uuid4() for _ in range(MEMBERS)]
        self.books = [Book(AccountState(one, 0, 0, 0, 0, 0, GENESIS, 0, None), {}) for one in member_ids]
        self.plain, self.said = PlainWorld([PlainBooks(one) for one in member_ids]), Said()
        turn_to(0)

    @rule(steps=STEPS)
    def tell(self, steps: list[Step]) -> None:
        for step in steps:
            if (meant := self.plain.meant(step)) is not None:
                turn_to(self.plain.clock.day, self.plain.clock.steps)
                assert act(self.books, meant, self.plain, self.said) == self.plain.do(meant), meant

    @invariant()
    def both_agree(self) -> None:
        for book, plain in zip(self.books, self.plain.books, strict=True):
            assert disagreements(book, plain) == []

    def teardown(self) -> None:
        for book in getattr(self, "books", ()):
            replay = Replay(book.member_id)
            found = [finding for entry, lines in book.entries for finding in replay.follow(entry, lines)]
            assert found + list(replay.compare(book.account, book.lots, book.holds)) == []


Story.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
test_any_story_in_memory = Story.TestCase


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=8, max_size=20))
async def test_any_story_in_the_database(database: str, steps: list[list[Step]]) -> None:
    world, said = await a_world(MEMBERS), Said()
    for step in chain.from_iterable(steps):
        if (meant := world.meant(step)) is not None:
            assert await tell(world, meant, said) == world.do(meant), meant
    assert await db.transact(compare, world=world) == []
