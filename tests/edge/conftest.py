"""The product's own app behind a real server."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.app import create_app
from backend.kit import db
from tests.edge.open_door import open_door
from tests.fresh_databases import SqliteDatabases


@pytest.fixture(scope="module")
async def one_database(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """One for a whole module: what is tested at the edge is above the database, and leaves it alone."""
    url = sqlite_databases.fresh(tmp_path_factory.mktemp("edge"))
    db.connect(url)
    yield url
    await db.disconnect()


@pytest.fixture(scope="module")
async def address(one_database: str) -> AsyncIterator[str]:
    """Where the app answers: http://127.0.0.1:port."""
    async with open_door(create_app()) as address:
        yield address


@pytest.fixture
async def caller(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who has not signed in."""
    async with httpx2.AsyncClient(base_url=address, timeout=20) as client:
        yield client
