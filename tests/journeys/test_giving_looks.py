"""Giving and the charity desk, both languages and themes: no foreign word, nothing for axe to find, nothing cut off."""

import pytest
from playwright.async_api import Browser, expect

from tests.charity.giving import gives
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall
from tests.journeys.every_screen import findings, sticks_out, untranslated
from tests.journeys.giving_projects import path_of, staff_of, the_charity, the_project

PATIENT = pytest.mark.timeout(240)
NARROWEST = 320
WIDE = 1280
NICKNAMES = {"en": "Ann", "zh-CN": "安安"}


async def wrong(phone: Phone, language: str) -> list[str]:
    """All that is wrong with what is on the screen, and with how it came there."""
    troubles, phone.troubles = phone.troubles, []
    wide = ["sticks out"] if await sticks_out(phone.page) else []
    return troubles + wide + await untranslated(phone.page, language) + await findings(phone.page)


@PATIENT
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_giving_is_whole(mall: Mall, chromium: Browser, language: str, theme: str) -> None:
    ann, project = await mall.somebody(NICKNAMES[language], points=500), await the_project(mall, given=1_250)
    found: dict[str, list[str]] = {}
    width = NARROWEST if theme == "light" else 390
    async with a_phone(
        chromium, mall.address, ann, language=language, theme=theme, width=width, with_axe=True
    ) as phone:
        await phone.open(path_of(project))
        button = phone.page.get_by_test_id("give")
        await button.tap()
        await expect(button).to_have_attribute("aria-disabled", "false")
        await phone.settled()
        found["the project"] = await wrong(phone, language)
        await button.tap()
        sealed = phone.page.locator("[data-testid=certificate][data-sealed=true]")
        await expect(sealed).to_be_visible()
        await phone.settled()
        found["the thanks"] = await wrong(phone, language)
        await phone.go("/donations")
        await phone.page.locator("[aria-expanded]").tap()
        await expect(sealed).to_be_visible()
        found["my giving"] = await wrong(phone, language)
        await phone.go("/giving")
        found["the list"] = await wrong(phone, language)
    assert {where: what for where, what in found.items() if what} == {}


@PATIENT
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_desk_is_whole(mall: Mall, chromium: Browser, language: str, theme: str) -> None:
    charity = await the_charity(mall)
    project, giver = await the_project(mall, charity=charity, given=1_250), await mall.somebody("Giver", points=100)
    async with mall.books():
        await gives(giver.member_id, project, 100, campaign="autumn")
    staff = await staff_of(mall, charity)
    found: dict[str, list[str]] = {}
    for width in (NARROWEST, 390, WIDE):
        open_phone = a_phone(chromium, mall.address, staff, language=language, theme=theme, width=width, with_axe=True)
        async with open_phone as phone:
            await phone.open("/desk")
            await phone.page.locator(".chart canvas").wait_for()
            await phone.settled()
            found[f"the desk at {width}"] = await wrong(phone, language)
    assert {where: what for where, what in found.items() if what} == {}
