"""Members with points and rewards on the shelf, made by the product's own verbs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, db, ids
from backend.kit.done import Done
from backend.ledger import posting
from backend.members import delivery, enrolment
from backend.programme import publishing, terms
from backend.programme.terms import Terms
from backend.rewards import catalogue, fulfilment, means, redeeming, redemptions, stocking
from backend.rewards.models import Redemption, Reward, RewardKind


async def a_programme() -> None:
    first = Terms.model_validate(publishing.first_terms())
    terms.forget()
    await db.transact(
        publishing.publish_terms, changed=first, effective_from=publishing.BEGINNING, published_by="tests"
    )


async def a_member(name: str, *, points: int = 0, at_home: bool = True) -> UUID:
    await a_programme()

    async def joins(session: AsyncSession) -> UUID:
        member_id = (await enrolment.first_sight(session, [name]))[name]
        version = (await terms.in_force(session)).terms_version
        await enrolment.enrol(session, member_id=member_id, terms_version=version)
        return member_id

    member_id = await db.transact(joins)
    if at_home:
        where = {"recipient": "张三丰", "phone": "13800000001", "address": "上海市黄浦区西藏中路 268 号 3 楼"}
        await db.transact(delivery.save_home, member_id=member_id, **where)
    if points:
        await earns(member_id, points)
    return member_id


async def earns(member_id: UUID, points: int, *, expires_at: datetime | None = None) -> UUID:
    """Credits one lot; its id."""

    async def earn(session: AsyncSession) -> UUID:
        key = f"gift:{ids.new()}"
        book = await posting.open_book(session, member_id, key)
        entry = posting.earn(
            book,
            key=key,
            points=points,
            expires_at=expires_at,
            occurred_at=clock.now(),
            actor="tests",
            why={"code": "GIFT"},
        )
        await posting.write(session, [book])
        return entry.entry_id

    return await db.transact(earn)


async def a_reward(
    sku: str = "CUP", *, kind: RewardKind = RewardKind.SERVICE, codes: int = 0, **differing: Any
) -> Reward:
    await a_programme()
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


async def redeems(member_id: UUID, reward: Reward, *, key: UUID | None = None) -> Done[Redemption]:
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
