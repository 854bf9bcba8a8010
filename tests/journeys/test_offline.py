"""Without a line the phone shows what it knows, says how old it is, and promises nothing it cannot do."""

from playwright.async_api import Browser, expect

from tests.builders import a_gift
from tests.journeys.a_line import a_line
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall

KEPT = "async () => (await caches.keys()).some((name) => name.startsWith('kept-of-'))"


async def test_home_opens_offline_with_its_age_and_redeems_only_once_back(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody(points=2000)
    async with a_line(mall.port) as line, a_phone(chromium, line.address, ann) as phone:
        await opened_and_kept(phone)
        line.cut()
        await phone.page.context.set_offline(True)
        await phone.page.reload()
        assert await phone.balance() == 2000
        await expect(phone.page.get_by_test_id("staleness")).to_contain_text("offline")
        acts = said(line.asked)
        await phone.page.locator("[data-sku=MUSEUM-LATE]").tap()
        button = phone.page.get_by_test_id("redeem")
        await expect(button).to_have_text("Offline: redeeming needs a connection")
        await button.scroll_into_view_if_needed()
        await button.tap(force=True)
        line.mend()
        await phone.page.context.set_offline(False)
        await expect(button).to_have_text("Redeem · 700 pts")
        await phone.settled()
        assert said(line.asked) == acts, "something was queued while offline"
        await button.tap()
        await phone.page.get_by_role("button", name="Confirm").tap()
        await expect(phone.page.get_by_test_id("receipt")).to_be_visible()
        assert len(said(line.asked)) == len(acts) + 1


async def test_a_credit_of_the_dark_time_appears_once_the_line_is_back(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody(points=100)
    async with a_line(mall.port) as line, a_phone(chromium, line.address, ann) as phone:
        await phone.open()
        assert await phone.balance() == 100
        await phone.listens()
        line.cut()
        async with mall.books():
            await a_gift(ann.member_id, 250)
        line.mend()
        await expect(phone.page.get_by_test_id("balance")).to_have_text("350")
        notices = phone.page.get_by_role("status", name="Notices").get_by_text("+250 points")
        await expect(notices).to_have_count(1)
        await phone.settled()
        await expect(notices).to_have_count(1)
        assert await phone.balance() == 350


async def opened_and_kept(phone: Phone) -> None:
    """The home screen as a phone has it that was here before."""
    await phone.open()
    await phone.settled()
    await phone.kept()
    await phone.page.reload()
    await phone.settled()
    await phone.page.wait_for_function(KEPT)


def said(asked: list[str]) -> list[str]:
    """What the phone wanted done."""
    return [one for one in asked if one == "POST /graphql"]
