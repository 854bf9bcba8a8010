"""How often somebody may, in one process and across all of them."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from uuid import uuid4

import pytest

from backend.kit import rate_limit
from backend.kit.settings import settings


@pytest.fixture
def shared(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A busy machine is not a Redis that is gone.
    monkeypatch.setattr(rate_limit, "SHARED_SECONDS_MAX", 20)
    yield from a_redis_at(redis_url, monkeypatch)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from a_redis_at("redis://127.0.0.1:1", monkeypatch)


def a_redis_at(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MALL_REDIS_URL", url)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


async def twice_and_once_too_often() -> None:
    who = str(uuid4())
    await rate_limit.allow("knock", who, "2/minute")
    await rate_limit.allow("knock", who, "2/minute")
    with pytest.raises(rate_limit.TooManyRequests) as refused:
        await rate_limit.allow("knock", who, "2/minute")
    assert 0 < refused.value.retry_after_seconds <= 60
    await rate_limit.allow("knock", str(uuid4()), "2/minute")
    await rate_limit.allow("ring", who, "2/minute")


async def test_the_third_knock_in_a_minute_is_one_too_many() -> None:
    await twice_and_once_too_often()


@pytest.mark.usefixtures("shared")
async def test_all_processes_count_together_through_redis() -> None:
    await twice_and_once_too_often()


@pytest.mark.usefixtures("gone")
async def test_without_its_redis_a_process_counts_alone_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        await twice_and_once_too_often()
    assert "counted in this process alone" in caplog.text


async def test_nobody_waits_long_for_a_redis_that_keeps_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_redis = a_redis_at(f"redis://127.0.0.1:{silent.getsockname()[1]}", monkeypatch)
        next(silent_redis)
        async with asyncio.timeout(5):
            await rate_limit.allow("knock", str(uuid4()), "2/minute")
        next(silent_redis, None)
