"""Drawing by touch: the odds before the tap, the prize at once, and every result computed again on the phone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from backend.games import closing_draws
from backend.games.models_draws import DrawPool, DrawRound
from backend.games.rounds import Promised
from backend.kit import clock, db
from backend.kit.graphql import global_id
from backend.rewards.models import RewardKind
from tests.games.drawing import THANKS, a_pool, a_prize, a_round, made_in
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.every_screen import findings, sticks_out, untranslated
from tests.rewards.builders import a_reward

SURELY = 100_000_000
SHOWN_ANOTHER = "(one) => localStorage.setItem('draws', localStorage.getItem('draws').replace(one, 'f'.repeat(64)))"
LOOKS = [("en", "dark"), ("zh-CN", "light"), ("en", "light"), ("zh-CN", "dark")]


async def an_open_round(pool: DrawPool, *promised: Promised) -> DrawRound:
    """Published an hour ago as this process's clock has it, and open since by everyone's."""
    opens_at = clock.now() - timedelta(minutes=5)
    clock.turn(timedelta(hours=-1))
    try:
        closes_at = opens_at + timedelta(days=2)
        return await a_round(pool, *promised, opens_at=opens_at, closes_at=closes_at, key=uuid4())
    finally:
        clock.turn(timedelta(0))


async def a_box(weekly_limit: int = 5) -> tuple[DrawPool, DrawRound]:
    """A pool from which the first draw is surely a coupon, and the next ones points, by the published rule."""
    code = f"J{uuid4().hex[:8]}".upper()
    coupon = await a_reward(f"{code}-CUP", kind=RewardKind.COUPON, codes=3, value_minor=20)
    pool = await a_pool(code, weekly_limit=weekly_limit, points=5_000)
    points = Promised(weight=1, pieces=50, points=15)
    return pool, await an_open_round(pool, a_prize(coupon, weight=SURELY, pieces=1), points, THANKS)


async def reveal(drawn_round: DrawRound) -> None:
    await db.transact(closing_draws.close_draw_round, round_id=drawn_round.id)
    await db.transact(closing_draws.reveal_seed, round_id=drawn_round.id)


def path_of(pool: DrawPool) -> str:
    return f"/draw/{global_id('DrawPool', pool.id)}"


@pytest.fixture
async def ann(mall: Mall) -> AsyncIterator[Somebody]:
    yield await mall.somebody("Ann", points=40_000)
    assert await mall.broken_promises() == []


async def draw(phone: Phone) -> None:
    await phone.page.get_by_test_id("draw").tap()
    await expect(phone.page.get_by_test_id("drawn")).to_be_visible()
    await expect(phone.page.get_by_test_id("draw")).to_have_attribute("aria-busy", "false")


async def test_the_odds_stand_there_before_the_tap_and_for_whoever_is_not_signed_in(
    mall: Mall, chromium: Browser, ann: Somebody
) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    for who in (ann, None):
        async with a_phone(chromium, mall.address, who) as phone:
            await phone.open(path_of(pool))
            rows = phone.page.get_by_test_id("odds").locator("li")
            await expect(rows).to_have_count(3)
            await expect(rows.nth(0)).to_contain_text("1 of 1 left")
            await expect(rows.nth(0)).to_contain_text("100%")
            await expect(rows.nth(1)).to_contain_text("50 of 50 left")
            await expect(rows.nth(2)).to_contain_text("always there")
            await phone.page.locator("summary").tap()
            await expect(phone.page.get_by_test_id("commitment")).to_have_text(drawn_round.commitment)
            await expect(phone.page.get_by_test_id("drawn")).to_have_count(0)
            assert phone.troubles == []


async def test_one_tap_draws_and_the_phone_computes_it_again_once_the_seed_is_revealed(
    mall: Mall, chromium: Browser, ann: Somebody
) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(pool))
        await phone.settled()
        before = await phone.touches()
        await draw(phone)
        assert await phone.touches() - before == 1
        drawn = phone.page.get_by_test_id("drawn")
        await expect(drawn).to_contain_text("You drew Cup")
        await expect(phone.page.locator("dl").first).to_contain_text("35,000")
        await draw(phone)
        await expect(drawn).to_contain_text("You drew 15 points")
        await expect(drawn).to_contain_text("“Cup”, which was gone")
        await expect(phone.page.get_by_test_id("odds").locator("li").first).to_contain_text("all gone")
        await phone.page.get_by_role("link", name="Check this draw").tap()
        sealed = phone.page.get_by_test_id("sealed")
        await expect(sealed).to_contain_text("Your phone noted this at the moment you drew")
        await expect(sealed).to_contain_text(drawn_round.commitment)
        await expect(phone.page.get_by_test_id("holds")).to_have_count(0)
        async with mall.books():
            await reveal(drawn_round)
            made = await made_in(drawn_round)
        await phone.go("/draws")
        await phone.page.locator("a[href^='/check-draw/']").first.tap()
        await expect(phone.page.get_by_test_id("holds")).to_contain_text("it comes to exactly this: 15 points")
        steps = phone.page.locator("[data-step]")
        await expect(steps).to_have_count(6)
        await expect(steps.nth(0)).to_contain_text("your phone noted the fingerprints")
        await expect(steps.nth(4)).to_contain_text(
            "“Cup”. That was gone by then: by the published rule it became “15 points”"
        )
        await expect(steps.nth(5)).to_contain_text("All 2 draws of it")
        await expect(phone.page.locator("main")).to_contain_text(made[1].hash.hex())
        assert phone.troubles == []


async def test_from_the_play_screen_she_sees_the_odds_opens_the_box_and_checks_it(
    mall: Mall, chromium: Browser, ann: Somebody
) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/")
        await phone.page.locator("nav a[href='/play']").tap()
        await phone.page.get_by_test_id("draws").locator(f"a[href='{path_of(pool)}']").tap()
        odds = phone.page.get_by_test_id("odds")
        await expect(odds).to_contain_text("100%")
        await expect(phone.page.get_by_test_id("draw")).to_be_visible()
        await expect(odds).to_be_in_viewport(ratio=0.99)
        await expect(phone.page.get_by_test_id("drawn")).to_have_count(0)
        await draw(phone)
        await phone.page.get_by_role("link", name="Check this draw").tap()
        await phone.page.get_by_test_id("sealed").wait_for()
        async with mall.books():
            await reveal(drawn_round)
        # She comes back another day, by the way of the Play screen.
        await phone.go("/play")
        await phone.page.get_by_test_id("draws").locator("a[href='/draws']").tap()
        await phone.page.locator("a[href^='/check-draw/']").first.tap()
        await expect(phone.page.get_by_test_id("holds")).to_contain_text("it comes to exactly this: Cup")
        assert phone.troubles == []


async def test_a_mall_that_tells_another_story_later_is_found_out(mall: Mall, chromium: Browser, ann: Somebody) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(pool))
        await phone.settled()
        await draw(phone)
        # As if the mall had shown another commitment when she drew.
        await phone.page.evaluate(SHOWN_ANOTHER, drawn_round.commitment)
        async with mall.books():
            await reveal(drawn_round)
        await phone.page.get_by_role("link", name="Check this draw").tap()
        await expect(phone.page.get_by_role("alert")).to_contain_text("not what your phone noted")
        await expect(phone.page.get_by_test_id("holds")).to_have_count(0)


async def test_when_the_weeks_draws_are_used_up_it_says_so_and_draws_nothing(
    mall: Mall, chromium: Browser, ann: Somebody
) -> None:
    async with mall.books():
        pool, drawn_round = await a_box(weekly_limit=1)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(pool))
        await expect(phone.page.locator("main")).to_contain_text("1 more draw this week")
        await draw(phone)
        await expect(phone.page.get_by_test_id("wait")).to_contain_text("You have had this week's draws. More from")
        await phone.page.get_by_test_id("draw").tap(force=True)
        await phone.settled()
        async with mall.books():
            assert len(await made_in(drawn_round)) == 1
        assert phone.troubles == []


async def test_offline_nothing_is_drawn_nor_drawn_later(mall: Mall, chromium: Browser, ann: Somebody) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(pool))
        await phone.settled()
        await phone.page.context.set_offline(True)
        button = phone.page.get_by_test_id("draw")
        await expect(button).to_have_text("Offline: drawing needs a connection")
        await button.tap(force=True)
        await phone.page.context.set_offline(False)
        await expect(button).to_contain_text("Draw once")
        await phone.settled()
        async with mall.books():
            assert await made_in(drawn_round) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_every_screen_of_a_draw_is_whole(
    mall: Mall, chromium: Browser, ann: Somebody, language: str, theme: str
) -> None:
    async with mall.books():
        pool, drawn_round = await a_box()
    found: dict[str, list[str]] = {}

    async def look(where: str) -> None:
        await phone.settled()
        wrong = await untranslated(phone.page, language) + [str(one) for one in await findings(phone.page)]
        found[where] = wrong + (["it can be moved sideways"] if await sticks_out(phone.page) else [])

    async with a_phone(chromium, mall.address, ann, language=language, theme=theme, with_axe=True) as phone:
        await phone.open(path_of(pool))
        await look("before")
        await draw(phone)
        await look("drawn")
        await phone.page.locator("a[href^='/check-draw/']").tap()
        await phone.page.get_by_test_id("sealed").wait_for()
        await look("sealed")
        async with mall.books():
            await reveal(drawn_round)
        await phone.go("/draws")
        await look("hers")
        await phone.page.locator("a[href^='/check-draw/']").first.tap()
        await phone.page.get_by_test_id("holds").wait_for()
        await look("checked")
        assert phone.troubles == []
    assert {where: what for where, what in found.items() if what} == {}


async def test_without_motion_the_box_simply_stands_open(mall: Mall, chromium: Browser, ann: Somebody) -> None:
    async with mall.books():
        pool, _ = await a_box()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.emulate_media(reduced_motion="reduce")
        await phone.open(path_of(pool))
        await phone.settled()
        await draw(phone)
        assert (
            await phone.page.evaluate(
                "() => document.querySelector('.box.open').getAnimations({ subtree: true }).length"
            )
            == 0
        )
        await phone.page.emulate_media(reduced_motion="no-preference")
        await draw(phone)
        assert (
            await phone.page.evaluate(
                "() => document.querySelector('.box.open').getAnimations({ subtree: true }).length"
            )
            > 0
        )
