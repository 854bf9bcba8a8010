"""A rush of donations: the budget is never overspent, the match is given in order, nothing is left out or doubled."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from backend import schedule, worker
from backend.charity import counting, donating, projects, reversing
from backend.charity.models import CharityProject, Donation
from backend.kit import db, ids
from backend.kit.columns import table_of
from backend.kit.outbox import OutboxFact
from backend.tiers.models import MemberBadge
from tests.builders import balance
from tests.charity.giving import a_project, counted, donors, gives, totals

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]
RUSH = 40
AT_ONCE = 12
"""So many connections, below the pool's: on a slow machine nobody may wait for one until she is turned away."""


async def at_once(acts: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def through(act: Coroutine[Any, Any, Any]) -> Any:
        async with gate:
            return await act

    return await asyncio.gather(*map(through, acts), return_exceptions=True)


async def in_order_of_counting(project: CharityProject) -> list[Donation]:
    query = select(Donation).where(Donation.project_id == project.id).order_by(col(Donation.counted_as))
    async with db.read() as session:
        return list((await session.exec(query)).all())


async def test_a_rush_never_overspends_the_budget_and_each_is_matched_in_its_order() -> None:
    givers, project = await donors(RUSH), await a_project(match_budget_minor=1000, match_rate_bp=5_000)
    told = await at_once(
        act
        for number, member_id in enumerate(givers)
        for act in (gives(member_id, project, 31 + number), db.transact(counting.count_waiting, project_id=project.id))
    )
    assert [one for one in told if isinstance(one, BaseException)] == []
    now, given = await counted(project), await in_order_of_counting(project)
    assert [one.counted_as for one in given] == list(range(1, RUSH + 1))
    left = 1000
    for one in given:
        assert one.matched_minor == min(one.value_minor // 2, left)
        left -= one.matched_minor or 0
    assert (left, now.matched_minor, now.match_left_minor) == (0, 1000, 0)
    assert (now.points, now.donors) == (sum(31 + number for number in range(RUSH)), RUSH)


async def test_two_counts_at_once_count_everything_once() -> None:
    givers, project = await donors(20), await a_project(match_budget_minor=10**6)
    await at_once(gives(member_id, project, 10) for member_id in givers for _ in range(3))
    done = await at_once(db.transact(counting.count_waiting, project_id=project.id) for _ in range(8))
    assert sorted(done) == [0] * 7 + [60]
    now = await totals(project)
    assert (now.points, now.donors, now.matched_minor, now.version) == (600, 20, 600, 1)


async def test_what_commits_late_is_counted_though_it_is_older_than_what_was_counted() -> None:
    """A donation begun first and committed last has an earlier moment than those counted meanwhile."""
    (ann, bob), project = await donors(2), await a_project()
    begun, go = asyncio.Event(), asyncio.Event()

    async def slowly(session: Any, /, **asked: Any) -> None:
        await donating.donate_points(session, **asked)
        begun.set()
        await go.wait()

    asked: dict[str, Any] = {"key": ids.new(), "member_id": ann, "project_id": project.id, "points": 7}
    slow = asyncio.create_task(db.transact(slowly, **asked))
    await begun.wait()
    await gives(bob, project, 5)
    assert (await counted(project)).points == 5
    go.set()
    await slow
    assert (await counted(project)).points == 12
    assert [one.points for one in await in_order_of_counting(project)] == [5, 7]


async def test_while_a_project_closes_everybody_gives_or_is_refused_and_nothing_is_lost() -> None:
    givers, project = await donors(30), await a_project()
    acts: list[Coroutine[Any, Any, Any]] = [gives(member_id, project, 10) for member_id in givers]
    acts.insert(15, db.transact(projects.close_project, project_id=project.id))
    told = await at_once(acts)
    refused = [one for one in told if isinstance(one, BaseException)]
    assert {type(one) for one in refused} <= {donating.ProjectClosed}
    balances = [(await balance(member_id))[0] for member_id in givers]
    given = sum(1000 - points for points in balances)
    assert (await counted(project)).points == given
    with pytest.raises(donating.ProjectClosed):
        await gives(givers[0], project, 10)


async def test_one_key_twenty_times_at_once_is_one_donation_and_one_badge() -> None:
    (ann,), project, key = await donors(1), await a_project(), ids.new()
    told = await at_once(gives(ann, project, 10, key=key) for _ in range(20))
    assert sorted(one.replayed for one in told) == [False] + [True] * 19
    assert len({one.value.donation.id for one in told}) == 1
    assert await balance(ann) == (990, 0)


async def test_two_first_donations_at_once_earn_one_badge() -> None:
    (ann,), project = await donors(1), await a_project()
    told = await at_once(gives(ann, project, 10) for _ in range(10))
    assert len([one for one in told if one.value.badge is not None]) == 1
    async with db.read() as session:
        assert len((await session.exec(select(MemberBadge))).all()) == 1


async def test_reversals_counts_and_donations_at_once_leave_the_totals_right() -> None:
    givers, project = await donors(12), await a_project(match_budget_minor=100)
    first = [(await gives(member_id, project, 20)).value.donation for member_id in givers]
    said: dict[str, Any] = {"reason": "a slip", "actor": "operator:olga"}
    told = await at_once(
        [
            *(db.transact(reversing.reverse_donation, key=ids.new(), donation_id=one.id, **said) for one in first[:6]),
            *(gives(member_id, project, 5) for member_id in givers),
            *(db.transact(counting.count_waiting, project_id=project.id) for _ in range(6)),
        ]
    )
    assert [one for one in told if isinstance(one, BaseException)] == []
    now = await counted(project)
    assert (now.points, now.donors) == (6 * 20 + 12 * 5, 12)
    assert now.matched_minor <= 100


async def test_a_worker_killed_between_leaves_nothing_uncounted_untold_or_doubled() -> None:
    """Killed before its commit nothing was done, and killed after it all was: the next one finds what is left."""
    givers, project = await donors(5), await a_project()
    for member_id in givers:
        await gives(member_id, project, 10)

    async def dies(session: Any, *, project_id: UUID) -> None:
        await counting.count_waiting(session, project_id=project_id)
        raise SystemExit("killed")

    with pytest.raises(SystemExit):
        await db.transact(dies, project_id=project.id)
    assert (await totals(project)).version == 0
    # The job counts, and dies before any reaction ran: reactions find it counted and tell whoever is to be told.
    await schedule.count_donations()
    assert (await totals(project)).points == 50
    await at_once(worker.react_to_waiting() for _ in range(3))
    while await worker.react_to_waiting():
        pass
    assert (await totals(project)).points == 50
    told = [row for row in await everything_announced() if row.name == "DonationMatched"]
    assert len(told) == 5 and len({row.stream for row in told}) == 5


async def everything_announced() -> list[Any]:
    async with db.read() as session:
        return list(await (await session.connection()).execute(table_of(OutboxFact).select()))
