"""Both languages and themes on every screen: no error, no foreign word, nothing for axe to find, nothing cut off."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from backend.kit import db
from backend.ledger import notices
from backend.members import sign_in
from tests.builders import a_gift
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.every_screen import SIGNED_IN, SIGNED_OUT, findings, sticks_out, untranslated
from tests.journeys.paid_orders import pay, the_key
from tests.members.signing_in import a_phone as a_number

NARROWEST = 320
PATIENT = pytest.mark.timeout(240)


@pytest.fixture(scope="module", params=("en", "zh-CN"))
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@PATIENT
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_screen_is_whole(mall: Mall, chromium: Browser, language: str, theme: str) -> None:
    ann = await somebody_busy(mall, language)
    found: dict[str, list[str]] = {}
    async with a_phone(chromium, mall.address, ann, language=language, theme=theme, with_axe=True) as phone:
        await phone.open()
        for path in SIGNED_IN:
            await phone.go(path)
            found[path] = await wrong(phone, language)
        await redeem_and_look(phone, language, found)
    assert {where: what for where, what in found.items() if what} == {}


@PATIENT
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_screen_on_the_way_in_is_whole(mall: Mall, chromium: Browser, language: str, theme: str) -> None:
    found: dict[str, list[str]] = {}
    async with a_phone(chromium, mall.address, language=language, theme=theme, with_axe=True) as phone:
        for path in SIGNED_OUT:
            await phone.open(path)
            await phone.settled()
            found[path] = await wrong(phone, language)
    newcomer = await somebody_new(mall)
    async with a_phone(chromium, mall.address, newcomer, language=language, theme=theme, with_axe=True) as phone:
        await phone.open()
        await phone.page.locator("input[name=nickname]").wait_for()
        await phone.settled()
        found["/welcome"] = await wrong(phone, language)
    assert {where: what for where, what in found.items() if what} == {}


@PATIENT
async def test_nothing_sticks_out_of_the_narrowest_phone(mall: Mall, chromium: Browser, language: str) -> None:
    ann = await somebody_busy(mall, language)
    wide = []
    async with a_phone(chromium, mall.address, ann, language=language, width=NARROWEST) as phone:
        await phone.open()
        for path in SIGNED_IN:
            await phone.go(path)
            wide += [path] if await sticks_out(phone.page) else []
    assert wide == []


async def wrong(phone: Phone, language: str) -> list[str]:
    """All that is wrong with what is on the screen, and with how it came there."""
    troubles, phone.troubles = phone.troubles, []
    return troubles + await untranslated(phone.page, language) + await findings(phone.page)


async def redeem_and_look(phone: Phone, language: str, found: dict[str, list[str]]) -> None:
    """The open sheet, then the receipt."""
    await phone.go("/rewards?shelf=reach")
    await phone.page.locator("[data-sku=BIKE-MONTH]").tap()
    button = phone.page.get_by_test_id("redeem")
    await expect(button).to_have_attribute("aria-disabled", "false")
    await phone.settled()
    found["the sheet"] = await wrong(phone, language)
    await button.tap()
    await expect(button).to_have_attribute("aria-disabled", "false")
    await button.tap()
    await phone.page.get_by_test_id("receipt").wait_for()
    await phone.settled()
    found["the receipt"] = await wrong(phone, language)


async def somebody_busy(mall: Mall, language: str) -> Somebody:
    """Somebody with something on every screen: an order, what expires soon, a warning, a redemption in both kinds."""
    nickname = "Ann" if language == "en" else "安安"
    ann = await mall.somebody(nickname, points=3000)
    async with mall.books():
        await a_gift(ann.member_id, 700, expires_in=timedelta(days=6))
        await db.transact(notices.warn, member_ids=[ann.member_id])
    await pay(mall, await the_key(mall), ann.reference, 88)
    return ann


async def somebody_new(mall: Mall) -> Somebody:
    """Somebody who has signed in and not agreed yet."""
    async with mall.books():
        number = a_number()
        sent = await sign_in.request_code(phone=number, address="127.0.0.1")
        assert sent.demo_code is not None
        signed_in = await sign_in.sign_in(phone=number, code=sent.demo_code, address="127.0.0.1", user_agent=None)
    return Somebody(signed_in.member_id, number, signed_in.cookie)
