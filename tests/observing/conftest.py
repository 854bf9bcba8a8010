"""The product's app on a database of the test's own, and somebody who looks at it from outside."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from backend.app import create_app
from backend.kit import leaving
from backend.kit.settings import settings
from tests.edge.open_door import open_door


@pytest.fixture
async def address(database: str) -> AsyncIterator[str]:
    """Where the app answers: http://127.0.0.1:port."""
    async with open_door(create_app()) as address:
        yield address


@pytest.fixture
async def watcher(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who has not signed in."""
    async with httpx2.AsyncClient(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture(autouse=True)
def a_process_that_stays() -> Iterator[None]:
    """Whoever makes it leave leaves it as it was."""
    yield
    leaving.stay()


@pytest.fixture
def a_setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings that a test changes by the environment, as an installation does."""
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()
