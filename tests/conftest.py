"""What every test may ask for: a fresh database of either kind, a real Redis, a real browser."""

import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase
from playwright.async_api import Browser, async_playwright

from backend.auctions import invariants as auctions
from backend.charity import invariants as charity
from backend.games import invariants as games
from backend.kit import clock, db, settings
from backend.ledger import invariants, publishing
from backend.rewards import invariants as rewards
from tests.fresh_databases import PostgresDatabases, SqliteDatabases, share_words
from tests.real_chromium import how_to_launch
from tests.real_postgres import real_postgres
from tests.real_redis import real_redis

# A busy machine is not a counterexample: how long one example takes says nothing about the code.
hypothesis.settings.register_profile("mall", deadline=None)
# Whoever only asks whether a test notices needs no smallest counterexample.
hypothesis.settings.register_profile("unshrunk", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
hypothesis.settings.load_profile("mall")

SECONDS_OF_AN_HOUR, LAST_SECONDS = 3600, 5


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_developer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings are the defaults, with a data folder of the run's own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MALL_")]:
            patch.delenv(name)
        patch.setenv("MALL_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        settings.settings.cache_clear()
        yield
    settings.settings.cache_clear()


@pytest.fixture(autouse=True)
def a_clock_that_is_right() -> Iterator[None]:
    """A test may turn the clock; the next one starts with the right time, and not in the last moments of a day."""
    # Days end with an hour, in UTC and in the programme's zone; most tests are over within one day.
    while clock.now().timestamp() % SECONDS_OF_AN_HOUR > SECONDS_OF_AN_HOUR - LAST_SECONDS:
        time.sleep(0.1)
    yield
    clock.turn(timedelta(0))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL: the one at TEST_DATABASE_URL, else one started for this run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield "postgresql+asyncpg://" + given.partition("://")[2]
        return
    with real_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis-protocol server: the one at TEST_REDIS_URL, else one started for this run."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with real_redis() as url:
        yield url


@pytest.fixture(scope="session")
def chromium_launch() -> dict[str, Any]:
    """How to launch the real Chromium, for tests that need a profile or flags of their own."""
    return how_to_launch()


@pytest.fixture(scope="session")
async def chromium(chromium_launch: dict[str, Any]) -> AsyncIterator[Browser]:
    """A real Chromium, driven by playwright's async API, shared by the run: open a context of your own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium_launch)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return await SqliteDatabases.with_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
async def postgres_databases(postgres_url: str) -> AsyncIterator[PostgresDatabases]:
    databases = PostgresDatabases(postgres_url)
    await databases.make_template()
    yield databases
    await databases.clear_up()


@pytest.fixture
def fresh_sqlite(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[str]:
    yield sqlite_databases.fresh(tmp_path)
    # Thousands of them, perhaps in memory.
    (tmp_path / "mall.db").unlink(missing_ok=True)


@pytest.fixture
async def fresh_postgresql(postgres_databases: PostgresDatabases) -> AsyncIterator[str]:
    async with postgres_databases.fresh() as url:
        yield url


@pytest.fixture(params=("sqlite", "postgresql"))
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: once on SQLite, once on PostgreSQL.

    A test for one of them says `@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)`.
    """
    shutil.rmtree(publishing.folder(), ignore_errors=True)
    url: str = request.getfixturevalue(f"fresh_{request.param}")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """A fresh database, connected; the books are asked for their invariants after the test."""
    db.connect(database_url)
    share_words(db.engines())
    try:
        yield database_url
        async with db.snapshot() as session:
            assert await invariants.broken(session) == []
            assert await rewards.broken(session) == []
            assert await auctions.broken(session) == []
            assert await games.broken(session) == []
            assert await charity.broken(session) == []
    finally:
        await db.disconnect()
