"""From a phone number to a home screen: by one-time code, and for a new member by consent."""

from playwright.async_api import Browser, expect

from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall
from tests.members.signing_in import a_phone as a_number


async def test_a_member_signs_in_with_the_code_on_her_screen(mall: Mall, chromium: Browser) -> None:
    async with a_phone(chromium, mall.address) as phone:
        await phone.open("/tasks")
        await enter(phone, "+8613800000001")
        await expect(phone.page.get_by_role("heading", name="Tasks")).to_be_visible()
        await phone.page.get_by_role("link", name="Home").tap()
        assert await phone.balance() > 0
        cookie = (await phone.page.context.cookies())[0]
        assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
        assert phone.troubles == []


async def test_a_new_number_reads_how_points_expire_agrees_and_is_home(mall: Mall, chromium: Browser) -> None:
    async with a_phone(chromium, mall.address) as phone:
        await phone.open()
        await enter(phone, a_number())
        await expect(phone.page.get_by_role("heading", name="Welcome")).to_be_visible()
        await expect(phone.page.get_by_text("Points expire at the end of the month, 12 months after")).to_be_visible()
        await phone.page.get_by_label("Nickname").fill("Zoe")
        await phone.page.get_by_role("button", name="Agree and join").tap()
        assert await phone.balance() == 0
        await phone.page.get_by_role("link", name="Me", exact=True).tap()
        await expect(phone.page.get_by_text("Zoe")).to_be_visible()
        assert phone.troubles == []


async def test_nobody_comes_past_the_consent_by_an_address(mall: Mall, chromium: Browser) -> None:
    async with a_phone(chromium, mall.address) as phone:
        await phone.open()
        await enter(phone, a_number())
        agree = phone.page.get_by_role("button", name="Agree and join")
        await agree.wait_for()
        for path in ("/", "/rewards", "/points"):
            await phone.open(path)
            await agree.wait_for()


async def enter(phone: Phone, number: str) -> None:
    """Sign in as anybody does who reads the code on the screen."""
    page = phone.page
    await page.get_by_label("Phone number").fill(number)
    await page.get_by_role("button", name="Send me a code").tap()
    said = await page.get_by_text("Demo: your code is").inner_text()
    await page.get_by_label("Code", exact=True).fill(said.split()[-1])
