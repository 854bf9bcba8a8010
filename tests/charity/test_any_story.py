"""Any order of donations, counts, reversals, changes of the budget and closings ends as the plain model says."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from backend.charity import counting, donating, projects, reversing
from backend.charity.models import CharityProject
from backend.kit import db, ids
from backend.kit.errors import InvalidInput
from backend.ledger.posting import InsufficientPoints
from backend.tiers import badges
from tests.builders import a_member, balance
from tests.charity.giving import a_project, gives, totals

pytestmark = pytest.mark.usefixtures("database")
POINTS = 300
WHO = st.integers(0, 2)
ACTS = st.one_of(
    st.tuples(st.just("give"), WHO, st.integers(1, 140)),
    st.tuples(st.just("count")),
    st.tuples(st.just("reverse"), st.integers(0, 7)),
    st.tuples(st.just("budget"), st.integers(0, 250)),
    st.tuples(st.just("rate"), st.sampled_from([0, 5_000, 10_000, 20_000])),
    st.tuples(st.just("close")),
)


@dataclass
class Plain:
    """A project without a database: a list of donations, each [who, points, match or None, reversed]."""

    budget: int = 120
    rate: int = 10_000
    open: bool = True
    given: list[list[Any]] = field(default_factory=list)

    def stands(self) -> list[list[Any]]:
        return [one for one in self.given if not one[3]]

    def matched(self) -> int:
        return sum(one[2] or 0 for one in self.stands())

    def left(self, who: int) -> int:
        return POINTS - sum(int(one[1]) for one in self.stands() if one[0] == who)

    def count(self) -> None:
        for one in self.stands():
            if one[2] is None:
                one[2] = min(one[1] * self.rate // 10_000, self.budget - self.matched())

    def figures(self) -> tuple[int, int, int]:
        counted = [one for one in self.stands() if one[2] is not None]
        return sum(one[1] for one in counted), len({one[0] for one in counted}), self.matched()


@dataclass
class Played:
    """A project of the mall's and its plain twin, to which the same is done."""

    project: CharityProject
    members: list[UUID]
    plain: Plain = field(default_factory=Plain)
    made: list[UUID] = field(default_factory=list)

    async def give(self, who: int, points: int) -> None:
        missing = points - self.plain.left(who)
        try:
            done = await gives(self.members[who], self.project, points)
        except (donating.ProjectClosed, InsufficientPoints) as refused:
            expected = donating.ProjectClosed if not self.plain.open else InsufficientPoints
            told = getattr(refused, "missing", missing)
            if type(refused) is not expected or told != missing:
                raise
            return
        assert self.plain.open and missing <= 0
        self.made.append(done.value.donation.id)
        self.plain.given.append([who, points, None, False])

    async def count(self) -> None:
        await db.transact(counting.count_waiting, project_id=self.project.id)
        self.plain.count()

    async def reverse(self, number: int) -> None:
        if number >= len(self.made):
            return
        asked: dict[str, Any] = {"key": ids.new(), "reason": "a slip", "actor": "operator:olga"}
        done = await db.transact(reversing.reverse_donation, donation_id=self.made[number], **asked)
        assert done.replayed is self.plain.given[number][3]
        self.plain.given[number][3] = True

    async def budget(self, minor: int) -> None:
        changes = {"match_budget_minor": minor}
        try:
            await db.transact(projects.update_project, project_id=self.project.id, changes=changes)
        except InvalidInput:
            if minor >= self.plain.matched():
                raise
        else:
            self.plain.budget = minor

    async def rate(self, bp: int) -> None:
        await db.transact(projects.update_project, project_id=self.project.id, changes={"match_rate_bp": bp})
        self.plain.rate = bp

    async def close(self) -> None:
        await db.transact(projects.close_project, project_id=self.project.id)
        self.plain.open = False

    async def agrees(self) -> None:
        now = await totals(self.project)
        assert (now.points, now.donors, now.matched_minor) == self.plain.figures()
        assert now.match_left_minor == self.plain.budget - self.plain.matched() >= 0

    async def ends_well(self) -> None:
        for who, member_id in enumerate(self.members):
            assert await balance(member_id) == (self.plain.left(who), 0)
            async with db.read() as session:
                has = bool(await badges.of(session, member_id))
            assert has is any(one[0] == who for one in self.plain.stands())


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(ACTS, min_size=1, max_size=14))
async def test_any_story_ends_as_the_plain_model_says(story: list[tuple[Any, ...]]) -> None:
    members = [await a_member(f"m{ids.new().hex[-12:]}", points=POINTS) for _ in range(3)]
    project = await a_project(f"P{ids.new().hex[-12:].upper()}", match_budget_minor=120)
    played = Played(project, members)
    for act, *asked in story:
        await getattr(played, act)(*asked)
        await played.agrees()
    await played.ends_well()
