"""The product's app, as the judges find it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.app import create_app
from tests.edge.open_door import open_door


@pytest.fixture
async def address(fresh_sqlite: str) -> AsyncIterator[str]:
    """Where the app answers: http://127.0.0.1:port. What is judged is the edge, so one kind of database will do."""
    from backend.kit import db

    db.connect(fresh_sqlite)
    try:
        async with open_door(create_app()) as address:
            yield address
    finally:
        await db.disconnect()


@pytest.fixture
async def stranger(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody nobody knows."""
    async with httpx2.AsyncClient(base_url=address, timeout=20) as client:
        yield client
