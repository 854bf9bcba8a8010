"""Redeeming: points become a reward, all of it or nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock, ids
from backend.kit.done import Done
from backend.kit.errors import Refused
from backend.ledger import posting
from backend.ledger.book import Book
from backend.members.delivery import Delivery
from backend.members.enrolment import NotEnrolled
from backend.rewards import handing_out, redemptions, seeing, stocking
from backend.rewards.facts import RewardRedeemed
from backend.rewards.kept import KeptReward
from backend.rewards.models import Redemption, RewardKind
from backend.rewards.seeing import Seen
from backend.rewards.why_not import why_not


@dataclass(frozen=True)
class Wish:
    """Who wants which reward, under which key, at the price she saw."""

    key: UUID
    member_id: UUID
    reward_id: UUID
    expected_points: int | None = None

    @property
    def name(self) -> str:
        """What its movement is called in the books."""
        return f"redeem:{self.key}"

    @property
    def entry_id(self) -> UUID:
        """The id that movement has."""
        return ids.derived(self.member_id, self.name)

    @property
    def request(self) -> Mapping[str, Any]:
        """What the same key must ask for again."""
        return {"reward": str(self.reward_id)}


class Redeemed(NamedTuple):
    """A redemption that was decided on: its piece, its code and its row are still to come."""

    redemption: Redemption
    reward: KeptReward
    destination: Delivery | None


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
    wish = Wish(key, member_id, reward_id, expected_points)
    book = await posting.open_book(session, member_id, wish.name)
    if (entry := book.already(wish.name, wish.request)) is not None:
        return Done(await redemptions.one(session, member_id, entry.entry_id), replayed=True)
    # Counted under the account's lock, so that two redemptions at once cannot both be the last one allowed.
    seen = await seeing.look(session, member_id, reward_id)
    redemption, reward, destination = redeem(seen, book, wish)
    await posting.write(session, [book])
    await handing_out.hand_out(session, redemption, reward, destination)
    await stocking.take_one(session, reward.sku)
    return Done(redemption)


def redeem(seen: Seen, book: Book, wish: Wish) -> Redeemed:
    """Post the redemption to the book and take it from what was seen; when it is refused, nothing has changed."""
    reward = seen.reward(wish.reward_id)
    if wish.member_id not in seen.enrolled:
        raise NotEnrolled
    if wish.expected_points not in (None, reward.points):
        raise PriceChanged(reward.points)
    moment, has = clock.now(), seen.means(book, reward)
    refused = why_not(reward, left=seen.left[reward.sku], means=has, terms=seen.terms, moment=moment)
    if refused is not None:
        raise refused
    destination = seen.destination(wish.member_id) if reward.kind == RewardKind.PHYSICAL else None
    if destination is None and reward.kind == RewardKind.PHYSICAL:
        raise DeliveryNeeded
    posting.expire(book, moment=moment)
    name = wish.name
    redemption = handing_out.made(book, name, reward, destination, points=reward.points)
    _burn(book, wish, name, reward)
    book.tell(_told(redemption, reward))
    seen.took(wish.member_id, reward)
    return Redeemed(redemption, reward, destination)


def _burn(book: Book, wish: Wish, name: str, reward: KeptReward) -> None:
    posting.burn(
        book,
        key=name,
        points=reward.points,
        actor="member",
        why={"code": "REDEMPTION", "sku": reward.sku, "reward": str(reward.id), "name": dict(reward.name)},
        reference=str(book.entry_id(name)),
        request=wish.request,
    )


def _told(redemption: Redemption, reward: KeptReward) -> RewardRedeemed:
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
