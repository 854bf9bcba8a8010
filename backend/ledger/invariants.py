"""What must always hold of the books; asked after every test and by `./mall verify`."""

from sqlmodel.ext.asyncio.session import AsyncSession

from backend.ledger import verifying


async def broken(session: AsyncSession) -> list[str]:
    """Every promise that does not hold, in words; empty when the books are sound."""
    return [finding async for finding in verifying.findings(session)]
