"""How the built phone app is served: locked down, squeezed, and cached as long as its names allow."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from backend.kit.static_site import StaticSite
from tests.edge.open_door import open_door

SCRIPT, STYLE = "early = fetch('/graphql')", ":root { color: navy }"
PAGE = f"<!doctype html><style>{STYLE}</style><script>{SCRIPT}</script><script src='/assets/a-1234.js'></script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "sw.js").write_text("self")
    (tmp_path / "documents.json").write_text("{}")
    (tmp_path / "assets" / "a-1234.js").write_text("plain")
    (tmp_path / "assets" / "a-1234.js.br").write_bytes(b"squeezed")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
async def browser(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_door(StaticSite(folder)) as address, httpx2.AsyncClient(base_url=address) as client:
        client.headers["accept"] = "text/html"
        yield client


async def test_only_the_pages_own_inline_code_runs(browser: httpx2.AsyncClient) -> None:
    policy = (await browser.get("/")).headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest(SCRIPT)}';" in policy
    assert f"style-src 'self' 'sha256-{digest(STYLE)}';" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


async def test_names_with_a_hash_are_kept_and_the_others_asked_for(browser: httpx2.AsyncClient) -> None:
    cached = {path: (await browser.get(path)).headers["cache-control"] for path in ("/assets/a-1234.js", "/sw.js", "/")}
    assert "immutable" in cached.pop("/assets/a-1234.js")
    assert set(cached.values()) == {"no-cache"}


async def test_what_has_not_changed_is_not_sent_again(browser: httpx2.AsyncClient) -> None:
    first = await browser.get("/")
    again = await browser.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_whoever_can_unsqueeze_gets_it_squeezed(folder: Path) -> None:
    async with open_door(StaticSite(folder)) as address, httpx2.AsyncClient(base_url=address) as client:
        request = client.build_request("GET", "/assets/a-1234.js", headers={"accept-encoding": "gzip, br"})
        squeezed = await client.send(request, stream=True)
        assert squeezed.headers["content-encoding"] == "br"
        assert b"".join([part async for part in squeezed.aiter_raw()]) == b"squeezed"
        plain = await client.get("/assets/a-1234.js", headers={"accept-encoding": "identity"})
        assert plain.content == b"plain"


async def test_a_route_of_the_app_opens_the_app(browser: httpx2.AsyncClient) -> None:
    assert (await browser.get("/rewards/7")).text == PAGE


@pytest.mark.parametrize("path", ["/assets/gone.js", "/favicon.ico", "/documents.json", "/..%2fsecret.txt"])
async def test_what_is_not_there_is_not_there(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    async with open_door(StaticSite(tmp_path)) as address, httpx2.AsyncClient(base_url=address) as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "./mall build" in answer.text


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
