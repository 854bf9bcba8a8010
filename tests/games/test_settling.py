"""What becomes of a stake: won or captured exactly once, whatever comes late, is given back or is frozen."""

from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from backend.games import settling
from backend.games.models_challenges import ChallengeKind
from backend.games.staking import ChallengeNotOpen
from backend.kit import db
from backend.kit.outbox import OutboxFact
from backend.ledger import holding
from backend.ledger.models import Entry
from tests.builders import a_member, a_refund, an_order, balance, take_in
from tests.games.builders import a_challenge, as_it_stands, cancels, freeze, look, offered, orders, settle, takes_up
from tests.tasks.days import check_in, repair, turn_to

pytestmark = pytest.mark.usefixtures("database")


async def test_reached_the_stake_is_back_and_the_bonus_earned_once_and_told() -> None:
    ann, challenge = await a_member("ann", points=1000), await a_challenge()
    stake = (await takes_up(ann, challenge, 300)).value
    await orders("ann", 2)
    assert await look(ann) == []
    before = (await balance(ann))[0]
    await orders("ann", 1)
    more = (await balance(ann))[0] - before
    assert [one.state for one in await look(ann)] == ["WON"]
    assert await balance(ann) == (before + more + 300 + 60, 0)
    assert await look(ann) == [] and await settle(ann) == 0
    won = await as_it_stands(stake)
    assert (won.counted, won.bonus_entry_id is not None) == (3, True)
    assert await told(ann) == [("ChallengeWon", 300, 60)]
    assert await codes(ann) == ["CHALLENGE_STAKE", "CHALLENGE_STAKE_BACK", "CHALLENGE_WON"]
    assert (await offered(challenge)).promised == 60


async def test_missed_the_stake_is_captured_once_and_told() -> None:
    turn_to("2026-11-23 10:00")
    ann, challenge = await a_member("ann", points=1000), await a_challenge()
    stake = (await takes_up(ann, challenge, 300)).value
    await orders("ann", 2)
    turn_to("2026-12-01 23:59:50")
    assert await settle(ann) == 0
    turn_to("2026-12-02 00:00:01")
    assert await due() == [ann]
    before = await balance(ann)
    assert await settle(ann) == 1
    assert await balance(ann) == (before[0], before[1] - 300)
    assert await settle(ann) == 0 and await due() == []
    assert ((await as_it_stands(stake)).state, (await as_it_stands(stake)).counted) == ("LOST", 2)
    assert await told(ann) == [("ChallengeLost", 300, None)]
    assert (await offered(challenge)).promised == 0


async def test_an_order_paid_in_time_counts_however_late_it_is_told_within_the_grace() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann", points=1000)
    stake = (await takes_up(ann, await a_challenge(days=1, grace_hours=24))).value
    await orders("ann", 2)
    turn_to("2026-11-25 12:00")
    await orders("ann", 1, at="2026-11-25 09:00:00")
    assert await look(ann) == [], "paid after the end"
    await orders("ann", 1, at="2026-11-24 23:59:59")
    assert [one.id for one in await look(ann)] == [stake.id]


async def test_orders_of_before_do_not_count() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann", points=1000)
    await takes_up(ann, await a_challenge())
    await orders("ann", 3, at="2026-11-23 09:59:59")
    assert await look(ann) == []


async def test_what_was_given_back_before_it_is_settled_does_not_count() -> None:
    turn_to("2026-11-23 10:00")
    ann, challenge = await a_member("ann", points=1000), await a_challenge(days=1, grace_hours=0)
    stake = (await takes_up(ann, challenge, 300)).value
    await an_order("ann", 0.5, ref="A-1")
    await orders("ann", 1)
    await take_in([await a_refund("ann", "A-1")])
    await orders("ann", 1)
    assert await look(ann) == []
    turn_to("2026-11-25 00:00")
    assert await settle(ann) == 1
    assert (await as_it_stands(stake)).state == "LOST"


async def test_a_bonus_won_by_orders_that_are_given_back_is_taken_back_once() -> None:
    ann, challenge = await a_member("ann", points=1000), await a_challenge()
    stake = (await takes_up(ann, challenge, 300)).value
    await an_order("ann", 0.5, ref="A-1")
    await orders("ann", 2)
    assert len(await look(ann)) == 1
    won = await balance(ann)
    await take_in([await a_refund("ann", "A-1")])
    assert [one.id for one in await look(ann)] == [stake.id]
    assert await look(ann) == []
    # The order had earned points of its own, less than one for half a yuan of it here.
    after, taken = await balance(ann), await as_it_stands(stake)
    assert (taken.state, taken.taken_back_at is not None) == ("WON", True)
    assert won[0] - after[0] >= 60 and after[1] == 0
    assert (await codes(ann))[-1] == "CHALLENGE_UNDONE"


async def test_money_spent_is_counted_less_what_was_given_back() -> None:
    ann = await a_member("ann", points=1000)
    await takes_up(ann, await a_challenge(kind=ChallengeKind.SPEND, goal=20000))
    await an_order("ann", 150, ref="A-1")
    await take_in([await a_refund("ann", "A-1", 50)])
    await an_order("ann", 99.99)
    assert await look(ann) == []
    await an_order("ann", 0.01)
    assert len(await look(ann)) == 1


async def test_days_checked_in_are_counted_and_repaired_ones_are_not() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann", points=1000)
    await check_in(ann)
    await takes_up(ann, await a_challenge(kind=ChallengeKind.CHECK_INS, goal=3, days=3))
    assert await look(ann) == []
    turn_to("2026-11-25 09:00")
    await repair(ann, "2026-11-24")
    await check_in(ann)
    assert await look(ann) == []
    turn_to("2026-11-26 23:59")
    await check_in(ann)
    assert len(await look(ann)) == 1


async def test_a_check_in_of_the_morning_after_is_too_late() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann", points=1000)
    await takes_up(ann, await a_challenge(kind=ChallengeKind.CHECK_INS, goal=3, days=2))
    for day in ("23", "24", "26"):
        turn_to(f"2026-11-{day} 11:00")
        await check_in(ann)
    assert await look(ann) == []


async def test_cancelling_gives_every_stake_back_but_what_was_won() -> None:
    challenge = await a_challenge()
    ann, ben = await a_member("ann", points=1000), await a_member("ben", points=1000)
    stakes = [(await takes_up(who, challenge, 300)).value for who in (ann, ben)]
    await orders("ben", 3)
    await cancels(challenge)
    assert (await cancels(challenge)).replayed
    with pytest.raises(ChallengeNotOpen):
        await takes_up(await a_member("cai", points=900), challenge)
    assert await due() == sorted([ann, ben])
    assert await settle(ann, ben) == 2
    assert [(await as_it_stands(one)).state for one in stakes] == ["CANCELLED", "WON"]
    assert await balance(ann) == (1000, 0)
    assert await told(ann) == [("ChallengeCancelled", 300, None)]


async def test_a_frozen_account_waits_and_is_settled_once_it_thaws() -> None:
    turn_to("2026-11-23 10:00")
    ann, challenge = await a_member("ann", points=1000), await a_challenge(days=1, grace_hours=0)
    stake = (await takes_up(ann, challenge, 300)).value
    await orders("ann", 3)
    await freeze(ann)
    assert await look(ann) == []
    turn_to("2026-11-26 00:00")
    assert await due() == [] and await settle(ann) == 0
    assert (await as_it_stands(stake)).state == "RUNNING"
    await freeze(ann, thaw=True)
    assert await due() == [ann] and await settle(ann) == 1
    assert (await as_it_stands(stake)).state == "WON"


async def test_a_hold_that_an_operator_let_go_cancels_its_stake() -> None:
    turn_to("2026-11-23 10:00")
    ann, challenge = await a_member("ann", points=1000), await a_challenge(days=1, grace_hours=0)
    stake = (await takes_up(ann, challenge, 300)).value
    asked: dict[str, Any] = {"key": uuid4(), "member_id": ann, "hold_id": stake.id, "actor": "operator:olga"}
    await db.transact(holding.let_go_hold, reason="an error", **asked)
    turn_to("2026-11-26 00:00")
    assert await settle(ann) == 1
    assert (await as_it_stands(stake)).state == "CANCELLED"
    assert await balance(ann) == (1000, 0)
    assert (await offered(challenge)).promised == 0


async def test_a_hold_beyond_its_last_day_goes_back_instead_of_being_captured() -> None:
    turn_to("2026-11-23 10:00")
    ann = await a_member("ann", points=1000)
    stake = (await takes_up(ann, await a_challenge(days=1, grace_hours=0), 300)).value
    turn_to("2027-01-20 00:00")
    assert await settle(ann) == 1
    assert ((await as_it_stands(stake)).state, await balance(ann)) == ("CANCELLED", (1000, 0))


async def due() -> list[Any]:
    async with db.read() as session:
        return list(await settling.members_with_stakes_to_settle(session))


async def told(member_id: Any) -> list[tuple[str, int, int | None]]:
    async with db.read() as session:
        rows = await session.exec(select(OutboxFact).where(OutboxFact.stream == f"member:{member_id}"))
        return [(row.name, row.body["stake"], row.body.get("bonus")) for row in rows if row.name.startswith("Chall")]


async def codes(member_id: Any) -> list[str]:
    async with db.read() as session:
        rows = await session.exec(select(Entry).where(Entry.member_id == member_id).order_by(Entry.seq))  # type: ignore[arg-type]
        return [code for row in rows if (code := row.why["code"]).startswith("CHALLENGE")]
