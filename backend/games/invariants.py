"""What must always hold of every game."""

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.games import invariants_challenges, invariants_draws, invariants_plant


async def broken(session: AsyncSession) -> list[str]:
    """Every promise found broken, in words."""
    return [
        *await invariants_draws.broken(session),
        *await invariants_challenges.broken(session),
        *await invariants_plant.broken(session),
    ]
