"""An auction in every state it can be in: both languages and themes, nothing for axe to find, nothing cut off."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from backend.kit.graphql import global_id
from tests.auctions.builders import an_auction, bids, cancels
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.every_screen import findings, sticks_out, untranslated
from tests.rewards.builders import frozen

NARROWEST = 320
ENDS_WITHIN_SECONDS = 8


async def auctions_of(mall: Mall, ann: Somebody, ben: Somebody, *, broke: str) -> dict[str, UUID]:
    """One for each state, as Ann has to do with it; `broke`: why one of them was cancelled."""
    async with mall.books():
        made = {
            "coming": await an_auction(opens_in=timedelta(hours=5)),
            "fresh": await an_auction(buy_now_points=300, soft_close_seconds=60),
            "led": await an_auction(maximum_per_member=400),
            "outbid": await an_auction(reserve_points=300),
            "won": await an_auction(ends_in=timedelta(seconds=ENDS_WITHIN_SECONDS)),
            "lost": await an_auction(ends_in=timedelta(seconds=ENDS_WITHIN_SECONDS)),
            "cancelled": await an_auction(),
            "unsold": await an_auction(ends_in=timedelta(seconds=ENDS_WITHIN_SECONDS)),
        }
        for name in ("led", "outbid", "won", "lost", "cancelled"):
            rising = (ann, ben) if name in ("outbid", "lost") else (ben, ann)
            for maximum, who in zip((30, 60), rising, strict=True):
                await bids(who.member_id, made[name], maximum)
        await cancels(made["cancelled"], reason=broke)
    return made


async def seen(phone: Phone, auction: UUID, language: str) -> list[str]:
    """What is wrong with an auction's screen."""
    await phone.go(f"/auction/{global_id('Auction', auction)}")
    await expect(phone.page.get_by_test_id("auction")).not_to_have_attribute("data-phase", "SETTLING", timeout=60_000)
    await phone.settled()
    return await wrong(phone, language)


async def wrong(phone: Phone, language: str) -> list[str]:
    troubles, phone.troubles = phone.troubles, []
    return troubles + await looks_wrong(phone, language)


async def looks_wrong(phone: Phone, language: str) -> list[str]:
    wide = ["it sticks out"] if await sticks_out(phone.page) else []
    return wide + await untranslated(phone.page, language) + await findings(phone.page)


async def cut_off(phone: Phone, language: str) -> list[str]:
    """What is wrong with the auction she looks at while there is no connection."""
    await phone.page.context.set_offline(True)
    await expect(phone.page.get_by_test_id("staleness")).to_be_visible()
    found = await looks_wrong(phone, language)
    await phone.page.context.set_offline(False)
    await expect(phone.page.get_by_test_id("staleness")).to_have_count(0)
    # What could not be fetched meanwhile was said by the browser, as it should be.
    phone.troubles = []
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_an_auction_is_whole_in_every_state(mall: Mall, chromium: Browser, language: str, theme: str) -> None:
    names, broke = (("Ann", "Ben"), "It broke.") if language == "en" else (("安安", "阿本"), "拍品碎了。")
    ann, ben = [await mall.somebody(name, points=500) for name in names]
    made = await auctions_of(mall, ann, ben, broke=broke)
    await asyncio.sleep(ENDS_WITHIN_SECONDS)
    found: dict[str, list[str]] = {}
    shape = {"language": language, "theme": theme, "width": NARROWEST, "with_axe": True}
    async with a_phone(chromium, mall.address, ann, **shape) as phone:  # type: ignore[arg-type]
        await phone.open("/play")
        await phone.settled()
        for name, auction in made.items():
            found[name] = await seen(phone, auction, language)
            if name == "led":
                await phone.page.get_by_test_id("dock").locator("[aria-expanded]").tap()
                found["her own maximum"] = await wrong(phone, language)
                found["offline"] = await cut_off(phone, language)
            if name == "fresh":
                await phone.page.locator("[aria-haspopup=dialog]").tap()
                found["buying at once"] = await wrong(phone, language)
    async with mall.books():
        await frozen(ben.member_id)
    async with a_phone(chromium, mall.address, ben, **shape) as phone:  # type: ignore[arg-type]
        await phone.open("/play")
        await phone.settled()
        found["frozen"] = await seen(phone, made["outbid"], language)
    async with a_phone(chromium, mall.address, **shape) as phone:  # type: ignore[arg-type]
        await phone.open(f"/auction/{global_id('Auction', made['fresh'])}")
        await expect(phone.page.get_by_test_id("dock")).to_be_visible()
        found["signed out"] = await wrong(phone, language)
    assert {where: what for where, what in found.items() if what} == {}
