"""The catalogue: created once per key, changed, withdrawn, and found on its shelf."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from backend.kit import clock, db, ids
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, NotFound
from backend.ledger.book import KeyReused
from backend.programme import terms
from backend.rewards import catalogue, kept, shelves
from backend.rewards.kept import KeptReward
from backend.rewards.models import Reward, RewardKind
from backend.rewards.shelves import Shelf
from tests.rewards.builders import a_member, a_reward, cancels, redeems

DAY = timedelta(days=1)


async def changes(reward: Reward, **asked: Any) -> Done[Reward]:
    return await db.transact(catalogue.update_reward, reward_id=reward.id, changes=asked)


async def on(shelf: Shelf, *, kind: RewardKind | None = None, count: int = 50) -> list[str]:
    """The SKUs on a shelf, read page by page."""
    found: list[KeptReward] = []
    now = await terms.now()
    while True:
        after = shelves.position(shelf, found[-1]) if found else None
        if not (page := shelves.page(await kept.now(), now, shelf, kind=kind, after=after, count=count)):
            return [reward.sku for reward in found]
        found += page


async def test_the_same_key_creates_one_reward(database: str) -> None:
    key = ids.new()
    first = await a_reward("CUP", key=key, stock=3)
    assert (await a_reward("CUP", key=key, stock=3)).id == first.id == key
    with pytest.raises(KeyReused):
        await a_reward("CUP", key=key, stock=4)


async def test_one_key_at_once_creates_one_reward(database: str) -> None:
    key = ids.new()
    await a_reward("FIRST")
    await asyncio.gather(*(a_reward("CUP", key=key, stock=3) for _ in range(6)))
    assert Counter(await on(Shelf.ALL)) == {"CUP": 1, "FIRST": 1}


async def test_a_sku_belongs_to_one_reward(database: str) -> None:
    await a_reward("CUP")
    with pytest.raises(InvalidInput) as refused:
        await a_reward("CUP")
    assert refused.value.field == "sku"


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("sku", {"sku": "a cup"}),
        ("name", {"name": {"zh_cn": "杯子", "en": ""}}),
        ("description", {"description": {"en": "A cup"}}),
        ("category", {"category": " "}),
        ("points", {"points": 0}),
        ("points", {"points": 1_000_000_001}),
        ("valueMinor", {"value_minor": -1}),
        ("stock", {"stock": -1}),
        ("stock", {"stock": 1, "kind": RewardKind.COUPON}),
        ("limitPerMember", {"limit_per_member": 0}),
        ("minimumTier", {"minimum_tier": "PLATINUM"}),
    ],
)
async def test_nonsense_is_refused_by_the_name_of_its_field(database: str, field: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        await a_reward(**asked)
    assert refused.value.field == field
    assert await on(Shelf.ALL) == []


async def test_it_must_end_after_it_opens(database: str) -> None:
    cup = await a_reward(available_from=clock.now())
    with pytest.raises(InvalidInput):
        await changes(cup, available_until=cup.available_from)


async def test_a_change_counts_once(database: str) -> None:
    cup = await a_reward(limit_per_member=3)
    done = await changes(cup, points=120, limit_per_member=None)
    assert (done.value.points, done.value.limit_per_member, done.value.version) == (120, None, 2)
    again = await changes(cup, points=120)
    assert (again.replayed, again.value.version) == (True, 2)


async def test_a_new_price_is_paid_by_those_who_come_after(database: str) -> None:
    ann, cup = await a_member("ann", points=500), await a_reward()
    before = (await redeems(ann, cup)).value
    await changes(cup, points=300)
    assert (before.points, (await redeems(ann, cup)).value.points) == (100, 300)


async def test_what_is_withdrawn_leaves_the_shelves_and_may_come_back(database: str) -> None:
    cup = await a_reward()
    await changes(cup, withdrawn=True)
    assert await on(Shelf.ALL) == []
    await changes(cup, withdrawn=False)
    assert await on(Shelf.ALL) == ["CUP"]


async def test_changing_what_does_not_exist(database: str) -> None:
    with pytest.raises(NotFound):
        await changes(Reward(**{**(await a_reward()).model_dump(), "id": ids.new()}), points=1)


async def test_all_shows_the_newest_first_page_by_page(database: str) -> None:
    for number in range(5):
        await a_reward(f"R-{number}", kind=RewardKind.COUPON if number % 2 else RewardKind.SERVICE)
    await a_reward("OVER", available_until=clock.now())
    assert await on(Shelf.ALL, count=2) == ["R-4", "R-3", "R-2", "R-1", "R-0"]
    assert await on(Shelf.ALL, kind=RewardKind.COUPON) == ["R-3", "R-1"]


async def test_leaving_soon_shows_the_first_to_leave_first(database: str) -> None:
    await a_reward("STAYS")
    for days in (9, 3, 20, 3):
        await a_reward(f"D-{days}-{ids.new().hex[-4:].upper()}", available_until=clock.now() + days * DAY)
    assert [sku[:3] for sku in await on(Shelf.LEAVING_SOON, count=1)] == ["D-3", "D-3", "D-9"]


async def test_hot_is_what_members_redeemed_in_the_last_seven_days(database: str) -> None:
    ann = await a_member("ann", points=1000)
    cup, tea, cold, undone = [await a_reward(sku) for sku in ("CUP", "TEA", "COLD", "UNDONE")]
    for reward in (cup, tea, tea):
        await redeems(ann, reward)
    await cancels((await redeems(ann, undone)).value)
    assert await db.transact(shelves.refresh_hot) == 2
    assert await on(Shelf.HOT, count=1) == ["TEA", "CUP"]
    assert cold.sku not in await on(Shelf.HOT)
    clock.turn(8 * DAY)
    await redeems(ann, cup)
    assert await db.transact(shelves.refresh_hot) == 1
    assert await on(Shelf.HOT) == ["CUP"]
