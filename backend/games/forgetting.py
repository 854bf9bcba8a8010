"""A member leaves: what she has staked is given back, and her plant's link leads nowhere any more."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import challenges, stakes
from backend.games.models_challenges import StakeState
from backend.kit import clock


async def cancel_stakes(session: AsyncSession, member_id: UUID) -> None:
    """Cancel her running stakes under her account's lock; whoever calls lets go of every hold she has.

    The challenges are locked after her account here, against the usual order: who takes one up at this very moment may
    have to be asked again by the database, which `transact` does.
    """
    for stake in sorted(await stakes.running(session, [member_id]), key=lambda one: one.challenge_id):
        challenge = await challenges.locked(session, stake.challenge_id)
        stake.state, stake.settled_at = StakeState.CANCELLED.value, clock.now()
        challenge.promised -= stake.bonus
    await session.flush()
