"""From one phone to another: points arrive pending, and come back as long as they are cooling off."""

from playwright.async_api import Browser, expect

from tests.builders import balance
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody

TOUCHES_MAX = 3


async def type_in(phone: Phone, to: str, points: int) -> None:
    await phone.page.locator("input[name=to]").fill(to)
    await phone.page.locator("input[name=points]").fill(str(points))


async def send(phone: Phone) -> None:
    """Twice on the button: once to see what it means, once to mean it."""
    button = phone.page.get_by_test_id("send")
    await button.tap()
    await expect(button).to_contain_text("Confirm")
    await button.tap()


async def held_by(mall: Mall, whose: Somebody) -> int:
    async with mall.books():
        return (await balance(whose.member_id))[0]


async def test_points_go_from_phone_to_phone_and_can_be_taken_back(mall: Mall, chromium: Browser) -> None:
    ann, ben = await mall.somebody("Ann", points=500), await mall.somebody("Ben")
    async with a_phone(chromium, mall.address, ann) as hers, a_phone(chromium, mall.address, ben) as his:
        await his.open("/transfer")
        await his.listens()
        await hers.open("/transfer")
        await type_in(hers, ben.reference, 200)
        before = await hers.touches()
        await send(hers)
        await expect(hers.page.get_by_role("status").get_by_text("Sent 200 points to B**")).to_be_visible()
        assert await hers.touches() - before <= TOUCHES_MAX
        sent = hers.page.locator("li", has_text="To B**")
        await expect(sent).to_contain_text("−200")
        await expect(sent).to_contain_text("10 minutes left to take it back")
        came = his.page.locator("li", has_text="From A**")
        await expect(came).to_contain_text("+200")
        await expect(came).to_contain_text("yours to spend in 10 minutes")
        assert (await held_by(mall, ann), await held_by(mall, ben)) == (300, 0)
        await hers.page.get_by_test_id("take-back").tap()
        await expect(sent).to_contain_text("Taken back")
        await expect(hers.page.get_by_test_id("take-back")).to_have_count(0)
        await expect(came).to_contain_text("Taken back")
        assert (await held_by(mall, ann), await held_by(mall, ben)) == (500, 0)
        assert hers.troubles == his.troubles == []


async def test_what_cannot_be_sent_is_said_and_nothing_moves(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann", points=50)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/transfer")
        said = phone.page.locator("form").get_by_role("alert")
        for to, points, because in (
            ("nobody-at-all", 10, "Nobody of this name can receive points"),
            (ann.reference, 10, "You cannot send points to yourself"),
            ((await mall.somebody("Ben")).reference, 80, "30 more points"),
        ):
            await type_in(phone, to, points)
            await send(phone)
            await expect(said).to_contain_text(because)
        assert await held_by(mall, ann) == 50


async def test_a_press_while_offline_sends_nothing_and_says_so(mall: Mall, chromium: Browser) -> None:
    ann, ben = await mall.somebody("Ann", points=50), await mall.somebody("Ben")
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open("/transfer")
        await phone.settled()
        await type_in(phone, ben.reference, 20)
        await phone.page.context.set_offline(True)
        button = phone.page.get_by_test_id("send")
        await expect(button).to_have_text("Offline: sending needs a connection")
        await button.tap(force=True)
        await phone.page.context.set_offline(False)
        await expect(button).to_contain_text("Send")
        assert await held_by(mall, ann) == 50
