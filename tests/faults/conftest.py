"""The production in small that the faults share, and what it said when one of them was not survived."""

from collections.abc import AsyncIterator, Generator

import pytest

from tests.faults.a_production import Production, a_production

SAID_MAX = 4_000


@pytest.fixture(scope="module")
async def production(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Production]:
    """Two API processes, PostgreSQL, Redis."""
    async with a_production(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for running in item.funcargs.values():
            if isinstance(running, Production):
                for api in running.apis:
                    report.sections.append((f"what {api.log.name} said", api.log.read_text("utf-8")[-SAID_MAX:]))
    return report
