"""Points that expire: what was shown goes on its day, what was never shown lives on, and one touch extends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from playwright.async_api import Browser, Page, expect
from sqlmodel import select

from backend.kit import clock, db
from backend.ledger import expiry, extending, notices
from backend.ledger.models import ExpiryNotice
from tests.builders import a_gift
from tests.journeys.a_phone import SEEN_SECONDS_MAX, a_phone
from tests.journeys.a_running_mall import Mall, Somebody

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@asynccontextmanager
async def some_days_later(mall: Mall, days: timedelta) -> AsyncIterator[None]:
    """The books as another process of the product would find them so much later."""
    async with mall.books():
        clock.turn(days)
        try:
            yield
        finally:
            clock.turn(timedelta(0))


async def warned(mall: Mall, ann: Somebody, points: int) -> None:
    async with mall.books():
        await a_gift(ann.member_id, points, expires_in=6 * DAY)
        await db.transact(notices.warn, member_ids=[ann.member_id])


async def delivered(mall: Mall, ann: Somebody) -> list[str | None]:
    query = select(ExpiryNotice.delivered_by).where(ExpiryNotice.member_id == ann.member_id)
    async with mall.books(), db.read() as session:
        return list((await session.exec(query)).all())


async def said_to_be_shown(page: Page) -> None:
    await page.wait_for_function("() => !Object.keys(localStorage).some((name) => name.startsWith('shown:'))")


async def test_a_warning_that_was_shown_is_delivered_and_the_points_go_on_their_day(
    mall: Mall, chromium: Browser
) -> None:
    ann = await mall.somebody()
    await warned(mall, ann, 800)
    assert await delivered(mall, ann) == [None]
    async with a_phone(chromium, mall.address, ann) as phone:
        async with phone.page.expect_response(lambda answer: "seqs" in (answer.request.post_data or "")):
            await phone.open()
        await expect(phone.page.get_by_test_id("expiring")).to_contain_text("800 expire on")
        await said_to_be_shown(phone.page)
        assert await delivered(mall, ann) == ["PHONE"]
        await phone.listens()
        async with some_days_later(mall, 6 * DAY):
            assert await db.transact(extending.extend_untold, member_ids=[ann.member_id]) == 0
            assert await db.transact(expiry.expire_due, member_ids=[ann.member_id]) == 800
        await phone.when("These points had reached their last day.")
        await expect(phone.page.get_by_test_id("balance")).to_have_text("0")
        assert phone.troubles == []


async def test_points_whose_warning_was_never_shown_live_on_and_the_phone_says_so(
    mall: Mall, chromium: Browser
) -> None:
    ann = await mall.somebody()
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        await phone.listens()
        async with mall.books():
            # Further away than the first warning, or the mall's own worker may warn her meanwhile.
            await a_gift(ann.member_id, 800, expires_in=100 * DAY)
        async with some_days_later(mall, 100 * DAY - HOUR):
            assert await db.transact(extending.extend_untold, member_ids=[ann.member_id]) == 1
        await phone.when("800 points good until")
        await phone.when("No reminder of their expiry had reached you: 30 more days.")
        await expect(phone.page.get_by_test_id("balance")).to_have_text("800")
        await phone.go("/points")
        await expect(phone.page.locator("summary", has_text="30 more days").first).to_contain_text("Extended")
        assert phone.troubles == []


async def test_points_that_expire_are_extended_by_touch_once_a_year(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody()
    await warned(mall, ann, 800)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        await phone.page.get_by_test_id("expiring").get_by_role("link", name="expire on").tap()
        panel = phone.page.get_by_test_id("expiring-panel")
        await expect(panel).to_contain_text("Once a year: 800 points that expire soon live 3 months longer.")
        await expect(panel.get_by_role("link", name="Use them now")).to_be_visible()
        before = await phone.touches()
        await panel.get_by_role("button", name="Extend to").tap()
        await expect(panel.get_by_role("status")).to_contain_text("800 points extended")
        assert await phone.touches() - before == 1
        await expect(panel.get_by_role("button", name="Extend to")).to_have_count(0)
        await expect(phone.page.locator("summary", has_text="You asked for 3 more months.")).to_be_visible()
        assert phone.troubles == []


async def test_what_was_shown_without_a_line_is_said_with_the_next_one(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody()
    await warned(mall, ann, 800)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.context.route("**/graphql", lambda route: route.abort())
        await phone.open()
        await phone.page.wait_for_function(
            "() => Object.keys(localStorage).some((name) => name.startsWith('shown:'))",
            timeout=SEEN_SECONDS_MAX * 1000,
        )
        assert await delivered(mall, ann) == [None]
        await phone.page.context.unroute_all()
        await phone.page.reload()
        # What was under way when the page was left has ended with it.
        phone.troubles.clear()
        await said_to_be_shown(phone.page)
        assert await delivered(mall, ann) == ["PHONE"]
        assert phone.troubles == []
