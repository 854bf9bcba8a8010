"""A challenge on the phone: what is held, won and lost is said before the tap, and is so after it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, expect

from backend.games.models_challenges import Challenge, ChallengeKind
from backend.kit import clock
from backend.kit.graphql import global_id
from tests.builders import balance
from tests.charity.giving import gives
from tests.games.builders import a_challenge, cancels
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.giving_projects import the_project
from tests.journeys.paid_orders import pay, the_key

TOUCHES_MAX = 3
FIRST_AND_SECOND = 2 + 1
"""What two orders of a yuan earn by themselves: the first counts double."""


async def offered(mall: Mall, **differing: Any) -> Challenge:
    name = f"Two orders {uuid4().hex[:4]}"
    async with mall.books():
        words = {"zh_cn": "两单", "en": name}
        return await a_challenge(title=words, goal=2, closes_at=clock.now() + timedelta(minutes=30), **differing)


async def of(mall: Mall, whose: Somebody) -> tuple[int, int]:
    async with mall.books():
        return await balance(whose.member_id)


async def opens(phone: Phone, challenge: Challenge) -> None:
    await phone.open(f"/challenge/{global_id('Challenge', challenge.id)}")
    await phone.settled()


async def agrees_and_takes_it_up(phone: Phone) -> None:
    await phone.page.locator("input[name=agreed]").tap()
    await phone.page.get_by_test_id("take-up").tap()


async def test_what_is_held_won_and_lost_is_said_before_the_tap_and_is_so_after(mall: Mall, chromium: Browser) -> None:
    ann, challenge = await mall.somebody("Ann", points=1000), await offered(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        await phone.listens()
        stakes = phone.page.get_by_test_id("stakes")
        button = phone.page.get_by_test_id("take-up")
        await expect(button).to_have_attribute("aria-disabled", "true")
        before = await phone.touches()
        await phone.page.get_by_text("300", exact=True).first.tap()
        for said in ("Held now", "300", "+60", "−300"):
            await expect(stakes).to_contain_text(said)
        assert await of(mall, ann) == (1000, 0)
        await agrees_and_takes_it_up(phone)
        standing = phone.page.get_by_test_id("standing")
        for said in ("Under way", "0 of 2 orders", "300", "+60", "−300"):
            await expect(standing).to_contain_text(said)
        assert await phone.touches() - before <= TOUCHES_MAX
        assert await of(mall, ann) == (700, 300)
        key = await the_key(mall)
        await pay(mall, key, ann.reference, 1)
        await expect(standing).to_contain_text("1 of 2 orders")
        await pay(mall, key, ann.reference, 1)
        await expect(standing).to_contain_text("your 300 points are free again and 60 points were added")
        await expect(phone.page.get_by_role("status").get_by_text("done, +60 points")).to_be_visible()
        assert await of(mall, ann) == (1000 + FIRST_AND_SECOND + 60, 0)
        assert phone.troubles == []


async def test_a_press_without_agreeing_stakes_nothing(mall: Mall, chromium: Browser) -> None:
    ann, challenge = await mall.somebody("Ann", points=1000), await offered(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        await phone.page.get_by_test_id("take-up").tap(force=True)
        await phone.page.wait_for_timeout(300)
        assert await of(mall, ann) == (1000, 0)
        await expect(phone.page.get_by_test_id("standing")).to_have_count(0)


async def test_another_stake_asks_to_be_agreed_to_anew(mall: Mall, chromium: Browser) -> None:
    ann, challenge = await mall.somebody("Ann", points=1000), await offered(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        agreed = phone.page.locator("input[name=agreed]")
        await agreed.tap()
        await expect(agreed).to_be_checked()
        await phone.page.get_by_text("500", exact=True).first.tap()
        await expect(agreed).not_to_be_checked()


async def test_who_has_too_little_is_told_how_much_is_missing(mall: Mall, chromium: Browser) -> None:
    ben, challenge = await mall.somebody("Ben", points=40), await offered(mall)
    async with a_phone(chromium, mall.address, ben) as phone:
        await opens(phone, challenge)
        await expect(phone.page.locator("form").get_by_role("alert")).to_contain_text("60 points more needed")
        await expect(phone.page.locator("input[name=agreed]")).to_be_disabled()


async def test_a_cancelled_challenge_gives_the_stake_back_while_she_looks(mall: Mall, chromium: Browser) -> None:
    ann, challenge = await mall.somebody("Ann", points=1000), await offered(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        await phone.listens()
        await agrees_and_takes_it_up(phone)
        await expect(phone.page.get_by_test_id("standing")).to_contain_text("Under way")
        async with mall.books():
            await cancels(challenge)
        told = phone.page.get_by_test_id("standing")
        await expect(told).to_contain_text("your 100 points are free again")
        assert await of(mall, ann) == (1000, 0)


async def test_on_the_play_screen_she_sees_how_far_she_is(mall: Mall, chromium: Browser) -> None:
    ann, challenge = await mall.somebody("Ann", points=1000), await offered(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        await agrees_and_takes_it_up(phone)
        await expect(phone.page.get_by_test_id("standing")).to_contain_text("Under way")
        await phone.go("/play")
        row = phone.page.get_by_test_id("challenges").locator("li", has_text=challenge.title["en"])
        await expect(row).to_contain_text("100 points staked")
        await row.tap()
        await expect(phone.page.get_by_test_id("standing")).to_contain_text("0 of 2 orders")


async def test_what_she_gives_on_the_way_wins_a_challenge_to_give(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann", points=2000)
    async with mall.books():
        words = {"zh_cn": "捐五百分", "en": f"Give five hundred {uuid4().hex[:4]}"}
        closes_at = clock.now() + timedelta(minutes=30)
        challenge = await a_challenge(title=words, kind=ChallengeKind.DONATIONS, goal=500, closes_at=closes_at)
    project = await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await opens(phone, challenge)
        await phone.listens()
        await expect(phone.page.locator("main")).to_contain_text("Give 500 points to projects")
        await agrees_and_takes_it_up(phone)
        standing = phone.page.get_by_test_id("standing")
        await expect(standing).to_contain_text("0 of 500 points")
        await expect(phone.page.get_by_role("link", name="To the projects")).to_have_attribute("href", "/giving")
        async with mall.books():
            await gives(ann.member_id, project, 200)
        await expect(standing).to_contain_text("200 of 500 points")
        async with mall.books():
            await gives(ann.member_id, project, 300)
        await expect(standing).to_contain_text("your 100 points are free again and 20 points were added")
        assert await of(mall, ann) == (2000 - 500 + 20, 0)
        assert phone.troubles == []
