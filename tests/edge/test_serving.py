"""What `./mall serve` says before it does anything that takes long, and what runs while it serves."""

import asyncio
import socket
from collections.abc import Iterator

import httpx2
import pytest

from backend.app import create_app
from backend.kit.settings import settings
from backend.serving import PortTaken, serve
from tests.edge.open_door import open_door


def test_a_taken_port_is_said_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} .*--port {port + 1}"):
            serve("127.0.0.1", port)


def test_an_address_of_nobody_is_said_at_once() -> None:
    with pytest.raises(PortTaken, match="no address to listen on"):
        serve("no-such-host.invalid", 8000)


@pytest.fixture
def an_installation(fresh_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MALL_DATABASE_URL", fresh_sqlite)
    monkeypatch.setenv("MALL_ORIGINS", "https://shop.example, https://other.example")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("an_installation")
async def test_the_work_beside_the_requests_begins_and_ends_with_them() -> None:
    standing = []

    async def work() -> None:
        standing.append("working")
        try:
            await asyncio.sleep(60)
        finally:
            standing.append("stopped")

    async with open_door(create_app(work), lifespan="on") as address, httpx2.AsyncClient(base_url=address) as caller:
        answer = await caller.post("/graphql", json={"query": "{ programme { zone } }"})
        assert answer.json()["data"] == {"programme": {"zone": "Asia/Shanghai"}}
        assert standing == ["working"]
    assert standing == ["working", "stopped"]


@pytest.mark.usefixtures("an_installation")
async def test_only_the_origins_that_were_named_may_read_from_a_browser() -> None:
    async with open_door(create_app(), lifespan="on") as address, httpx2.AsyncClient(base_url=address) as caller:
        asking = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        friend = await caller.options("/graphql", headers={"origin": "https://shop.example", **asking})
        stranger = await caller.options("/graphql", headers={"origin": "https://evil.example", **asking})
    assert friend.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in stranger.headers
