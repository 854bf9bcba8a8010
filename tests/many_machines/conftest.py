"""The pair and the cluster that the tests of this folder share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend.kit import db, migrating
from backend.kit.settings import with_driver
from backend.programme import terms
from tests.many_machines.a_cluster import Cluster, a_cluster
from tests.many_machines.a_pair import Pair, a_pair, watched_over


@pytest.fixture(scope="module")
async def pair() -> AsyncIterator[Pair]:
    """A primary and its replica, migrated and watched over."""
    async with a_pair() as pair:
        await migrating.upgrade_database(with_driver(pair.url, wanted="primary"))
        async with watched_over(pair):
            yield pair


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three Redis nodes."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
async def connected(pair: Pair) -> AsyncIterator[Pair]:
    """This process is connected to both, as an API process is."""
    terms.forget()
    db.connect(with_driver(pair.url, wanted="primary"), replica_url=with_driver(pair.url, wanted="standby"))
    yield pair
    await db.disconnect()
