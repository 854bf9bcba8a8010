"""What a redemption must know of its reward and its member, seen in one look: for one under lock, for many without."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import looking
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.kit.looking import Looks, among, once_for_each_database
from backend.ledger.book import Book
from backend.members import delivery, families
from backend.members.delivery import Delivery
from backend.members.models import DeliveryDefault, Member
from backend.programme import terms
from backend.programme.terms import Terms
from backend.rewards import redemptions
from backend.rewards.kept import KeptReward
from backend.rewards.models import Redemption, Reward, Stock
from backend.rewards.why_not import Means
from backend.tiers import standing

REWARD, STOCK, REDEMPTION = table_of(Reward), table_of(Stock), table_of(Redemption)
REWARD_FIELDS = tuple(field.name for field in fields(KeptReward))
MEMBER, DELIVERY = table_of(Member), table_of(DeliveryDefault)


@dataclass
class Seen:
    """Rewards with what is left of them, and members with what counts for and against them."""

    terms: Terms
    rewards: Mapping[UUID, KeptReward]
    left: dict[str, int | None]
    enrolled: Collection[UUID]
    redeemed: dict[tuple[UUID, UUID], int]
    """How often which member redeemed which reward, if one of the rewards has a limit."""
    deliveries: Mapping[UUID, bytes]
    codes: set[bytes]
    """Of the pick-up codes asked for, those that are taken."""
    ranks: Mapping[UUID, int] = field(default_factory=dict)

    def reward(self, reward_id: UUID) -> KeptReward:
        """Withdrawn or not. Raises NotFound."""
        if reward_id not in self.rewards:
            raise NotFound
        return self.rewards[reward_id]

    def means(self, book: Book, reward: KeptReward) -> Means:
        """What she redeems with."""
        return Means(
            burnable=book.burnable(),
            rank=self.ranks.get(book.member_id, 0),
            frozen=book.account.frozen_at is not None,
            redeemed={reward.id: self.redeemed.get((book.member_id, reward.id), 0)},
        )

    def destination(self, member_id: UUID) -> Delivery | None:
        """Where a parcel for her goes; None until entered."""
        kept = self.deliveries.get(member_id)
        return None if kept is None else delivery.in_clear(member_id, kept, self.terms)

    def took(self, member_id: UUID, reward: KeptReward) -> None:
        """She redeemed one of it: whoever is looked at next finds one less."""
        left, mine = self.left[reward.sku], (member_id, reward.id)
        self.left[reward.sku] = None if left is None else left - 1
        self.redeemed[mine] = self.redeemed.get(mine, 0) + 1


async def look(session: AsyncSession, member_id: UUID, reward_id: UUID) -> Seen:
    """Look at one reward for one member."""
    found = await looking.look(session, looks(), members=[member_id], rewards=[reward_id], codes=[])
    return await seen(session, found, [member_id])


@once_for_each_database
def looks() -> Looks:
    """Of `rewards`, `members` and pick-up `codes`: what `seen` is made of."""
    asked, hers = (
        among(REWARD.c.id, "rewards"),
        or_(among(MEMBER.c.id, "members"), among(MEMBER.c.merged_into, "members")),
    )
    rewards = select(*(REWARD.c[name] for name in REWARD_FIELDS), STOCK.c.left)
    redeemed = (
        select(families.WHOSE, REDEMPTION.c.reward_id, func.count())
        .join(MEMBER, MEMBER.c.id == REDEMPTION.c.member_id)
        .where(among(REDEMPTION.c.reward_id, "rewards"), hers, redemptions.COUNTS)
        # Asked once, and first: most rewards have none.
        .where(select(REWARD.c.id).where(asked, REWARD.c.limit_per_member.is_not(None)).exists())
        .group_by(families.WHOSE, REDEMPTION.c.reward_id)
    )
    return (
        rewards.join(STOCK, STOCK.c.sku == REWARD.c.sku).where(asked),
        select(MEMBER.c.id).where(among(MEMBER.c.id, "members"), MEMBER.c.enrolled_at.is_not(None)),
        redeemed,
        select(DELIVERY.c.member_id, DELIVERY.c.sealed).where(among(DELIVERY.c.member_id, "members")),
        select(REDEMPTION.c.code_index).where(among(REDEMPTION.c.code_index, "codes")),
    )


async def seen(session: AsyncSession, found: Sequence[Sequence[Any]], members: Collection[UUID]) -> Seen:
    """What `looks` found of `members`; their tiers are looked up only if a reward asks for one."""
    rewards, enrolled, redeemed, deliveries, codes = found
    asked = [KeptReward(*row[:-1]) for row in rewards]
    tiered = members if any(reward.minimum_tier for reward in asked) else []
    return Seen(
        terms=await terms.in_force(session),
        rewards={reward.id: reward for reward in asked},
        left={reward.sku: row[-1] for reward, row in zip(asked, rewards, strict=True)},
        enrolled={member_id for (member_id,) in enrolled},
        redeemed={(member_id, reward_id): count for member_id, reward_id, count in redeemed},
        deliveries={member_id: kept for member_id, kept in deliveries},
        codes={index for (index,) in codes},
        ranks={one: stood.tier.rank for one, stood in (await standing.of(session, tiered)).items()} if tiered else {},
    )
