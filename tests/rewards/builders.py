"""Members with points and rewards on the shelf, made by the product's own verbs."""

from typing import Any
from uuid import UUID

from backend.kit import db, ids
from backend.kit.done import Done
from backend.ledger import freezing
from backend.members import delivery
from backend.rewards import catalogue, fulfilment, means, redeeming, redemptions, stocking
from backend.rewards.models import Redemption, Reward, RewardKind
from backend.rewards.redeeming import Wish
from backend.rewards.redeeming_together import redeem_together
from tests import builders


async def a_member(name: str, *, points: int = 0, at_home: bool = True) -> UUID:
    """An enrolled member with points, and an address unless she is not `at_home`."""
    member_id = await builders.a_member(name, points=points)
    if at_home:
        where = {"recipient": "张三丰", "phone": "13800000001", "address": "上海市黄浦区西藏中路 268 号 3 楼"}
        await db.transact(delivery.save_home, member_id=member_id, **where)
    return member_id


async def frozen(member_id: UUID) -> None:
    """Her account moves nothing from now on."""
    await db.transact(freezing.freeze_account, key=ids.new(), member_id=member_id, reason="odd", actor="operator:olga")


async def a_reward(
    sku: str = "CUP", *, kind: RewardKind = RewardKind.SERVICE, codes: int = 0, **differing: Any
) -> Reward:
    asked = {
        "name": {"zh_cn": "杯子", "en": "Cup"},
        "description": {"zh_cn": "一只杯子", "en": "A cup"},
        "category": "home",
        "points": 100,
        "key": ids.new(),
        **differing,
    }
    reward = (await db.transact(catalogue.create_reward, sku=sku, kind=kind, **asked)).value
    if codes:
        given = [f"{sku}-{number:04}" for number in range(codes)]
        await db.transact(stocking.add_coupon_codes, reward_id=reward.id, given=given)
    return reward


async def redeems(
    member_id: UUID, reward: Reward, *, key: UUID | None = None, expected_points: int | None = None
) -> Done[Redemption]:
    """As the product does it: with whoever else redeems at the same moment."""
    wish = Wish(key or ids.new(), member_id, reward.id, expected_points)
    return await db.transact_together(redeem_together, redeeming.redeem_reward, wish)


async def redeems_alone(member_id: UUID, reward: Reward, *, key: UUID | None = None) -> Done[Redemption]:
    """As it is done when somebody was in the way."""
    return await db.transact(redeeming.redeem_reward, key=key or ids.new(), member_id=member_id, reward_id=reward.id)


async def cancels(redemption: Redemption, *, key: UUID | None = None, reason: str = "broken") -> Done[Redemption]:
    return await db.transact(
        fulfilment.cancel_redemption,
        key=key or ids.new(),
        redemption_id=redemption.id,
        reason=reason,
        actor="operator:olga",
    )


async def hands_over(redemption: Redemption) -> Done[Redemption]:
    return await db.transact(fulfilment.fulfil_redemption, redemption_id=redemption.id)


async def as_it_stands(redemption: Redemption) -> Redemption:
    async with db.read() as session:
        return await redemptions.one(session, redemption.member_id, redemption.id)


async def points_of(member_id: UUID) -> int:
    async with db.read() as session:
        return await means.burnable(session, member_id)


async def left_of(reward: Reward) -> int | None:
    async with db.read() as session:
        return (await stocking.left(session, [reward.sku]))[reward.sku]
