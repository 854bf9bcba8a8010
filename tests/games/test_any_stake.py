"""Whatever happens to stakes, in whatever order, the books say what the plain story says."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlmodel import col, select

from backend.games import stakes
from backend.games.models_challenges import Challenge
from backend.kit import clock, db
from backend.kit.errors import Refused
from backend.ledger import freezing
from backend.ledger.models import Entry
from tests.builders import a_member, a_refund, an_order, balance, take_in
from tests.games import builders, plain_stakes
from tests.games.plain_stakes import PlainMember, PlainStakes
from tests.tasks.days import turn_to

MEMBERS = 2
WHO = st.integers(0, MEMBERS - 1)
STEPS = st.one_of(
    st.tuples(st.just("accept"), WHO, st.sampled_from([99, 100, 150, 300, 500, 501])),
    st.tuples(st.just("order"), WHO, st.integers(1, 2)),
    st.tuples(st.sampled_from(["refund", "look", "freeze"]), WHO, st.just(0)),
    st.tuples(st.just("wait"), WHO, st.sampled_from([1, 12, 24, 24, 48, 24 * 40])),
    st.tuples(st.sampled_from(["settle", "settle", "settle", "cancel"]), WHO, st.just(0)),
)
Step = tuple[str, int, int]


class World:
    """The product beside the plain story."""

    def __init__(self, names: list[str], member_ids: list[UUID], challenge: Challenge) -> None:
        self.names, self.member_ids, self.challenge = names, member_ids, challenge
        self.plain = PlainStakes([PlainMember() for _ in names])
        self.frozen: set[int] = set()

    async def tell(self, step: Step) -> None:
        name, who, value = step
        self.plain.step += 1
        await getattr(self, name)(who, value)

    async def accept(self, who: int, stake: int) -> None:
        said: str | None = None
        try:
            await builders.takes_up(self.member_ids[who], self.challenge, stake)
        except Refused as refused:
            said = type(refused).__name__
        assert said == self.plain.accept(who, stake)

    async def order(self, who: int, times: int) -> None:
        for _ in range(times):
            number = self.plain.order(who)
            await an_order(self.names[who], 0, ref=f"{self.names[who]}-{number}")

    async def refund(self, who: int, _: int) -> None:
        if (number := self.plain.refund(who)) is not None:
            await take_in([await a_refund(self.names[who], f"{self.names[who]}-{number}")])

    async def look(self, who: int, _: int) -> None:
        self.plain.look(who)
        await builders.look(self.member_ids[who])

    async def freeze(self, who: int, _: int) -> None:
        member = self.plain.members[who]
        verb = freezing.unfreeze_account if member.frozen else freezing.freeze_account
        member.frozen = not member.frozen
        await db.transact(verb, key=uuid4(), member_id=self.member_ids[who], reason="odd", actor="operator:olga")

    async def wait(self, _: int, hours: int) -> None:
        self.plain.hour += hours
        midnight, hour = divmod(self.plain.hour, 24)
        turn_to(f"{_day(midnight)} {hour:02}:00")

    async def settle(self, _: int, __: int) -> None:
        self.plain.settle()
        await builders.settle(*self.member_ids)
        # At once: what is settled too early may look right in the end.
        await self.agrees()

    async def cancel(self, _: int, __: int) -> None:
        self.plain.cancelled = True
        await builders.cancels(self.challenge)

    async def agrees(self) -> None:
        for plain, member_id in zip(self.plain.members, self.member_ids, strict=True):
            async with db.read() as session:
                rows = list(reversed(await stakes.of_member(session, member_id)))
                entries = await session.exec(select(Entry).where(col(Entry.member_id) == member_id))
                net = sum(one.points for one in entries if one.why["code"].startswith("CHALLENGE"))
            shown = [(row.stake, row.state, row.taken_back_at is not None) for row in rows]
            assert shown == [(one.stake, one.state, one.taken_back) for one in plain.stakes]
            assert (net, (await balance(member_id))[1]) == (plain.net(), plain.held())


def _day(number: int) -> str:
    return (date(2026, 11, 23) + timedelta(days=number)).isoformat()


async def a_world() -> World:
    turn_to("2026-11-23 00:00")
    names = [f"m{uuid4().hex[:8]}" for _ in range(MEMBERS)]
    members = [await a_member(name, points=100_000) for name in names]
    offered: dict[str, Any] = {"goal": plain_stakes.GOAL, "days": plain_stakes.DAYS}
    offered |= {"grace_hours": plain_stakes.GRACE_HOURS, "times_per_member": plain_stakes.TIMES}
    closes = clock.now() + timedelta(hours=plain_stakes.CLOSES_HOUR)
    challenge = await builders.a_challenge(**offered, bonus_budget=plain_stakes.BUDGET, closes_at=closes)
    return World(names, members, challenge)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=6, max_size=24))
async def test_any_story_of_stakes_is_what_the_plain_story_says(database: str, steps: list[Step]) -> None:
    world = await a_world()
    for step in steps:
        await world.tell(step)
    await world.agrees()


async def test_a_story_with_everything_in_it(database: str) -> None:
    """One story told in full, so that no run misses the ends of the others."""
    world = await a_world()
    story: list[Step] = [
        ("accept", 0, 300), ("accept", 1, 500), ("order", 0, 2), ("look", 0, 0), ("accept", 1, 300),
        ("refund", 0, 0), ("look", 0, 0), ("order", 1, 1), ("wait", 0, 48), ("settle", 0, 0), ("wait", 0, 12),
        ("freeze", 1, 0), ("settle", 0, 0), ("freeze", 1, 0), ("settle", 0, 0), ("accept", 0, 100),
        ("accept", 1, 100), ("order", 1, 2), ("cancel", 0, 0), ("settle", 0, 0), ("accept", 0, 100),
    ]  # fmt: skip
    for step in story:
        await world.tell(step)
    await world.agrees()
    states = [one.state for member in world.plain.members for one in member.stakes]
    assert sorted(set(states)) == ["CANCELLED", "LOST", "WON"]
