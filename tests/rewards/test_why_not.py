"""Why not: the same answer before the tap and from the verb, in one order, with numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.kit import clock, db, ids
from backend.kit.errors import Refused
from backend.ledger.book import AccountFrozen
from backend.ledger.posting import InsufficientPoints
from backend.programme import publishing, terms
from backend.programme.terms import Terms
from backend.rewards import catalogue, means, stocking
from backend.rewards.models import Reward, RewardKind
from backend.rewards.why_not import (
    LimitReached,
    Means,
    NotOpenYet,
    OutOfStock,
    RewardGone,
    TierTooLow,
    why_not,
)
from tests.rewards.builders import a_member, a_reward, frozen, points_of, redeems

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms.model_validate(publishing.first_terms())
CUP = UUID(int=7)
PLENTY = Means(burnable=1000)


def a_cup(**differing: Any) -> Reward:
    words = {"zh_cn": "杯子", "en": "Cup"}
    usual: dict[str, Any] = {"id": CUP, "sku": "CUP", "kind": RewardKind.SERVICE.value, "name": words}
    usual |= {"description": words, "category": "home", "points": 100, "created_at": NOON, "request_hash": b""}
    return Reward(**usual | differing)


@pytest.mark.parametrize(
    ("differing", "left", "has", "refused", "number"),
    [
        pytest.param({}, 5, PLENTY, None, None, id="nothing against it"),
        pytest.param({}, None, PLENTY, None, None, id="unlimited"),
        pytest.param({}, 5, Means(burnable=100), None, None, id="exactly enough points"),
        pytest.param({}, 5, Means(burnable=1000, frozen=True), AccountFrozen, None, id="frozen"),
        pytest.param({"withdrawn_at": NOON}, 5, PLENTY, RewardGone, None, id="withdrawn"),
        pytest.param({"available_until": NOON}, 5, PLENTY, RewardGone, None, id="over this instant"),
        pytest.param({"available_until": NOON + DAY}, 5, PLENTY, None, None, id="over tomorrow"),
        pytest.param({"available_from": NOON + DAY}, 5, PLENTY, NotOpenYet, NOON + DAY, id="opens tomorrow"),
        pytest.param({"available_from": NOON}, 5, PLENTY, None, None, id="opens this instant"),
        pytest.param({"minimum_tier": "GOLD"}, 5, Means(1000, rank=1), TierTooLow, "GOLD", id="silver wants gold's"),
        pytest.param({"minimum_tier": "GOLD"}, 5, Means(1000, rank=2), None, None, id="gold takes gold's"),
        pytest.param({"minimum_tier": "LOST"}, 5, Means(1000, rank=1), TierTooLow, "GOLD", id="a tier that is no more"),
        pytest.param({}, 0, PLENTY, OutOfStock, None, id="none left"),
        pytest.param({"limit_per_member": 2}, 5, Means(1000, redeemed={CUP: 2}), LimitReached, 2, id="had them all"),
        pytest.param({"limit_per_member": 2}, 5, Means(1000, redeemed={CUP: 1}), None, None, id="one more allowed"),
        pytest.param({}, 5, Means(burnable=58), InsufficientPoints, 42, id="42 points missing"),
    ],
)
def test_what_stands_against_a_reward(
    differing: dict[str, Any], left: int | None, has: Means, refused: type[Refused] | None, number: Any
) -> None:
    answer = why_not(a_cup(**differing), left=left, means=has, terms=TERMS, moment=NOON)
    assert (type(answer) if answer else None) is refused
    carried = {name: getattr(answer, name, None) for name in ("opens_at", "limit", "missing")}
    carried["tier"] = answer.required.code if isinstance(answer, TierTooLow) else None
    assert [value for value in carried.values() if value is not None] == ([] if number is None else [number])


CURES: list[tuple[type[Refused], dict[str, Any]]] = [
    (AccountFrozen, {"frozen": False}),
    (RewardGone, {"withdrawn_at": None}),
    (NotOpenYet, {"available_from": None}),
    (TierTooLow, {"rank": 2}),
    (OutOfStock, {"left": 1}),
    (LimitReached, {"redeemed": {}}),
    (InsufficientPoints, {"burnable": 100}),
]
"""Every reason in the order they are told, with what takes it away."""


def test_the_first_of_several_reasons_is_the_one_told() -> None:
    reward: dict[str, Any] = {"limit_per_member": 1, "minimum_tier": "GOLD", "withdrawn_at": NOON}
    reward |= {"available_from": NOON + DAY}
    has: dict[str, Any] = {"burnable": 0, "frozen": True, "rank": 0, "redeemed": {CUP: 1}}
    left = 0
    for reason, cure in CURES:
        answer = why_not(a_cup(**reward), left=left, means=Means(**has), terms=TERMS, moment=NOON)
        assert type(answer) is reason
        left = cure.get("left", left)
        reward |= {name: value for name, value in cure.items() if name in reward}
        has |= {name: value for name, value in cure.items() if name in has}
    assert why_not(a_cup(**reward), left=left, means=Means(**has), terms=TERMS, moment=NOON) is None


@pytest.mark.parametrize(
    ("differing", "points", "refused"),
    [
        pytest.param({}, 1000, None, id="nothing against it"),
        pytest.param({"available_from": timedelta(hours=1)}, 1000, NotOpenYet, id="opens later"),
        pytest.param({"available_until": -timedelta(hours=1)}, 1000, RewardGone, id="over"),
        pytest.param({"withdrawn": True}, 1000, RewardGone, id="withdrawn"),
        pytest.param({"minimum_tier": "SILVER"}, 1000, TierTooLow, id="bronze wants silver's"),
        pytest.param({"stock": 0}, 1000, OutOfStock, id="none left"),
        pytest.param({"limit_per_member": 1, "redeemed": True}, 1000, LimitReached, id="had one"),
        pytest.param({}, 99, InsufficientPoints, id="a point missing"),
        pytest.param({"frozen": True}, 1000, AccountFrozen, id="frozen"),
    ],
)
async def test_the_answer_before_the_tap_is_the_verbs(
    database: str, differing: dict[str, Any], points: int, refused: type[Refused] | None
) -> None:
    ann = await a_member("ann", points=points)
    times = {name: clock.now() + value for name, value in differing.items() if name.startswith("available")}
    asked = {name: value for name, value in differing.items() if value is not True}
    reward = await a_reward(**asked | times)
    if "redeemed" in differing:
        await redeems(ann, reward)
    if "frozen" in differing:
        await frozen(ann)
    if "withdrawn" in differing:
        await db.transact(catalogue.update_reward, reward_id=reward.id, changes={"withdrawn": True})
    before = await points_of(ann)
    told = await told_before_the_tap(ann, reward.id)
    assert (type(told) if told else None) is refused
    if refused is None:
        await redeems(ann, reward)
        return
    with pytest.raises(refused) as raised:
        await redeems(ann, reward)
    assert told is not None
    assert numbers(raised.value) == numbers(told)
    assert await points_of(ann) == before


def numbers(refused: Refused) -> dict[str, Any]:
    return dict(refused.__dict__)


async def told_before_the_tap(member_id: UUID, reward_id: UUID) -> Refused | None:
    async with db.read() as session:
        reward = await catalogue.find(session, reward_id)
        has = await means.of(session, member_id, [reward])
        left = (await stocking.left(session, [reward.sku]))[reward.sku]
        return why_not(reward, left=left, means=has, terms=await terms.in_force(session), moment=clock.now())


async def test_a_reward_opens_and_closes_by_the_clock(database: str) -> None:
    ann, opens = await a_member("ann", points=300), clock.now() + timedelta(days=1)
    cup = await a_reward(available_from=opens, available_until=opens + timedelta(days=1))
    with pytest.raises(NotOpenYet) as refused:
        await redeems(ann, cup, key=ids.new())
    assert refused.value.opens_at == opens
    clock.turn(timedelta(days=1, minutes=1))
    await redeems(ann, cup)
    clock.turn(timedelta(days=2, minutes=1))
    with pytest.raises(RewardGone):
        await redeems(ann, cup)
