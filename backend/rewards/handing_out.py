"""How a reward reaches the member, redeemed or won: its code, its pick-up code, or where it is sent."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import clock
from backend.kit.columns import row_as, table_of
from backend.ledger.book import Book
from backend.members.delivery import Delivery
from backend.rewards import codes, sealed, stocking
from backend.rewards.kept import AnyReward
from backend.rewards.models import Redemption, RedemptionOrigin, RedemptionState, RewardKind

EMPTY = dict.fromkeys(column.name for column in table_of(Redemption).columns)


def made(
    book: Book,
    name: str,
    reward: AnyReward,
    destination: Delivery | None,
    *,
    points: int,
    origin: RedemptionOrigin = RedemptionOrigin.REDEEMED,
    won_by: UUID | None = None,
) -> Redemption:
    """The redemption that the movement `name` of this book makes; nothing is written yet."""
    moment, at_once = clock.now(), reward.kind == RewardKind.COUPON
    values = {
        "member_id": book.member_id,
        "id": book.entry_id(name),
        "reward_id": reward.id,
        "sku": reward.sku,
        "points": points,
        "state": (RedemptionState.FULFILLED if at_once else RedemptionState.CONFIRMED).value,
        "redeemed_at": moment,
        "fulfilled_at": moment if at_once else None,
        "origin": origin.value,
        "won_by": won_by,
    }
    redemption = row_as(Redemption, EMPTY | values)
    if destination is not None:
        redemption.delivery_sealed = sealed.delivery(redemption, destination)
    return redemption


def is_fetched(destination: Delivery | None) -> bool:
    """Whether she comes for it with a pick-up code; what is not sent home is fetched."""
    return destination is None or destination.pick_up_point_id is not None


async def hand_out(
    session: AsyncSession, redemption: Redemption, reward: AnyReward, destination: Delivery | None
) -> None:
    """Give the redemption its code and write it down; what it takes from the stock is the caller's, and comes last."""
    if reward.kind == RewardKind.COUPON:
        code = await stocking.take_code(session, reward.sku, redemption.id)
        _give(redemption, code, codes.coupon_index(reward.sku, code))
    elif is_fetched(destination):
        code = await _unused_pick_up_code(session)
        give_pick_up_code(redemption, code, codes.pick_up_index(code))
    session.add(redemption)
    await session.flush()


def give_pick_up_code(redemption: Redemption, code: str, index: bytes) -> None:
    """Let it be fetched with this code, which nobody else has; `index` is the code's."""
    _give(redemption, code, index)


def _give(redemption: Redemption, code: str, index: bytes) -> None:
    # No session has it yet that would have to know of a change.
    vars(redemption).update(code_index=index, code_sealed=sealed.code(redemption, code))


async def _unused_pick_up_code(session: AsyncSession) -> str:
    while True:
        code = codes.pick_up_code()
        taken = select(Redemption.id).where(col(Redemption.code_index).in_(codes.pick_up_indexes(code)))
        if (await session.exec(taken)).first() is None:
            return code
