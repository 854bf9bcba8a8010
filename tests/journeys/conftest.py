"""The running product the journeys share, and what it said when one of them fails."""

from collections.abc import AsyncIterator, Generator

import pytest

from tests.fresh_databases import PostgresDatabases
from tests.journeys.a_running_mall import Mall, a_running_mall

SAID_MAX = 6_000


@pytest.fixture(scope="session")
async def mall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mall]:
    """The product with its demo programme, as `./mall serve` gives it: SQLite and nothing else."""
    folder = tmp_path_factory.mktemp("mall")
    async with a_running_mall(folder, f"sqlite+aiosqlite:///{folder / 'mall.db'}") as running:
        yield running


@pytest.fixture(scope="session")
async def large_mall(
    postgres_databases: PostgresDatabases, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mall]:
    """The product on PostgreSQL and Redis, without the demo programme."""
    folder = tmp_path_factory.mktemp("large-mall")
    async with (
        postgres_databases.fresh() as url,
        a_running_mall(folder, url, MALL_REDIS_URL=redis_url, MALL_DEMO="false") as running,
    ):
        yield running


@pytest.fixture(params=("mall", "large_mall"), ids=("sqlite", "postgresql"))
def either_mall(request: pytest.FixtureRequest) -> Mall:
    """The running product: once on SQLite alone, once on PostgreSQL and Redis."""
    running: Mall = request.getfixturevalue(request.param)
    return running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for running in item.funcargs.values():
            if isinstance(running, Mall):
                report.sections.append(("what the server said", running.log.read_text("utf-8")[-SAID_MAX:]))
    return report
