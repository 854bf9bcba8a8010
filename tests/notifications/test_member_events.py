"""A member's news as her phone hears it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.earning import taking_in
from backend.kit import db
from backend.kit.columns import table_of
from backend.kit.graphql import Context
from backend.kit.outbox import OutboxFact
from backend.ledger import notices
from backend.ledger.facts import MemberFact
from backend.ledger.models import Account
from backend.members import sessions
from backend.notifications import following
from backend.notifications.graphql import KINDS
from backend.rewards.models import RewardKind
from backend.schema import schema
from backend.tasks import awarding
from tests.builders import a_gift, a_member, an_event, an_order
from tests.rewards.builders import a_reward, cancels, redeems
from tests.tasks.days import check_in_on

pytestmark = pytest.mark.usefixtures("database")
EVENTS = """subscription ($after: Int) { memberEvents(after: $after) {
  __typename seq at available
  ... on PointsCredited { points entryId why { code text(locale: EN) } }
  ... on PointsTaken { points entryId why { code text(locale: EN) } }
  ... on ExpiryWarned { points expiresAt daysLeft }
  ... on TaskCompleted { taskId title(locale: EN) points }
  ... on TierChanged { tier { code name(locale: EN) } previous { code } }
  ... on RedemptionUpdated { redemptionId state rewardName(locale: ZH_CN) }
} }"""
LAST = "{ viewer { lastEventSeq points { available } } }"


async def test_a_credit_is_told_with_its_why_and_the_balance_after_it() -> None:
    ann = await a_member("ann")
    async with a_phone(ann, after=0) as news:
        await an_order("ann", 12.5)
        told = await heard(news)
    assert (told["__typename"], told["seq"], told["points"], told["available"]) == ("PointsCredited", 1, 24, 24)
    assert told["why"]["code"] == "ORDER"
    assert "12.50" in told["why"]["text"]


async def test_an_order_is_heard_live_without_asking_again() -> None:
    ann = await a_member("ann")
    event = await an_event("ann", 10)
    async with a_phone(ann, after=0) as news:
        waiting = asyncio.create_task(heard(news))
        await db.transact(taking_in.take_in, events=[event])
        assert (await waiting)["__typename"] == "PointsCredited"


async def test_a_redemption_is_told_as_taken_points_and_as_its_states() -> None:
    ann = await a_member("ann", points=500)
    reward = await a_reward("TEA", kind=RewardKind.SERVICE, points=120)
    redemption = (await redeems(ann, reward)).value
    await cancels(redemption)
    async with a_phone(ann, after=1) as news:
        taken, confirmed, back, cancelled = [await heard(news) for _ in range(4)]
    assert (taken["__typename"], taken["points"], taken["available"]) == ("PointsTaken", 120, 380)
    assert (confirmed["__typename"], confirmed["state"], confirmed["rewardName"]) == (
        "RedemptionUpdated",
        "CONFIRMED",
        "杯子",
    )
    assert (back["__typename"], back["points"], back["available"]) == ("PointsCredited", 120, 500)
    assert (cancelled["state"], cancelled["redemptionId"]) == ("CANCELLED", confirmed["redemptionId"])


async def test_a_warning_says_how_much_until_when() -> None:
    ann = await a_member("ann", points=70, expires_in=timedelta(days=6))
    await db.transact(notices.warn, member_ids=[ann])
    async with a_phone(ann, after=1) as news:
        told = await heard(news)
    assert (told["__typename"], told["points"], told["daysLeft"]) == ("ExpiryWarned", 70, 6)
    assert told["expiresAt"].endswith("Z")


async def test_a_finished_task_is_told_and_unknown_facts_are_left_out() -> None:
    ann = await a_member("ann")
    await check_in_on(ann, *(f"2026-11-{day}" for day in range(16, 21)))
    await db.transact(awarding.award_due, member_id=ann)
    async with a_phone(ann, after=0) as news:
        told = [await heard(news) for _ in range(7)]
    assert [one["__typename"] for one in told] == ["PointsCredited"] * 6 + ["TaskCompleted"]
    # Every check-in is two facts, and only the credit is news on the wire.
    assert [one["seq"] for one in told] == [1, 3, 5, 7, 9, 11, 12]
    assert (told[-1]["title"], told[-1]["points"]) == ("Check in 5 days in a row", 30)


async def test_a_change_of_tier_names_both_rungs() -> None:
    ann = await a_member("ann")
    await an_order("ann", 1000)
    async with a_phone(ann, after=0) as news:
        kinds = [await heard(news) for _ in range(2)]
    told = next(one for one in kinds if one["__typename"] == "TierChanged")
    assert told["tier"] == {"code": "SILVER", "name": "Silver"}
    assert told["previous"] == {"code": "BRONZE"}


async def test_an_answer_says_where_to_follow_from() -> None:
    ann = await a_member("ann", points=10)
    answer = (await ask(ann, LAST))["viewer"]
    assert answer == {"lastEventSeq": 1, "points": {"available": 10}}
    await a_gift(ann, 5)
    async with a_phone(ann, after=answer["lastEventSeq"]) as news:
        assert (await heard(news))["available"] == 15


async def test_a_dropped_connection_goes_on_where_it_was() -> None:
    ann = await a_member("ann", points=1)
    async with a_phone(ann, after=0) as news:
        last = (await heard(news))["seq"]
    await a_gift(ann, 2)
    await a_gift(ann, 3)
    async with a_phone(ann, after=last) as news:
        assert [(await heard(news))["points"] for _ in range(2)] == [2, 3]
        await a_gift(ann, 4)
        assert (await heard(news))["points"] == 4


async def test_nobody_signed_in_hears_nothing() -> None:
    results = await schema.stream(EVENTS, context_value=Context())
    first = await anext(aiter(results))
    assert first.errors[0].extensions["code"] == "UNAUTHENTICATED"


async def test_a_revoked_session_ends_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await a_member("ann", points=1)
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.1)
    context = await signed_in(ann)
    async with a_phone(ann, after=0, context=context) as news:
        await heard(news)
        assert context.identity.session_id is not None
        await db.transact(sessions.revoke, member_id=ann, session_id=context.identity.session_id)
        async with asyncio.timeout(12):
            assert [told async for told in news] == []


def test_every_kind_of_news_is_named_after_a_fact_that_exists() -> None:
    facts = {kind.__name__ for kind in MemberFact.__subclasses__()}
    assert facts - KINDS.keys() == {"CheckedIn"}, "she checked in herself and sees it"
    assert KINDS.keys() <= facts


async def signed_in(member_id: UUID) -> Context:
    """The context of a phone with a session of its own."""
    opened = await db.transact(sessions.open_session, member_id=member_id)
    return Context(identity=await sessions.identify(opened.cookie, None), cookie=opened.cookie)


@asynccontextmanager
async def a_phone(
    member_id: UUID, *, after: int | None, context: Context | None = None
) -> AsyncIterator[AsyncIterator[Any]]:
    """A subscription as the websocket runs it."""
    results = await schema.stream(
        EVENTS, variable_values={"after": after}, context_value=context or await signed_in(member_id)
    )
    yield aiter(results)
    await results.aclose()


async def heard(news: AsyncIterator[Any]) -> dict[str, Any]:
    """The next piece of news."""
    async with asyncio.timeout(30):
        result = await anext(news)
    assert result.errors is None, result.errors
    told: dict[str, Any] = result.data["memberEvents"]
    return told


async def ask(member_id: UUID, query: str) -> Any:
    result = await schema.execute(query, context_value=await signed_in(member_id))
    assert result.errors is None, result.errors
    return result.data


async def test_a_phone_ahead_of_restored_books_starts_over_and_hears_on() -> None:
    """After a restore the numbers go back: a phone that waits for higher ones would never hear again."""
    ann = await a_member("ann", points=30)
    async with a_phone(ann, after=900) as news:
        told = await heard(news)
        assert (told["__typename"], told["seq"], told["available"]) == ("StartOver", 1, 30)
        await an_order("ann", 10)
        assert ((told := await heard(news))["__typename"], told["seq"]) == ("PointsCredited", 2)
    async with a_phone(ann, after=1) as news:
        assert (await heard(news))["__typename"] == "PointsCredited"


async def test_a_listener_whose_books_are_put_back_under_her_starts_over_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT_SECONDS", 0.1)
    ann = await a_member("ann")
    for points in (5, 6, 7):
        await a_gift(ann, points)

    async def put_back(session: Any) -> None:
        # As a backup of an earlier moment would leave them.
        connection = await session.connection()
        await connection.execute(table_of(OutboxFact).delete().where(table_of(OutboxFact).c.seq > 1))
        await connection.execute(table_of(Account).update().values(told=1))

    async with a_phone(ann, after=0) as news:
        assert [(await heard(news))["seq"] for _ in range(3)] == [1, 2, 3]
        await db.transact(put_back)
        assert (told := await heard(news))["__typename"] == "StartOver" and told["seq"] == 1
