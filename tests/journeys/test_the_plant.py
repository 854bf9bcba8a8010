"""A plant on two phones: watered on one, helped from the other by its link, harvested at last."""

import contextlib
from datetime import timedelta
from uuid import uuid4

from playwright.async_api import Browser, expect

from backend.games.plants import PlantGrown
from backend.kit import clock
from tests.builders import a_member, balance
from tests.games.builders import helps, plant_of, waters
from tests.journeys.a_phone import a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.test_signing_in import enter
from tests.members.signing_in import a_phone as a_number

NO_SHEET = "() => Object.defineProperty(navigator, 'share', { value: undefined, configurable: true })"
A_SHEET = """() => { globalThis.shared = [];
  Object.defineProperty(navigator, 'share', { value: async (what) => shared.push(what), configurable: true }); }"""


async def link_of(mall: Mall, whose: Somebody) -> str:
    async with mall.books():
        plant = await plant_of(whose.member_id)
    assert plant is not None
    return f"/plant/{plant.code}"


async def planted(mall: Mall, whose: Somebody) -> str:
    async with mall.books():
        await waters(whose.member_id)
    return await link_of(mall, whose)


async def grow_up(mall: Mall, whose: Somebody) -> None:
    """Days of watering and of friends' help go by, as far as its clock is concerned."""
    async with mall.books():
        plant = await plant_of(whose.member_id)
        assert plant is not None
        friends = [await a_member(f"F{uuid4().hex[:8]}") for _ in range(10)]
        for days_ago in range(1, 9):
            clock.turn(-timedelta(days=days_ago))
            for friend in friends:
                with contextlib.suppress(PlantGrown):
                    await helps(friend, plant)
        clock.turn(timedelta(0))


async def test_the_first_watering_plants_it_and_a_second_is_not_offered(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann")
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/plant")
        await expect(phone.page.get_by_test_id("drawing")).to_have_attribute("data-stage", "-1")
        await phone.page.get_by_test_id("water").tap()
        await expect(phone.page.get_by_test_id("growth")).to_contain_text("Grown 10 of 400")
        await expect(phone.page.get_by_text("Watered today")).to_be_visible()
        await expect(phone.page.get_by_test_id("water")).to_have_count(0)
        assert phone.troubles == []


async def test_a_friend_helps_by_the_link_and_it_shows_on_the_other_phone(mall: Mall, chromium: Browser) -> None:
    ann, ben = await mall.somebody("Ann"), await mall.somebody("Ben")
    link = await planted(mall, ann)
    async with a_phone(chromium, mall.address, ann) as hers, a_phone(chromium, mall.address, ben) as his:
        await hers.open("/plant")
        await hers.listens()
        await expect(hers.page.get_by_test_id("growth")).to_contain_text("Grown 10")
        await his.open(link)
        await expect(his.page.get_by_role("heading", level=1)).to_have_text("Plant of A**")
        await his.page.get_by_test_id("help").tap()
        await expect(his.page.get_by_test_id("growth")).to_contain_text("Grown 15")
        await expect(his.page.get_by_text("You have helped today")).to_be_visible()
        await expect(hers.page.get_by_test_id("growth")).to_contain_text("Grown 15")
        await expect(hers.page.get_by_test_id("friends")).to_have_text("1 of 10")
        await expect(hers.page.get_by_role("status").get_by_text("B** helped your plant")).to_be_visible()
        await expect(hers.page.locator("li", has_text="B** +5")).to_be_visible()
        assert hers.troubles == his.troubles == []


async def test_a_stranger_with_the_link_signs_in_agrees_and_comes_back_to_help(mall: Mall, chromium: Browser) -> None:
    link = await planted(mall, await mall.somebody("Ann"))
    async with a_phone(chromium, mall.address) as phone:
        await phone.open(link)
        await phone.page.get_by_test_id("sign-in").tap()
        await enter(phone, a_number())
        await phone.page.get_by_role("button", name="Agree and join").tap()
        await expect(phone.page.get_by_role("heading", level=1)).to_have_text("Plant of A**")
        await phone.page.get_by_test_id("help").tap()
        await expect(phone.page.get_by_test_id("growth")).to_contain_text("Grown 15")
        assert phone.troubles == []


async def test_her_own_link_helps_nobody_and_a_link_that_is_none_says_so(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann")
    link = await planted(mall, ann)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(link)
        await expect(phone.page.get_by_text("This is your own plant")).to_be_visible()
        await expect(phone.page.get_by_test_id("help")).to_have_count(0)
        await phone.go("/plant/nobodyhasthisc23")
        await expect(phone.page.get_by_text("No plant has this link")).to_be_visible()


async def test_the_link_is_handed_over_by_the_phone_or_copied(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann")
    link = await planted(mall, ann)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await phone.open("/plant")
        await phone.page.evaluate(NO_SHEET)
        await phone.page.get_by_test_id("share").tap()
        await expect(phone.page.get_by_text("Link copied")).to_be_visible()
        assert await phone.page.evaluate("() => navigator.clipboard.readText()") == mall.address + link
        await phone.page.evaluate(A_SHEET)
        await phone.page.get_by_test_id("share").tap()
        await phone.page.wait_for_function("() => shared.length === 1")
        assert (await phone.page.evaluate("() => shared[0].url")) == mall.address + link


async def test_grown_it_is_harvested_for_points_and_the_next_one_stands_there(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann")
    await planted(mall, ann)
    async with a_phone(chromium, mall.address, ann) as phone:
        await grow_up(mall, ann)
        await phone.open("/plant")
        await expect(phone.page.get_by_test_id("drawing")).to_have_attribute("data-stage", "5")
        await phone.page.get_by_test_id("harvest").tap()
        await expect(phone.page.get_by_text("60 points harvested")).to_be_visible()
        await expect(phone.page.get_by_test_id("growth")).to_contain_text("Grown 0")
        async with mall.books():
            assert (await balance(ann.member_id))[0] == 60
