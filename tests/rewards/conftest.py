"""After every test of rewards: stock, codes and redemptions agree."""

from collections.abc import AsyncIterator

import pytest

from backend.kit import db
from backend.rewards import invariants


@pytest.fixture
async def database(database: str) -> AsyncIterator[str]:
    """The usual fresh database; rewards are asked for their invariants after the test."""
    yield database
    async with db.read() as session:
        assert await invariants.broken(session) == []
