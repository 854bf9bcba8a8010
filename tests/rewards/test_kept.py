"""The catalogue that is kept: what was changed is seen at once here, and soon elsewhere, whatever was lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.kit import clock, db, hearing, shared
from backend.rewards import catalogue, kept, shelves, stocking
from backend.rewards.kept import Catalogue
from backend.rewards.models import Reward
from tests.rewards.builders import a_member, a_reward, cancels, redeems

pytestmark = pytest.mark.usefixtures("database")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUR = 3600.0


@pytest.fixture
def an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at again by itself: what is seen, a fact has told."""
    monkeypatch.setattr(shared, "FRESH_SECONDS", HOUR)


async def changes(reward: Reward, **asked: Any) -> None:
    await db.transact(catalogue.update_reward, reward_id=reward.id, changes=asked)


async def points_of(reward: Reward) -> int:
    return (await kept.now()).goods.by_id[reward.id].points


@pytest.mark.usefixtures("an_hour")
async def test_the_next_request_here_sees_what_an_operator_changed() -> None:
    cup = await a_reward("CUP", points=100, stock=3)
    assert await points_of(cup) == 100
    await changes(cup, points=80)
    assert await points_of(cup) == 80
    await changes(cup, withdrawn=True)
    assert (await kept.now()).goods.by_id[cup.id].withdrawn_at is not None
    tea = await a_reward("TEA", stock=1)
    assert (await kept.now()).left("TEA") == 1, tea.sku


@pytest.mark.usefixtures("an_hour")
async def test_every_piece_that_goes_or_comes_back_is_seen_here() -> None:
    cup, ann = await a_reward("CUP", points=10, stock=3), await a_member("ann", points=100)
    assert (await kept.now()).left("CUP") == 3
    redemption = (await redeems(ann, cup)).value
    assert (await kept.now()).left("CUP") == 2
    await cancels(redemption)
    assert (await kept.now()).left("CUP") == 3
    await db.transact(stocking.add_stock, key=cup.id, operator="olga", reward_id=cup.id, quantity=5)
    assert (await kept.now()).left("CUP") == 8
    assert (await kept._read(await kept.now())) is await kept.now(), "told of every change, it need not be read again"


@pytest.mark.usefixtures("an_hour")
async def test_what_became_hot_is_on_the_hot_shelf() -> None:
    cup, ann = await a_reward("CUP", points=10), await a_member("ann", points=100)
    assert not (await kept.now()).goods.by_id[cup.id].hot
    await redeems(ann, cup)
    await db.transact(shelves.refresh_hot)
    assert (await kept.now()).goods.by_id[cup.id].hot


async def test_another_process_sees_it_in_time_though_no_message_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FRESH_SECONDS", 0.5)
    cup, ann = await a_reward("CUP", points=10, stock=3), await a_member("ann", points=100)
    assert (await kept.now()).left("CUP") == 3
    monkeypatch.setattr(hearing, "tell", lambda fact, body: None)
    await redeems(ann, cup)
    await changes(cup, points=20)
    await asyncio.sleep(0.6)
    assert ((await kept.now()).left("CUP"), await points_of(cup)) == (2, 20)


@ON_SQLITE
async def test_a_late_message_changes_nothing_back() -> None:
    cup, ann = await a_reward("CUP", points=10, stock=3), await a_member("ann", points=100)
    await kept.now()
    await redeems(ann, cup)
    await redeems(ann, cup)
    assert (await kept.now()).left("CUP") == 1
    hearing.tell("StockChanged", {"sku": "CUP", "left": 2, "redeemed": 1, "version": 1})
    assert (await kept.now()).left("CUP") == 1


@ON_SQLITE
async def test_who_was_given_it_before_keeps_what_she_was_given() -> None:
    cup = await a_reward("CUP", points=10, stock=3)
    before = await kept.now()
    await changes(cup, points=20)
    await db.transact(stocking.add_stock, key=cup.id, operator="olga", reward_id=cup.id, quantity=5)
    after = await kept.now()
    assert (before.goods.by_id[cup.id].points, before.left("CUP")) == (10, 3)
    assert (after.goods.by_id[cup.id].points, after.left("CUP")) == (20, 8)


@ON_SQLITE
@pytest.mark.usefixtures("an_hour")
async def test_shelves_go_by_the_clock_though_nothing_is_read_again() -> None:
    opens = clock.now() + timedelta(days=1)
    cup = await a_reward("CUP", available_from=opens, available_until=opens + timedelta(days=2))
    assert on_show(await kept.now()) == ["CUP"], "shown before it opens"
    clock.turn(timedelta(days=3, minutes=1))
    assert on_show(await kept.now()) == []
    clock.turn(timedelta(0))
    assert on_show(await kept.now()) == [cup.sku]


def on_show(found: Catalogue) -> list[str]:
    return [one.sku for one in found.goods.newest if one.is_offered(clock.now())]
