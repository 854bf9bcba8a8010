"""How a reward or a redemption stands, for the audit: locked in the order of the verbs, and without any code."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import audit
from backend.kit.columns import table_of
from backend.kit.errors import NotFound
from backend.ledger.looking import at_account
from backend.rewards import redemptions
from backend.rewards.models import Redemption, Reward, Stock

REWARD, STOCK, REDEMPTION = table_of(Reward), table_of(Stock), table_of(Redemption)


def at_reward(reward_id: UUID) -> audit.Subject:
    """A reward with what is left of it."""

    async def look(session: AsyncSession) -> audit.Standing:
        reward = await audit.row(REWARD, REWARD.c.id == reward_id)(session)
        if reward is None:
            return None
        return {**reward, "stock": await audit.row(STOCK, STOCK.c.sku == reward["sku"])(session)}

    return audit.Subject("Reward", str(reward_id), look)


def at_redemption(redemption_id: UUID) -> audit.Subject:
    """A redemption with its member's balance."""

    async def look(session: AsyncSession) -> audit.Standing:
        try:
            member_id = await redemptions.owner(session, redemption_id)
        except NotFound:
            return None
        account = await at_account(member_id).look(session)
        redemption = await audit.row(REDEMPTION, REDEMPTION.c.id == redemption_id)(session)
        return {**(redemption or {}), "account": account}

    return audit.Subject("Redemption", str(redemption_id), look)
