"""Checkpoints are files for anyone: cacheable, readable from any page, and nothing else of the folder is."""

import httpx2

from backend import schedule
from backend.ledger import publishing
from tests.builders import a_member


async def test_a_checkpoint_is_cached_for_ever_and_the_newest_is_asked_for(
    caller: httpx2.AsyncClient, one_database: str
) -> None:
    await a_member("Ann", points=5)
    await schedule.seal_new_entries()
    latest = await caller.get("/checkpoints/latest")
    size = latest.text.split("\n")[1]
    kept = await caller.get(f"/checkpoints/{size}")
    assert kept.text == latest.text
    assert "immutable" in kept.headers["cache-control"] and latest.headers["cache-control"] == "no-cache"
    assert kept.headers["access-control-allow-origin"] == "*"
    tag = {"if-none-match": latest.headers["etag"]}
    assert (await caller.get("/checkpoints/latest", headers=tag)).status_code == 304
    keys = (await caller.get("/checkpoints/keys.json")).json()
    assert keys["name"] == "points-mall"
    (publishing.folder() / publishing.KEYS).unlink()
    assert (await caller.get("/checkpoints/keys.json")).json() == keys, "whoever has a checkpoint can look up its key"


async def test_nothing_but_checkpoints_is_served_from_the_folder(caller: httpx2.AsyncClient) -> None:
    for name in ("", "../secret.key", "%2e%2e/secret.key", "latest/../../secret.key", "consistency/", "01x"):
        assert (await caller.get(f"/checkpoints/{name}")).status_code == 404, name
    assert (await caller.post("/checkpoints/latest")).status_code == 405
