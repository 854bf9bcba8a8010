"""After an unmerge both accounts stand as in a programme where the merge never was; points are made or lost by none."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings, strategies as st

from backend.kit import clock, db
from backend.ledger import invariants
from tests.console.two_programmes import ANN, BEN, Programme, stands

WHO = st.sampled_from([ANN, BEN])
FEN = st.sampled_from([0, 99, 5000, 12345, 60000, 100000, 250000])
GIFT = st.tuples(st.just("gift"), WHO, st.sampled_from([1, 70]))
CHECK_IN = st.tuples(st.just("check in"), WHO)
DAYS = st.tuples(st.just("days"), st.sampled_from([1, 1, 1, 20, 45]))
# Of lots with one last day the first by id is burned, and no two programmes have the same ids: where corrections
# follow, everything is spent at once; where something is left over, nothing is corrected.
LATE = st.tuples(st.just("order"), WHO, st.one_of(st.integers(0, 3), st.integers(0, 420)), FEN)
REFUND = st.tuples(st.just("refund"), st.integers(0, 20), st.sampled_from([0, 33, 5000, 99999]))
SPEND_ALL = st.tuples(st.just("spend"), WHO, st.just(100))
CORRECTED = st.lists(st.one_of(LATE, LATE, REFUND, CHECK_IN, SPEND_ALL, GIFT, DAYS), max_size=8)
IN_TIME = st.tuples(st.just("order"), WHO, st.just(0), FEN)
SPEND_SOME = st.tuples(st.just("spend"), WHO, st.sampled_from([10, 50, 90]))
LEFT_OVER = st.lists(st.one_of(IN_TIME, IN_TIME, CHECK_IN, SPEND_SOME, GIFT, DAYS), max_size=8)
SETTINGS = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


class Story:
    """Every act in both programmes at once."""

    def __init__(self, run: str) -> None:
        self.merging, self.alone = Programme(f"m{run}", merges=True), Programme(f"n{run}", merges=False)
        self.both = (self.merging, self.alone)
        self.number = 0
        self.left: dict[int, int] = {}
        self.days = 0

    async def act(self, act: tuple[Any, ...]) -> None:
        verb, *named = act
        await getattr(self, "do_" + verb.replace(" ", "_"))(*named)
        for programme in self.both:
            await programme.settle()

    async def do_order(self, who: int, days_ago: int, fen: int) -> None:
        self.number += 1
        self.left[self.number] = fen
        for programme in self.both:
            await programme.order(who, self.number, clock.now() - timedelta(days=days_ago, minutes=1), fen)

    async def do_refund(self, which: int, fen: int) -> None:
        number = which % max(1, self.number) + 1
        if self.left.get(number, 0) and fen <= self.left[number]:
            self.left[number] = self.left[number] - fen if fen else 0
            for programme in self.both:
                await programme.refund(number, fen)

    async def do_check_in(self, who: int) -> None:
        who = ANN if self.merging.joined else who
        if await self.merging.check_in(who):
            await self.alone.check_in(who)

    async def do_spend(self, who: int, percent: int) -> None:
        who = ANN if self.merging.joined else who
        points = await self.merging.can_burn(who) * percent // 100
        for programme in self.both:
            await programme.spend(who, points)

    async def do_gift(self, who: int, points: int) -> None:
        who = ANN if self.merging.joined else who
        for programme in self.both:
            await programme.gift(who, points)

    async def do_days(self, days: int) -> None:
        for programme in self.both:
            await programme.tell_of_expiry()
        self.days += days
        clock.turn(timedelta(days=self.days))

    async def compare(self) -> None:
        for who in (ANN, BEN):
            assert await stands(self.merging.ids[who]) == await stands(self.alone.ids[who]), who


async def tell(before: list[Any], during: list[Any], after: list[Any]) -> None:
    clock.turn(timedelta(0))
    story = Story(uuid4().hex[:8])
    for programme in story.both:
        await programme.open()
        await programme.settle()
    for act in before:
        await story.act(act)
    await story.compare()
    for programme in story.both:
        await programme.merge()
    for act in during:
        await story.act(act)
    for programme in story.both:
        await programme.unmerge()
        await programme.settle()
    await story.compare()
    for act in after:
        await story.act(act)
    await story.compare()
    async with db.read() as session:
        assert await invariants.broken(session) == []


@SETTINGS
@given(before=CORRECTED, during=CORRECTED, after=CORRECTED)
async def test_with_late_orders_and_refunds_both_stand_as_if_the_merge_had_never_been(
    database: str, before: list[Any], during: list[Any], after: list[Any]
) -> None:
    await tell(before, during, after)


@SETTINGS
@given(before=LEFT_OVER, during=LEFT_OVER, after=LEFT_OVER)
async def test_what_was_spent_of_joint_points_is_charged_to_the_survivor_alone(
    database: str, before: list[Any], during: list[Any], after: list[Any]
) -> None:
    await tell(before, during, after)
