"""Buying at once, asked twice: it is hers, and whoever led has all his points back before his eyes."""

from playwright.async_api import Browser, expect

from tests.journeys.a_phone import a_phone
from tests.journeys.a_running_mall import Mall
from tests.journeys.test_two_phones import auctioned, available, bid_by, opened


async def test_bought_at_once_it_is_hers_and_the_leader_has_his_points_back(mall: Mall, chromium: Browser) -> None:
    ann, ben = await mall.somebody("Ann", points=500), await mall.somebody("Ben", points=500)
    auction = await auctioned(mall, reserve_points=200, buy_now_points=300)
    await bid_by(mall, ben, auction, 100)
    async with a_phone(chromium, mall.address, ann) as hers, a_phone(chromium, mall.address, ben) as his:
        await opened(hers, auction)
        await opened(his, auction)
        assert await available(mall, ben) == 400
        await hers.page.locator("[aria-haspopup=dialog]").tap()
        dialog = hers.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("300")
        await expect(dialog.locator("dl")).to_contain_text("200")
        assert await available(mall, ann) == 500, "asking costs nothing"
        await hers.page.get_by_test_id("buy-now").tap()
        await expect(hers.page.get_by_test_id("ending")).to_have_attribute("data-outcome", "WON")
        await expect(hers.page.get_by_test_id("prize")).to_be_visible()
        await expect(his.page.get_by_test_id("ending")).to_contain_text("All your points are back")
        assert (await available(mall, ann), await available(mall, ben)) == (200, 500)
        assert hers.troubles == his.troubles == []


async def test_once_the_reserve_is_met_nobody_is_offered_to_buy_it(mall: Mall, chromium: Browser) -> None:
    ann, ben = await mall.somebody("Ann", points=500), await mall.somebody("Ben", points=500)
    auction = await auctioned(mall, reserve_points=200, buy_now_points=300)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opened(phone, auction)
        offer = phone.page.locator("[aria-haspopup=dialog]")
        await expect(offer).to_be_visible()
        await bid_by(mall, ben, auction, 250)
        await expect(offer).to_have_count(0)
        assert phone.troubles == []
