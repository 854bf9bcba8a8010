"""A receipt is sealed before her eyes, on her own phone; whatever was changed on the way, or behind it, is said."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from playwright.async_api import Browser, Locator, Route, expect

from backend.kit import db
from backend.ledger import sealing
from tests.journeys.a_phone import SEEN_SECONDS_MAX, Phone, a_phone
from tests.journeys.a_running_mall import Mall
from tests.journeys.test_redeeming_by_touch import a_plate, redeem, somebody_who_likes

VERIFIED = "Signature verified on this device"
ZEROS = "0" * 64


async def check_newest(phone: Phone) -> Locator:
    """Open the newest entry of the history and have it checked; returns the seal."""
    await phone.page.locator("ol details summary").first.tap()
    await phone.page.get_by_role("button", name="Check this entry").first.tap()
    return phone.page.get_by_test_id("seal").first


async def until_all_is_sealed(mall: Mall) -> None:
    """Wait until every entry there is has its leaf."""
    async with mall.books(), asyncio.timeout(SEEN_SECONDS_MAX):
        while await an_entry_waits():
            await asyncio.sleep(0.1)


async def an_entry_waits() -> bool:
    async with db.read() as session:
        return await sealing.oldest_waiting(session) is not None


async def verdict(seal: Locator, kind: str) -> None:
    await expect(seal).to_have_attribute("data-checked", kind)


async def test_a_receipt_is_pressed_with_its_seal_once_the_signature_verified(mall: Mall, chromium: Browser) -> None:
    ann = await somebody_who_likes(mall, "COUPON")
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        await redeem(phone, await a_plate(phone, "COUPON"))
        seal = phone.page.get_by_test_id("seal")
        await verdict(seal, "sealed")
        await expect(seal).to_contain_text(VERIFIED)
        await expect(seal.locator("svg .pressed")).to_be_visible()
        await phone.open("/points")
        await verdict(await check_newest(phone), "sealed")
        assert phone.troubles == []


async def test_before_the_check_and_until_it_is_sealed_nothing_says_verified(mall: Mall, chromium: Browser) -> None:
    ann = await somebody_who_likes(mall, "COUPON")
    async with a_phone(chromium, mall.address, ann) as phone:
        held = asyncio.Event()

        async def hold_back(route: Route) -> None:
            await held.wait()
            await route.continue_()

        await phone.page.route("**/checkpoints/keys.json", hold_back)
        await phone.open()
        await redeem(phone, await a_plate(phone, "COUPON"))
        seal = phone.page.get_by_test_id("seal")
        await expect(seal).to_be_visible()
        await asyncio.sleep(3)
        await expect(seal).not_to_contain_text("verified")
        await expect(seal.locator("svg .pressed")).to_have_count(0)
        held.set()
        await verdict(seal, "sealed")


def in_history(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    return lambda data: change(data["viewer"]["entries"]["edges"][0]["node"])


def in_proof(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    return lambda data: change(data["node"])


def another_note(node: dict[str, Any]) -> None:
    checkpoint = node["proof"]["checkpoint"]
    lines = checkpoint["note"].split("\n")
    checkpoint["note"] = "\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])


CHANGED, NOT_IN, WRONG = "was changed", "not in the signed books", "signature of the books is wrong"
LIES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "more points in the history": ("Points", in_history(lambda node: node.update(points=999)), CHANGED),
    "another day": ("Points", in_history(lambda node: node.update(postedAt="2026-01-01T00:00:00Z")), CHANGED),
    "another reason": ("Points", in_history(lambda node: node["why"].update(code="TASK")), CHANGED),
    "another reason recorded": ("EntryProof", in_proof(lambda node: node["record"].update(why="{}")), CHANGED),
    "another past": ("EntryProof", in_proof(lambda node: node["record"].update(prevHash="1" * 64)), CHANGED),
    "another path": ("EntryProof", in_proof(lambda node: node["proof"]["path"].append(ZEROS)), NOT_IN),
    "another leaf": ("EntryProof", in_proof(lambda node: node["proof"].update(leafIndex=10**6)), NOT_IN),
    "another checkpoint": ("EntryProof", in_proof(another_note), WRONG),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_changed_answer_is_found_out_on_the_phone(mall: Mall, chromium: Browser, lie: str) -> None:
    name, change, said = LIES[lie]
    ann = await mall.somebody(points=100)
    await until_all_is_sealed(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.context.route("**/graphql?**", lambda route: lying(route, name, change))
        await phone.open("/points")
        seal = await check_newest(phone)
        await verdict(seal, "failed")
        await expect(seal).to_contain_text("The check failed")
        await expect(seal).to_contain_text(said)
        await expect(seal.locator("svg .pressed")).to_have_count(0)


async def lying(route: Route, name: str, change: Callable[[Any], Any]) -> None:
    """Let an answer through with something changed in it."""
    response = await route.fetch()
    body = await response.json()
    asked_for = "EntryProof" if "node" in (body.get("data") or {}) else "Points"
    if asked_for == name and (name == "EntryProof" or "entries" in (body["data"].get("viewer") or {})):
        change(body["data"])
    await route.fulfill(response=response, body=orjson.dumps(body))
