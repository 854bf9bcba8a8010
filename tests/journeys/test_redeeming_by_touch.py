"""From the home screen to a confirmed redemption: three touches at most, and the receipt before anybody wonders."""

import asyncio
import re
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, expect
from sqlmodel import select

from backend.demo.seeding import DATA
from backend.kit import db
from backend.rewards import redeeming
from backend.rewards.models import Reward
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody

TOUCHES_MAX = 3
RECEIPT_WITHIN_SECONDS = 1.5
TRIES_MAX = 3
"""A busy machine only ever adds time, so one try within the promise shows that it is kept."""
GIVEN = {"COUPON": "Voucher code", "SERVICE": "Service code", "PHYSICAL": "Pick-up code"}
LIKED_BEFORE = {"COUPON": "REPAIR-BIKE", "SERVICE": "BIKE-MONTH", "PHYSICAL": "COFFEE-POUR"}
"""Something of the same category, but of another kind."""
A_CODE = re.compile(r"^[\w-]{4,}$")


@pytest.mark.watches_the_clock
@pytest.mark.parametrize("kind", GIVEN)
async def test_a_reward_on_the_home_screen_is_hers_after_three_touches(
    mall: Mall, chromium: Browser, kind: str
) -> None:
    ann = await somebody_who_likes(mall, kind)
    async with a_phone(chromium, mall.address, ann) as phone:
        waits: list[float] = []
        while len(waits) < TRIES_MAX and min(waits, default=9.0) > RECEIPT_WITHIN_SECONDS:
            await phone.open()
            before = await phone.balance()
            waits.append(await redeem(phone, await a_plate(phone, kind)))
            assert await phone.touches() <= TOUCHES_MAX
            await expect(phone.page.get_by_text(GIVEN[kind], exact=True)).to_be_visible()
            await expect(phone.page.locator("dialog code").first).to_have_text(A_CODE)
            await phone.page.get_by_role("dialog").get_by_role("button", name="Close").last.tap()
            assert await phone.balance() < before
        assert min(waits) <= RECEIPT_WITHIN_SECONDS, waits
        assert phone.troubles == []


async def test_goods_go_to_the_first_pick_up_point_unless_she_says_otherwise(mall: Mall, chromium: Browser) -> None:
    ann = await somebody_who_likes(mall, "PHYSICAL")
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        await redeem(phone, await a_plate(phone, "PHYSICAL"))
        await expect(phone.page.get_by_role("dialog")).to_contain_text("People's Square store")
        await phone.open("/me")
        await expect(phone.page.get_by_text("People's Square store")).to_be_visible()


async def test_what_is_missing_is_said_before_the_touch_and_nothing_happens_after(
    mall: Mall, chromium: Browser
) -> None:
    ann = await mall.somebody(points=1)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/rewards")
        plate = phone.page.locator("[data-sku=BIKE-MONTH]").last
        await expect(plate).to_contain_text("449 more points")
        await plate.tap()
        button = phone.page.get_by_test_id("redeem")
        await expect(phone.page.get_by_role("dialog")).to_contain_text("449 more points")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await button.scroll_into_view_if_needed()
        await button.tap(force=True)
        await button.tap(force=True)
        await expect(phone.page.get_by_test_id("receipt")).to_have_count(0)
        await phone.open()
        assert await phone.balance() == 1
        assert phone.troubles == []


async def test_two_quick_touches_are_not_a_yes(mall: Mall, chromium: Browser) -> None:
    ann = await somebody_who_likes(mall, "COUPON")
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        before = await phone.balance()
        await (await a_plate(phone, "COUPON")).tap()
        button = phone.page.get_by_test_id("redeem")
        await expect(button).to_have_attribute("aria-disabled", "false")
        await button.evaluate("(button) => { button.click(); button.click(); }")
        await expect(button).to_have_text("Confirm")
        await phone.open()
        assert await phone.balance() == before


async def somebody_who_likes(mall: Mall, kind: str) -> Somebody:
    """Somebody with plenty of points and nowhere to send goods, whose past puts a reward of this kind on her home."""
    ann = await mall.somebody(points=6000)
    async with mall.books():
        async with db.read() as session:
            liked = (await session.exec(select(Reward).where(Reward.sku == LIKED_BEFORE[kind]))).one()
        await db.transact(redeeming.redeem_reward, key=uuid4(), member_id=ann.member_id, reward_id=liked.id)
    return ann


async def a_plate(phone: Phone, kind: str) -> Locator:
    """The first reward of this kind on the home screen that she may redeem."""
    skus = {reward["sku"] for reward in DATA["rewards"] if reward["kind"] == kind}
    plates = phone.page.locator(", ".join(f"[data-sku={sku}]:not(:has(.far))" for sku in sorted(skus)))
    return plates.first


async def redeem(phone: Phone, plate: Locator) -> float:
    """Touch, touch, touch; returns the seconds from the last one to the receipt."""
    await plate.tap()
    button = phone.page.get_by_test_id("redeem")
    await expect(button).to_have_attribute("aria-disabled", "false")
    await button.tap()
    await expect(button).to_have_text("Confirm")
    await expect(button).to_have_attribute("aria-disabled", "false")
    done = asyncio.create_task(phone.when("Receipt fingerprint"))
    await button.tap()
    await expect(phone.page.get_by_test_id("receipt")).to_be_visible()
    return await done - await phone.touched_at()
