"""Who starts processes asks whether they live; who balances them asks whether they are ready. It is not the same."""

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import db, leaving, migrating
from backend.kit.settings import settings
from backend.observing import private_door
from tests.real_postgres import free_port


async def asked(watcher: httpx2.AsyncClient) -> tuple[int, int]:
    """What /livez and /readyz say."""
    return (await watcher.get("/livez")).status_code, (await watcher.get("/readyz")).status_code


async def the_shape_becomes(revision: str) -> None:
    async def change(session: AsyncSession) -> None:
        await (await session.connection()).execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})

    await db.transact(change)


async def test_a_process_with_its_database_lives_and_is_ready(watcher: httpx2.AsyncClient) -> None:
    assert await asked(watcher) == (200, 200)


async def test_one_that_leaves_lives_on_and_wants_nothing_more(watcher: httpx2.AsyncClient) -> None:
    leaving.begin()
    assert await asked(watcher) == (200, 503)
    answer = await watcher.get("/readyz")
    assert answer.json() == {"status": "leaving"} and answer.headers["connection"] == "close"


async def test_an_older_shape_is_not_ready_and_a_newer_one_is(watcher: httpx2.AsyncClient) -> None:
    head = (migrating.revisions() - migrating.older()).pop()
    for revision, ready in ((min(migrating.older()), 503), ("from-the-future", 200), (head, 200)):
        await the_shape_becomes(revision)
        assert await asked(watcher) == (200, ready), revision


async def test_a_database_that_does_not_answer_is_no_reason_to_die(
    watcher: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: AsyncSession) -> bool:
        raise OSError

    monkeypatch.setattr(migrating, "is_new_enough", gone)
    assert await asked(watcher) == (200, 503)


@pytest.mark.usefixtures("database")
async def test_an_installation_may_have_a_door_for_this_alone(a_setting: pytest.MonkeyPatch) -> None:
    a_setting.setenv("MALL_METRICS_ADDRESS", f"127.0.0.1:{free_port()}")
    settings.cache_clear()
    async with private_door.opened() as where, httpx2.AsyncClient(base_url=f"http://{where}") as watcher:
        assert await asked(watcher) == (200, 200)
        assert "mall_queue_facts" in (await watcher.get("/metrics")).text
        assert (await watcher.get("/graphql")).status_code == 404


async def test_without_the_setting_there_is_no_such_door(a_setting: pytest.MonkeyPatch) -> None:
    async with private_door.opened() as where:
        assert where is None
