"""Rewards over GraphQL: what a phone and an operator's tool really send and get."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event

from backend.kit import db, ids, shared
from backend.kit.graphql import Context, global_id
from backend.members.roles import Identity
from backend.rewards import shelves
from backend.rewards.models import RewardKind
from backend.schema import schema
from tests.rewards.builders import a_member, a_reward, left_of, points_of, redeems

REDEEM = """
mutation($input: RedeemRewardInput!) { redeemReward(input: $input) {
  replayed
  refusal { code message ... on InsufficientPoints { missing } ... on InvalidInput { field } }
  redemption {
    id state points code balanceAfter entry { hash points why { code text(locale: EN) } }
    reward { sku } delivery { method recipient phone address }
  }
  reward { sku stock whyNot { code } }
  member { id points { available } }
} }
"""
SHELF = """
query($shelf: Shelf!, $after: String) { rewards(first: 50, shelf: $shelf, after: $after) {
  edges { cursor node {
    id sku kind name(locale: EN) description(locale: ZH_CN) points value { minor currency } stock hot
    minimumTier { code } limitPerMember availableFrom availableUntil
    whyNot { code ... on TierTooLow { required { code name(locale: EN) } } ... on LimitReached { limit } }
  } }
  pageInfo { hasNextPage endCursor }
} }
"""
MINE = """
{ viewer { redemptions(first: 10) { edges { node {
  id code state reward { sku } entry { hash } balanceAfter delivery { recipient }
} } } } }
"""


async def asks(who: UUID | str | None, query: str, **variables: Any) -> dict[str, Any]:
    """What `who` (a member, an operator's name or nobody) gets for a document."""
    identity = Identity(
        member_id=who if isinstance(who, UUID) else None,
        operator=who if isinstance(who, str) else None,
        session_id=None,
    )
    result = await schema.execute(query, variable_values=variables, context_value=Context(identity=identity))
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


async def acts(who: UUID | str, name: str, asked: dict[str, Any], answer: str) -> dict[str, Any]:
    """An operator's mutation `name` and what its payload says."""
    kind = name[0].upper() + name[1:] + "Input"
    document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ replayed refusal {{ code }} {answer} }} }}"
    payload: dict[str, Any] = (await asks(who, document, input=asked))[name]
    return payload


@contextmanager
def counted() -> Iterator[list[str]]:
    """The rows asked of the database meanwhile; the terms, read again every two seconds, do not count."""
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT") and "published_terms" not in statement:
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def key() -> str:
    return str(ids.new())


async def test_a_redemption_answers_with_everything_a_receipt_needs(database: str) -> None:
    ann, cup = await a_member("ann", points=150), await a_reward(kind=RewardKind.PHYSICAL, stock=3)
    asked = {"idempotencyKey": key(), "rewardId": global_id("Reward", cup.id)}
    done = (await asks(ann, REDEEM, input=asked))["redeemReward"]
    redemption = done["redemption"]
    assert (done["refusal"], done["replayed"]) == (None, False)
    assert (redemption["state"], redemption["points"], redemption["balanceAfter"]) == ("CONFIRMED", 100, 50)
    assert (redemption["entry"]["points"], len(redemption["entry"]["hash"])) == (-100, 64)
    assert redemption["entry"]["why"] == {"code": "REDEMPTION", "text": "Redeemed for Cup."}
    assert redemption["delivery"]["recipient"] == "张**"
    assert redemption["delivery"]["phone"] == "138****0001"
    assert done["reward"] == {"sku": "CUP", "stock": 2, "whyNot": {"code": "INSUFFICIENT_POINTS"}}
    assert done["member"]["points"]["available"] == 50
    again = (await asks(ann, REDEEM, input=asked))["redeemReward"]
    assert again["replayed"]
    assert again["redemption"] == redemption


async def test_a_refusal_is_data_with_its_number(database: str) -> None:
    ann, cup = await a_member("ann", points=58), await a_reward()
    asked = {"idempotencyKey": key(), "rewardId": global_id("Reward", cup.id)}
    done = (await asks(ann, REDEEM, input=asked))["redeemReward"]
    assert done["refusal"]["code"] == "INSUFFICIENT_POINTS"
    assert done["refusal"]["missing"] == 42
    assert (done["redemption"], done["reward"]["sku"], done["member"]["points"]["available"]) == (None, "CUP", 58)


async def test_an_id_of_something_else_is_a_refusal_too(database: str) -> None:
    ann = await a_member("ann", points=58)
    asked = {"idempotencyKey": key(), "rewardId": global_id("Member", ann)}
    done = (await asks(ann, REDEEM, input=asked))["redeemReward"]
    assert (done["refusal"]["code"], done["refusal"]["field"]) == ("INVALID_INPUT", "rewardId")
    assert done["reward"] is None


async def test_nobody_redeems_unless_signed_in(database: str) -> None:
    asked = {"idempotencyKey": key(), "rewardId": global_id("Reward", ids.new())}
    result = await schema.execute(REDEEM, variable_values={"input": asked}, context_value=Context())
    assert result.errors is not None
    assert [(error.extensions or {})["code"] for error in result.errors] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("who", ["member", "nobody"])
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("addStock", {"idempotencyKey": key(), "rewardId": "x", "quantity": 1}),
        ("addCouponCodes", {"rewardId": "x", "codes": ["A"]}),
        ("updateReward", {"id": "x"}),
        ("fulfilRedemption", {"id": "x"}),
        ("cancelRedemption", {"idempotencyKey": key(), "id": "x", "reason": "y"}),
    ],
)
async def test_operators_acts_are_for_operators(database: str, who: str, name: str, asked: dict[str, Any]) -> None:
    ann = await a_member("ann")
    kind = name[0].upper() + name[1:] + "Input"
    document = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ replayed }} }}"
    identity = Identity(member_id=ann if who == "member" else None, operator=None, session_id=None)
    result = await schema.execute(document, variable_values={"input": asked}, context_value=Context(identity=identity))
    assert result.errors is not None
    assert (result.errors[0].extensions or {})["code"] == "FORBIDDEN"


async def test_a_shelf_says_why_not_before_the_tap(database: str) -> None:
    ann = await a_member("ann", points=150)
    await a_reward("CUP", stock=1, value_minor=1990)
    await a_reward("GOLDEN", minimum_tier="GOLD")
    once = await a_reward("ONCE", points=10, limit_per_member=1)
    await redeems(ann, once)
    edges = (await asks(ann, SHELF, shelf="ALL"))["rewards"]["edges"]
    against = {edge["node"]["sku"]: edge["node"]["whyNot"] for edge in edges}
    assert against == {
        "CUP": None,
        "GOLDEN": {"code": "TIER_TOO_LOW", "required": {"code": "GOLD", "name": "Gold"}},
        "ONCE": {"code": "LIMIT_REACHED", "limit": 1},
    }
    cup = next(edge["node"] for edge in edges if edge["node"]["sku"] == "CUP")
    assert (cup["value"], cup["stock"]) == ({"minor": 1990, "currency": "CNY"}, 1)
    edges = (await asks(None, SHELF, shelf="ALL"))["rewards"]["edges"]
    assert {edge["node"]["whyNot"] for edge in edges} == {None}, "nobody is signed in, so nothing is said"


async def test_a_longer_shelf_costs_no_more_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What everybody shares is looked at again by the clock, not by who asks.
    monkeypatch.setattr(shared, "FRESH_SECONDS", 3600)
    ann = await a_member("ann", points=150)
    counts = []
    for sku in ("A", "B", "C", "D", "E", "F"):
        await a_reward(sku, minimum_tier="SILVER", limit_per_member=2)
        await a_reward(f"{sku}2", stock=5)
        await asks(ann, SHELF, shelf="ALL")
        with counted() as sent:
            await asks(ann, SHELF, shelf="ALL")
        counts.append(len(sent))
    assert len(set(counts)) == 1
    assert counts[0] <= 9


async def test_more_redemptions_cost_no_more_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What everybody shares is looked at again by the clock, not by who asks.
    monkeypatch.setattr(shared, "FRESH_SECONDS", 3600)
    ann, counts = await a_member("ann", points=5000), []
    for sku in ("A", "B", "C"):
        await redeems(ann, await a_reward(sku))
        await asks(ann, MINE)
        with counted() as sent:
            edges = (await asks(ann, MINE))["viewer"]["redemptions"]["edges"]
        counts.append(len(sent))
    assert [edge["node"]["reward"]["sku"] for edge in edges] == ["C", "B", "A"]
    assert [edge["node"]["balanceAfter"] for edge in edges] == [4700, 4800, 4900]
    assert len(set(counts)) == 1


async def test_shelves_are_paged_by_cursor(database: str) -> None:
    ann = await a_member("ann", points=500)
    for sku in ("A", "B", "C"):
        await redeems(ann, await a_reward(sku))
    await db.transact(shelves.refresh_hot)
    document = SHELF.replace("first: 50", "first: 2")
    one = (await asks(ann, document, shelf="HOT"))["rewards"]
    other = (await asks(ann, document, shelf="HOT", after=one["pageInfo"]["endCursor"]))["rewards"]
    assert (one["pageInfo"]["hasNextPage"], other["pageInfo"]["hasNextPage"]) == (True, False)
    shown = [edge["node"] for page in (one, other) for edge in page["edges"]]
    assert sorted(node["sku"] for node in shown) == ["A", "B", "C"]
    assert all(node["hot"] for node in shown)


async def test_an_operator_offers_a_reward_and_changes_it(database: str) -> None:
    words = {"zhCn": "杯子", "en": "Cup"}
    asked: dict[str, Any] = {"idempotencyKey": key(), "sku": "CUP", "kind": "PHYSICAL", "name": words}
    asked |= {"description": words, "category": "home", "points": 100, "stock": 1}
    created = await acts("olga", "createReward", asked, "reward { id name(locale: ZH_CN) stock }")
    reward_id = created["reward"].pop("id")
    assert (created["reward"], created["replayed"]) == ({"name": "杯子", "stock": 1}, False)
    assert (await acts("olga", "createReward", asked, "reward { id }"))["replayed"]
    more = {"idempotencyKey": key(), "rewardId": reward_id, "quantity": 4}
    assert (await acts("olga", "addStock", more, "reward { stock }"))["reward"] == {"stock": 5}
    answer = "reward { points limitPerMember name(locale: EN) }"
    changed = await acts("olga", "updateReward", {"id": reward_id, "points": 90, "limitPerMember": 2}, answer)
    assert changed["reward"] == {"points": 90, "limitPerMember": 2, "name": "Cup"}
    cleared = await acts("olga", "updateReward", {"id": reward_id, "limitPerMember": None, "name": None}, answer)
    assert cleared["reward"] == {"points": 90, "limitPerMember": None, "name": "Cup"}


async def test_an_operator_sends_one_parcel_and_cancels_another(database: str) -> None:
    ann, cup = await a_member("ann", points=500), await a_reward(kind=RewardKind.PHYSICAL, stock=5)
    for _ in range(2):
        await redeems(ann, cup)
    waiting = "{ operator { redemptions(state: CONFIRMED) { edges { node { id delivery { recipient } } } } } }"
    edges = (await asks("olga", waiting))["operator"]["redemptions"]["edges"]
    assert [edge["node"]["delivery"]["recipient"] for edge in edges] == ["张**"] * 2
    first, second = (edge["node"]["id"] for edge in edges)
    packed = "query($id: ID!) { operator { redemptionToSend(id: $id) { delivery { recipient phone address } } } }"
    opened = (await asks("olga", packed, id=first))["operator"]["redemptionToSend"]["delivery"]
    assert opened == {"recipient": "张三丰", "phone": "+8613800000001", "address": "上海市黄浦区西藏中路 268 号 3 楼"}
    sent = await acts("olga", "fulfilRedemption", {"id": first, "note": "SF1234"}, "redemption { state }")
    assert sent["redemption"] == {"state": "FULFILLED"}
    back = {"idempotencyKey": key(), "id": second, "reason": "broken"}
    undone = await acts("olga", "cancelRedemption", back, "redemption { state reward { stock } }")
    assert undone["redemption"] == {"state": "CANCELLED", "reward": {"stock": 4}}
    late = await acts("olga", "cancelRedemption", back | {"id": first, "idempotencyKey": key()}, "redemption { id }")
    assert (late["refusal"], late["redemption"]) == ({"code": "NOT_CANCELLABLE"}, None)
    assert await points_of(ann) == 400
    assert (await asks("olga", waiting))["operator"]["redemptions"]["edges"] == []


async def test_codes_come_in_by_mutation_and_out_by_redemption(database: str) -> None:
    ann, coupon = await a_member("ann", points=500), await a_reward("OFF", kind=RewardKind.COUPON)
    wire_id = global_id("Reward", coupon.id)
    filled = await acts("olga", "addCouponCodes", {"rewardId": wire_id, "codes": ["X-1", "X-1"]}, "reward { stock }")
    assert filled["reward"] == {"stock": 1}
    asked = {"idempotencyKey": key(), "rewardId": wire_id}
    assert (await asks(ann, REDEEM, input=asked))["redeemReward"]["redemption"]["code"] == "X-1"
    assert await left_of(coupon) == 0


async def test_a_redemption_is_read_by_its_member_and_by_operators_only(database: str) -> None:
    ann, ben, cup = await a_member("ann", points=100), await a_member("ben"), await a_reward()
    wire_id = global_id("Redemption", (await redeems(ann, cup)).value.id)
    document = "query($id: ID!) { node(id: $id) { id ... on Redemption { code } } }"
    assert (await asks(ann, document, id=wire_id))["node"]["code"]
    assert (await asks("olga", document, id=wire_id))["node"]["code"]
    assert (await asks(ben, document, id=wire_id))["node"] is None
    assert (await asks(None, document, id=wire_id))["node"] is None
    mine = "query($id: ID!) { viewer { redemption(id: $id) { id } } }"
    assert (await asks(ann, mine, id=wire_id))["viewer"]["redemption"] == {"id": wire_id}
    assert (await asks(ben, mine, id=wire_id))["viewer"]["redemption"] is None


async def test_a_reward_is_found_by_id(database: str) -> None:
    cup = await a_reward()
    document = "query($id: ID!) { reward(id: $id) { sku } node(id: $id) { ... on Reward { sku } } }"
    assert await asks(None, document, id=global_id("Reward", cup.id)) == {
        "reward": {"sku": "CUP"},
        "node": {"sku": "CUP"},
    }
    assert await asks(None, document, id=global_id("Reward", ids.new())) == {"reward": None, "node": None}
