"""What happened to her points can be picked, unfolded, added up and taken along."""

import csv
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, expect

from backend.kit import db
from backend.ledger import transferring
from tests.builders import a_gift
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.paid_orders import pay, the_key


async def somebody_with_a_past(mall: Mall) -> Somebody:
    """A gift of 300, 60 of it sent away, and an order."""
    ann, ben = await mall.somebody("Ann", points=300), await mall.somebody("Ben")
    await pay(mall, await the_key(mall), ann.reference, 88)
    async with mall.books():
        await a_gift(ann.member_id, 40, expires_in=timedelta(days=6))
    await send(mall, ann, ben)
    return ann


async def send(mall: Mall, ann: Somebody, ben: Somebody) -> None:
    async with mall.books():
        verb = transferring.transfer_points
        await db.transact(verb, key=uuid4(), member_id=ann.member_id, to=ben.reference, points=60)


async def choose(phone: Phone, name: str) -> None:
    await phone.page.get_by_role("radio", name=name, exact=True).locator("..").tap()
    await phone.settled()


async def test_a_history_is_picked_by_touch_and_says_why(mall: Mall, chromium: Browser) -> None:
    ann = await somebody_with_a_past(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/points")
        await phone.settled()
        entries = phone.page.locator("ol > li")
        await expect(entries).to_have_count(4)
        await expect(phone.page.locator("h2", has_text="202")).to_have_count(1)
        await choose(phone, "Transfers")
        await expect(entries).to_have_count(1)
        await expect(entries).to_contain_text("−60")
        await choose(phone, "Expired")
        await expect(phone.page.get_by_text("Nothing fits.")).to_be_visible()
        await choose(phone, "Earned")
        await expect(entries).to_have_count(3)
        order = phone.page.locator("ol > li", has_text="Order")
        await order.locator("summary").tap()
        await expect(order.get_by_text("How it was counted")).to_be_visible()
        reference = await order.locator("dt", has_text="Reference").locator("+ dd").inner_text()
        await choose(phone, "All")
        await phone.page.get_by_text("Narrow down").tap()
        await phone.page.locator("input[type=search]").fill(reference)
        await expect(entries).to_have_count(1)
        await phone.page.locator("input[type=search]").fill("")
        await choose(phone, "Lost")
        await expect(entries).to_have_count(1)
        await expect(entries).to_contain_text("−60")
        assert phone.troubles == []


async def test_a_month_adds_up_on_the_screen_and_in_the_file(mall: Mall, chromium: Browser, tmp_path: Path) -> None:
    ann = await somebody_with_a_past(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open()
        await phone.kept()
        total = await phone.balance()
        await phone.go("/statements")
        shown = phone.page.get_by_test_id("statement")
        await expect(shown.locator(".closing")).to_contain_text(f"{total:,}")
        await expect(shown.locator("li", has_text="Sent")).to_contain_text("−60")
        async with phone.page.expect_download() as saving:
            await phone.page.get_by_role("link", name="CSV file").tap()
        saved = tmp_path / "statement.csv"
        await (await saving.value).save_as(saved)
        rows = list(csv.reader(saved.read_text("utf-8-sig").splitlines()))
        assert rows[0][:3] == ["Entry", "Posted", "Kind"]
        assert (rows[1][2], rows[1][6]) == ("Opening balance", "0")
        assert (rows[-1][2], rows[-1][6]) == ("Closing balance", str(total))
        assert len(rows) == 3 + 4
        await phone.page.get_by_label("The month before").tap()
        await phone.settled()
        await expect(shown).to_contain_text("Nothing moved in this month.")
        assert phone.troubles == []


async def test_on_paper_a_statement_is_whole_and_nothing_else(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann")
    async with mall.books():
        for _ in range(55):
            await a_gift(ann.member_id, 1)
    async with a_phone(chromium, mall.address, ann, theme="dark") as phone:
        await phone.page.add_init_script(
            "print = () => (globalThis.printed = document.querySelectorAll('ol > li').length)"
        )
        await phone.open("/statements")
        await phone.settled()
        await phone.page.get_by_role("button", name="Print").tap()
        await phone.page.wait_for_function("() => globalThis.printed")
        assert await phone.page.evaluate("() => printed") == 55
        await phone.page.emulate_media(media="print")
        await expect(phone.page.get_by_role("button", name="Print")).to_be_hidden()
        await expect(phone.page.locator("body > nav")).to_be_hidden()
        await expect(phone.page.get_by_test_id("statement")).to_be_visible()
