"""A charity's desk: its own projects and nobody else's, live, with givers counted and never named."""

from datetime import date
from pathlib import Path

from playwright.async_api import Browser, expect

from backend.charity import statements
from backend.charity.models import Charity
from backend.kit import db
from backend.programme import terms
from tests.charity.giving import gives
from tests.journeys.a_phone import a_phone
from tests.journeys.a_running_mall import Mall
from tests.journeys.giving_projects import staff_of, the_charity, the_project

OTHERS = {"zh_cn": "别家的项目", "en": "Somebody else's project"}
WIDE = 1280


async def last_month_signed(mall: Mall, charity: Charity) -> str:
    """The month before this one gets its statement; named as YYYY-MM."""
    async with mall.books():
        async with db.read() as session:
            programme = await terms.in_force(session)
        today = programme.today()
        month: date = programme.month_after(today.replace(day=1), -1)
        made = await db.transact(statements.make, charity_id=charity.id, month=month)
    assert made is not None, "nothing was ever sealed"
    return month.isoformat()[:7]


async def test_a_partner_sees_her_projects_live_and_no_others(mall: Mall, chromium: Browser, tmp_path: Path) -> None:
    charity, giver = await the_charity(mall), await mall.somebody("Giver", points=1_000)
    hers = await the_project(mall, charity=charity, given=700)
    theirs = await the_project(mall, title=OTHERS, given=900)
    month = await last_month_signed(mall, charity)
    async with a_phone(chromium, mall.address, await staff_of(mall, charity)) as phone:
        await phone.open("/me")
        await phone.page.get_by_role("link", name="Charity desk").tap()
        await expect(phone.page.get_by_test_id("desk-given")).to_have_text("700")
        await phone.settled()
        assert OTHERS["en"] not in await phone.page.inner_text("body")
        await expect(phone.page.locator(".chart canvas")).to_be_visible()
        await expect(phone.page.locator(f"[data-month='{month}']")).to_contain_text("Signature verified here")
        await phone.listens()
        async with mall.books():
            await gives(giver.member_id, hers, 300, campaign="autumn")
        await expect(phone.page.get_by_test_id("desk-given")).to_have_text("1,000")
        await expect(phone.page.get_by_test_id("desk-project")).to_contain_text("¥10")
        await expect(phone.page.get_by_text("1,000 points in this time")).to_be_visible()
        async with phone.page.expect_download() as downloading:
            await phone.page.get_by_role("group", name="Export").get_by_role("link", name="CSV file").tap()
        file = tmp_path / "figures.csv"
        await (await downloading.value).save_as(file)
        assert "total,,1000,2," in file.read_text("utf-8-sig")
        refused = await phone.page.request.get(f"{mall.address}/desk/{theirs.code}.csv")
        assert refused.status == 404
        assert phone.troubles == []


async def test_small_numbers_of_givers_are_not_shown(mall: Mall, chromium: Browser) -> None:
    charity = await the_charity(mall)
    await the_project(mall, charity=charity, given=200)
    async with a_phone(chromium, mall.address, await staff_of(mall, charity), width=WIDE) as phone:
        await phone.open("/desk")
        await phone.page.get_by_text("As a table").click()
        row = phone.page.locator("details tbody tr")
        await expect(row).to_have_count(1)
        await expect(row).to_contain_text("not shown")
        await phone.page.get_by_role("radio", name="7 days").click()
        await expect(phone.page.get_by_text("200 points in this time")).to_be_visible()
        await phone.page.get_by_role("textbox", name="To").fill("2020-01-01")
        await phone.page.get_by_role("textbox", name="To").blur()
        await expect(phone.page.get_by_text("Nobody gave in this time.")).to_be_visible()
        assert phone.troubles == []


async def test_who_works_for_no_charity_finds_no_desk(mall: Mall, chromium: Browser) -> None:
    async with a_phone(chromium, mall.address, await mall.somebody("Ann", points=1)) as phone:
        await phone.open("/me")
        await phone.settled()
        await expect(phone.page.get_by_role("link", name="Charity desk")).to_have_count(0)
        await phone.go("/desk")
        await expect(phone.page.get_by_text("This desk is for the staff of charity partners.")).to_be_visible()
        assert phone.troubles == []
    async with a_phone(chromium, mall.address) as stranger:
        await stranger.open("/desk")
        await expect(stranger.page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert stranger.page.url.endswith("/signin?next=%2Fdesk")


async def test_a_charity_without_projects_is_told_so(mall: Mall, chromium: Browser) -> None:
    charity = await the_charity(mall)
    async with a_phone(chromium, mall.address, await staff_of(mall, charity)) as phone:
        await phone.open("/desk")
        await expect(phone.page.get_by_text("No project yet.")).to_be_visible()
        await expect(phone.page.get_by_text("The first statement comes when the first month is over.")).to_be_visible()
        assert phone.troubles == []
