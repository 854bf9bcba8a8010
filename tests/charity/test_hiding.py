"""What a desk may count: nobody finds out how many gave where they were few, not by subtracting either."""

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from backend.charity import breakdowns, hiding
from backend.charity.models import CharityProject
from backend.kit import clock, db
from tests.builders import a_gift, a_member, the_terms_become
from tests.charity.giving import a_project, counted, gives, the_day_is

FEW = 5
GIVERS = st.lists(st.frozensets(st.integers(0, 9), min_size=1), min_size=2, max_size=4)


def test_a_small_count_is_hidden_and_the_earliest_other_one_with_it() -> None:
    counts = {1: 7, 2: 9, 3: 4, 4: 6}
    assert hiding.shown(counts, FEW) == {1: None, 2: 9, 3: None, 4: 6}


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert hiding.shown({1: 5, 2: 9}, FEW) == {1: 5, 2: 9}
    assert hiding.shown({}, FEW) == {}


@given(days=GIVERS)
def test_each_small_count_could_still_be_another_one(days: list[frozenset[int]]) -> None:
    """Whoever knows the rule, the total and all that is shown: can she tell what a hidden small count is?"""
    counts = dict(enumerate(map(len, days)))
    total, shown = len(frozenset().union(*days)), hiding.shown(counts, FEW)
    hidden = [day for day, count in shown.items() if count is None]
    for day in hidden:
        # A total below five is public, and says by itself that every day has no more.
        if counts[day] < FEW <= total:
            assert len(possible(shown, hidden, total, day)) > 1, (counts, total)


def possible(shown: dict[int, int | None], hidden: list[int], total: int, day: int) -> set[int]:
    """Every count of `day` that fits what is known: no day has more than all, together they have at least all."""
    visible, found = sum(count or 0 for count in shown.values()), set()
    for guess in product(range(1, total + 1), repeat=len(hidden)):
        counts = {**shown, **dict(zip(hidden, guess, strict=True))}
        whole = {one: count for one, count in counts.items() if count is not None}
        if visible + sum(guess) >= total and hiding.shown(whole, FEW) == shown:
            found.add(whole[day])
    return found


@given(counts=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 12), max_size=6))
def test_small_campaigns_come_first_into_the_pool(counts: dict[str, int]) -> None:
    pool, small = hiding.pooled(counts, FEW), {name for name, count in counts.items() if count < FEW}
    assert set(pool[: len(small)]) == small
    assert set(pool) == (set(counts) if small else set())


@pytest.mark.usefixtures("database")
async def test_a_hidden_day_cannot_be_found_by_asking_for_other_days() -> None:
    project, several = await a_project(), [await a_member(f"m{number}", points=1000) for number in range(8)]
    await on(date(2026, 10, 5), several[:6], project)
    await on(date(2026, 10, 6), several[:7], project)
    await on(date(2026, 10, 7), several[7:], project)
    await counted(project)
    async with db.read() as session:
        whole = {one.day.day: one.donors for one in await breakdowns.by_day(session, project.id)}
        part = await breakdowns.by_day(session, project.id, date(2026, 10, 5), date(2026, 10, 6))
    assert whole == {5: None, 6: 7, 7: None}
    assert [(one.day.day, one.donors, one.points) for one in part] == [(5, None, 60), (6, 7, 70)]


@pytest.mark.usefixtures("database")
async def test_a_campaign_made_for_one_person_is_not_even_named() -> None:
    project, several = await a_project(), [await a_member(f"m{number}", points=1000) for number in range(9)]
    for number, member_id in enumerate(several):
        await gives(member_id, project, 10, campaign="only-ann" if number == 8 else "spring")
    for member_id in several[:6]:
        await gives(member_id, project, 5, campaign="autumn")
    await counted(project)
    async with db.read() as session:
        told = await breakdowns.by_campaign(session, project.id)
    assert [(one.name, one.points, one.donors, one.pooled) for one in told] == [
        ("spring", 80, 8, False),
        ("", 10 + 30, 7, True),
    ]


@pytest.mark.usefixtures("database")
async def test_a_programme_may_hide_more_and_never_less() -> None:
    project, several = await a_project(), [await a_member(f"m{number}", points=100) for number in range(6)]
    for member_id in several:
        await gives(member_id, project, 10)
    await counted(project)
    async with db.read() as session:
        assert [one.donors for one in await breakdowns.by_day(session, project.id)] == [6]
    await the_terms_become(donors_shown_from=7)
    async with db.read() as session:
        assert [one.donors for one in await breakdowns.by_day(session, project.id)] == [None]
        assert [(one.name, one.donors) for one in await breakdowns.by_campaign(session, project.id)] == [("", None)]
    with pytest.raises(ValueError, match="greater than or equal to 5"):
        await the_terms_become(donors_shown_from=4)


async def on(day: date, members: list[UUID], project: CharityProject) -> None:
    """Each of them gives 10 points on that day."""
    the_day_is(day)
    for member_id in members:
        await a_gift(member_id, 20)
        await gives(member_id, project, 10)
    clock.turn(timedelta(0))
