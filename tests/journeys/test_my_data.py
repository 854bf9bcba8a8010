"""By touch: a member takes her data away, and leaves for good after reading what that takes."""

import json
from pathlib import Path

from playwright.async_api import Browser, expect

from backend.kit import db
from backend.members.models import Member
from tests.builders import a_gift
from tests.journeys.a_phone import a_phone
from tests.journeys.a_running_mall import Mall


async def test_she_downloads_everything_kept_about_her(mall: Mall, chromium: Browser, tmp_path: Path) -> None:
    ann = await mall.somebody("Annika", points=120)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/me")
        await phone.page.get_by_role("link", name="My data").tap()
        async with phone.page.expect_download() as coming:
            await phone.page.get_by_role("button", name="Download my data").tap()
        download = await coming.value
        assert download.suggested_filename.startswith("points-mall-")
        await download.save_as(tmp_path / "mine.json")
        found = json.loads((tmp_path / "mine.json").read_text())
        assert found["member"][0]["nickname"].startswith("Annika") and len(found["entries"]) == 1
        assert phone.troubles == []


async def test_she_leaves_only_after_saying_that_she_understands(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Annika", points=120)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/me/data")
        page = phone.page
        await expect(page.get_by_text("You will lose 120 points")).to_be_visible()
        leave = page.get_by_role("button", name="Delete my account")
        await expect(leave).to_have_attribute("aria-disabled", "true")
        await page.get_by_label("I understand").tap()
        await leave.tap()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await phone.open("/me")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert phone.troubles == []
    async with mall.books(), db.read() as session:
        row = await session.get(Member, ann.member_id)
    assert row is not None and row.erased_at is not None and not row.nickname.startswith("Annika")


async def test_she_loses_nothing_she_was_not_shown(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Annika", points=120)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/me/data")
        page = phone.page
        await expect(page.get_by_text("You will lose 120 points")).to_be_visible()
        async with mall.books():
            await a_gift(ann.member_id, 30)
        await page.get_by_label("I understand").tap()
        await page.get_by_role("button", name="Delete my account").tap()
        await expect(page.get_by_role("alert").get_by_text("150 points")).to_be_visible()
        await expect(page.get_by_text("You will lose 150 points")).to_be_visible()
