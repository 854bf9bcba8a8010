"""The invariants see what would be wrong: each seeded fault is found and named."""

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db
from backend.rewards import invariants
from backend.rewards.models import RewardKind
from tests.rewards.builders import a_member, a_reward, cancels, redeems


class Undone(Exception):
    """Takes the fault back."""


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("UPDATE stock SET redeemed = redeemed + 1 WHERE sku = 'CUP'", "CUP: 2 redemptions that count"),
        ("UPDATE stock SET \"left\" = 7 WHERE sku = 'OFF'", "OFF: 1 unused codes, the stock says 7"),
        ("UPDATE coupon_code SET given_to = NULL", "has no code of the pool"),
        ("UPDATE redemption SET code_index = NULL", "has another code, or does not exist"),
        ("UPDATE redemption SET points = 1 WHERE sku = 'OFF'", "of 1 points has no burn of as many"),
        ("DELETE FROM entry WHERE kind = 'BURN'", "has no burn of as many"),
        ("UPDATE redemption SET state = 'CANCELLED' WHERE sku = 'CUP'", "was given back 0 times"),
        ("UPDATE redemption SET state = 'CONFIRMED' WHERE state = 'CANCELLED'", "was given back 1 times"),
    ],
)
async def test_a_fault_is_found_and_named(database: str, fault: str, words: str) -> None:
    ann = await a_member("ann", points=1000)
    cup, coupon = await a_reward("CUP", stock=9), await a_reward("OFF", kind=RewardKind.COUPON, codes=2)
    await redeems(ann, coupon)
    for _ in range(2):
        await redeems(ann, cup)
    await cancels((await redeems(ann, cup)).value)

    async def seed_and_look(session: AsyncSession) -> None:
        await (await session.connection()).execute(text(fault))
        found = await invariants.broken(session)
        raise Undone("\n".join(found))

    with pytest.raises(Undone, match=words):
        await db.transact(seed_and_look)
