"""Redeeming: points become a reward, all of it or nothing of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.ledger.book import Book
from backend.members import delivery, enrolment
from backend.members.delivery import Delivery
from backend.programme import terms
from backend.rewards import catalogue, handing_out, means, redemptions, stocking
from backend.rewards.facts import RewardRedeemed
from backend.rewards.models import Redemption, Reward, RewardKind
from backend.rewards.why_not import Means, why_not


class DeliveryNeeded(Refused):
    """Say where this reward should go first."""


class PriceChanged(Refused):
    """The price has changed. Look again before you redeem."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.points = points


async def redeem_reward(
    session: AsyncSession, *, key: UUID, member_id: UUID, reward_id: UUID, expected_points: int | None = None
) -> Done[Redemption]:
    """Burn the reward's points for one piece of it; a coupon gives its code, anything picked up a pick-up code.

    A physical reward goes where the member's default delivery says now. The same key returns the first redemption.
    `expected_points`: the price she saw; at any other price nothing happens.
    Raises KeyReused, NotFound, NotEnrolled, PriceChanged, whatever `why_not` says, and DeliveryNeeded.
    """
    name, request = f"redeem:{key}", {"reward": str(reward_id)}
    book = await posting.open_book(session, member_id, name)
    if (entry := book.already(name, request)) is not None:
        return Done(await redemptions.one(session, member_id, entry.entry_id), replayed=True)
    reward = await catalogue.find(session, reward_id)
    await enrolment.must_be_enrolled(session, member_id)
    if expected_points not in (None, reward.points):
        raise PriceChanged(reward.points)
    posting.expire(book, moment=clock.now())
    if (refused := await _refusal(session, book, reward)) is not None:
        raise refused
    destination = await _destination(session, member_id, reward)
    redemption = handing_out.made(book, name, reward, destination, points=reward.points)
    _burn(book, name, request, reward)
    book.tell(_told(redemption, reward))
    await posting.write(session, [book])
    await handing_out.hand_out(session, redemption, reward, destination)
    await stocking.take_one(session, reward.sku)
    return Done(redemption)


async def _refusal(session: AsyncSession, book: Book, reward: Reward) -> Refused | None:
    # Counted under the account's lock, so that two redemptions at once cannot both be the last one allowed.
    has = Means(
        burnable=book.burnable(),
        rank=await means.rank(session, book.member_id, [reward]),
        frozen=book.account.frozen_at is not None,
        redeemed=await means.redeemed(session, book.member_id, [reward]),
    )
    left = (await stocking.left(session, [reward.sku]))[reward.sku]
    return why_not(reward, left=left, means=has, terms=await terms.in_force(session), moment=clock.now())


async def _destination(session: AsyncSession, member_id: UUID, reward: Reward) -> Delivery | None:
    if reward.kind != RewardKind.PHYSICAL:
        return None
    destination = await delivery.of(session, member_id)
    if destination is None:
        raise DeliveryNeeded
    return destination


def _burn(book: Book, name: str, request: Mapping[str, Any], reward: Reward) -> None:
    posting.burn(
        book,
        key=name,
        points=reward.points,
        actor="member",
        why={"code": "REDEMPTION", "sku": reward.sku, "reward": str(reward.id), "name": dict(reward.name)},
        reference=str(book.entry_id(name)),
        request=request,
    )


def _told(redemption: Redemption, reward: Reward) -> RewardRedeemed:
    return RewardRedeemed(
        member_id=redemption.member_id,
        redemption_id=redemption.id,
        reward_id=reward.id,
        sku=reward.sku,
        kind=reward.kind,
        category=reward.category,
        points=redemption.points,
        state=redemption.state,
        reward_name=reward.name,
    )
