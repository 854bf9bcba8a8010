"""The phone can keep the product: it installs, and a second visit asks the network only for what is new."""

from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.journeys.a_line import a_line
from tests.journeys.a_phone import KEPT, a_phone
from tests.journeys.a_running_mall import Mall


async def test_it_can_be_installed(mall: Mall, chromium_launch: dict[str, Any], tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        profile = await playwright.chromium.launch_persistent_context(tmp_path, **chromium_launch)
        page = profile.pages[0]
        await page.goto(mall.address)
        await page.wait_for_function(KEPT)
        asked = await (await profile.new_cdp_session(page)).send("Page.getInstallabilityErrors")
        await profile.close()
    assert asked["installabilityErrors"] == []


async def test_a_second_visit_asks_for_nothing_it_has(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody(points=100)
    async with a_line(mall.port) as line, a_phone(chromium, line.address, ann) as phone:
        await phone.open()
        await phone.kept()
        await phone.settled()
        assert any(one.startswith("GET /assets/") for one in line.asked)
        line.asked.clear()
        await phone.page.reload()
        assert await phone.balance() == 100
        await phone.settled()
        assert {one.partition("?")[0] for one in line.asked} <= {"GET /graphql", "GET /sw.js"}
        assert phone.troubles == []
