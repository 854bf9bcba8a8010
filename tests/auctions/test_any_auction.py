"""Whatever is bid, raised, bought, cancelled and closed, and whenever: it ends as the plain auction says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from backend import schedule
from backend.kit import clock
from backend.kit.errors import Refused
from tests.auctions.builders import an_auction, bids, buys, cancels, row_of, who_holds_what
from tests.auctions.plain_auction import PlainAuction, Step
from tests.builders import a_gift, a_member

pytestmark = pytest.mark.usefixtures("database")
PEOPLE = 3
LADDER: list[tuple[int | None, int]] = [(50, 5), (200, 20), (None, 50)]
MINUTES = 7
"""No sum of these is a sum of the soft close and the hour, so that no moment falls on an edge."""

people = st.integers(0, PEOPLE - 1)
stories = st.lists(
    st.one_of(
        st.builds(Step, st.just("bid"), people, st.integers(1, 400)),
        st.builds(Step, st.just("bid"), people, st.sampled_from([20, 25, 45, 50, 100, 200, 250, 300])),
        st.builds(Step, st.just("bid"), people, st.integers(1, 120)),
        st.builds(Step, st.just("wait"), st.just(0), st.sampled_from([MINUTES, 7 * MINUTES, 8 * MINUTES])),
        st.builds(Step, st.just("buy"), people),
        st.sampled_from([Step("worker"), Step("worker"), Step("cancel")]),
    ),
    max_size=14,
)
auctions = st.fixed_dictionaries(
    {
        "opening": st.sampled_from([0, 30]),
        "reserve": st.sampled_from([None, None, 150]),
        "buy_now": st.sampled_from([None, 260]),
        "cap": st.sampled_from([None, 300]),
        "extensions_max": st.integers(0, 2),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(said=auctions, purses=st.lists(st.integers(60, 400), min_size=PEOPLE, max_size=PEOPLE), story=stories)
async def test_any_auction_goes_as_the_plain_one(
    database: str, said: dict[str, Any], purses: list[int], story: list[Step]
) -> None:
    began = datetime.now(UTC)
    clock.turn(timedelta(0))
    members = [await a_member(f"{clock.microseconds(began)}-{who}") for who in range(PEOPLE)]
    for member_id, points in zip(members, purses, strict=True):
        await a_gift(member_id, points)
    plain = PlainAuction(**said, steps=LADDER, soft_close=10, ends=60, purses=list(purses))
    auction = await put_up(plain)
    for step in [*story, Step("wait", points=20 * MINUTES), Step("worker")]:
        told = await done(auction, members, step)
        assert told == plain.do(step)
        clock.turn(began + timedelta(minutes=plain.now) - datetime.now(UTC))
        assert await as_it_stands(auction, began) == as_the_plain_one(plain, members)
        assert await who_holds_what(members) == plain.balances()


async def put_up(plain: PlainAuction) -> UUID:
    return await an_auction(
        steps=[{"below": below, "points": points} for below, points in plain.steps],
        opening_points=plain.opening,
        reserve_points=plain.reserve,
        buy_now_points=plain.buy_now,
        maximum_per_member=plain.cap,
        soft_close_seconds=plain.soft_close * 60,
        extensions_max=plain.extensions_max,
        ends_in=timedelta(minutes=plain.ends),
    )


async def done(auction: UUID, members: list[UUID], step: Step) -> str:
    try:
        if step.act == "bid":
            await bids(members[step.who], auction, step.points)
        elif step.act == "buy":
            await buys(members[step.who], auction)
        elif step.act == "cancel":
            await cancels(auction)
        elif step.act == "worker":
            await schedule.move_auctions_on()
    except Refused as refused:
        return refused.code
    return "done"


async def as_it_stands(auction: UUID, began: datetime) -> tuple[Any, ...]:
    row = await row_of(auction)
    # An auction that was bought at once ended then; when the others end is compared to the minute.
    ends = round((row.ends_at - began) / timedelta(minutes=1)) if row.state != "CLOSED" else None
    return row.state, row.price, row.leader_id, row.bid_count, row.extensions, ends


def as_the_plain_one(plain: PlainAuction, members: list[UUID]) -> tuple[Any, ...]:
    leader = None if plain.leader is None else members[plain.leader]
    ends = plain.ends if plain.state != "CLOSED" else None
    return plain.state, plain.price, leader, plain.bids, plain.extensions, ends
