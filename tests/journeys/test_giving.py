"""Giving points: three touches from home, a roof that grows on every phone, and a certificate to keep."""

import struct
from pathlib import Path

from playwright.async_api import Browser, expect

from backend.charity import projects
from backend.charity.models import CharityProject
from backend.kit import db
from tests.builders import balance
from tests.charity.giving import counted
from tests.journeys.a_line import a_line
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody
from tests.journeys.giving_projects import path_of, the_project

TOUCHES_MAX = 3
PICTURE = (1080, 1440)
ENDED = "This project has ended. Thank you to everyone who gave."


async def held_by(mall: Mall, whose: Somebody) -> int:
    async with mall.books():
        return (await balance(whose.member_id))[0]


async def given_to(mall: Mall, project: CharityProject) -> int:
    async with mall.books():
        return (await counted(project)).points


async def laid(phone: Phone) -> int:
    roof = phone.page.locator("section.roof svg[role=img]")
    return int(await roof.get_attribute("data-laid") or -1)


async def confirm(phone: Phone) -> None:
    """Once to see what it means, once to mean it."""
    button = phone.page.get_by_test_id("give")
    await button.tap()
    await expect(button).to_contain_text("Confirm")
    await expect(button).to_have_attribute("aria-disabled", "false")
    await button.tap()


async def test_three_touches_give_and_another_phone_sees_the_roof_grow(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall, given=1_250)
    async with a_phone(chromium, mall.address, ann) as hers, a_phone(chromium, mall.address) as another:
        await another.open(path_of(project))
        await another.listens()
        shown = another.page.get_by_test_id("given")
        await expect(shown).to_have_attribute("data-points", "1250")
        assert await laid(another) == 12
        await hers.open()
        assert await hers.balance() == 500
        before = await hers.touches()
        await hers.page.get_by_role("navigation", name="Main").get_by_role("link", name="Play").tap()
        card = hers.page.locator(f"[data-project={project.code}]")
        await card.get_by_role("link", name="Give 100 points to Village library").tap()
        button = hers.page.get_by_test_id("give")
        await expect(button).to_have_text("Confirm: give 100 points")
        await expect(button).to_have_attribute("aria-disabled", "false")
        await expect(hers.page.locator(".give")).to_contain_text("The programme adds ¥1; ¥487.50 left to add")
        await button.tap()
        thanks = hers.page.get_by_test_id("thanks")
        await expect(thanks).to_contain_text("You gave 100 points to Village library.")
        assert await hers.touches() - before <= TOUCHES_MAX
        await expect(shown).to_have_attribute("data-points", "1350")
        await expect(another.page.get_by_test_id("tiles-left")).to_have_text("27 tiles to go")
        assert await laid(another) == await laid(hers) == 13
        await expect(thanks).to_contain_text("Badge earned: Donor")
        await expect(hers.page.get_by_test_id("match")).to_have_text("The programme added ¥1 to your gift")
        assert (await held_by(mall, ann), await given_to(mall, project)) == (400, 1_350)
        assert hers.troubles == another.troubles == []
    assert await mall.broken_promises() == []


async def test_the_certificate_bears_the_seal_and_is_kept_as_a_picture(
    mall: Mall, chromium: Browser, tmp_path: Path
) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(project))
        await confirm(phone)
        certificate = phone.page.get_by_test_id("certificate")
        await expect(certificate).to_have_attribute("data-sealed", "true")
        picture = certificate.get_by_role("img")
        said = await picture.get_attribute("aria-label") or ""
        assert "Ann" in said and "gave 100 points to Village library" in said
        await certificate.get_by_text("No name").tap()
        assert "A member gave 100 points" in (await picture.get_attribute("aria-label") or "")
        async with phone.page.expect_download() as downloading:
            await phone.page.get_by_test_id("share").tap()
        kept = tmp_path / "certificate.png"
        await (await downloading.value).save_as(kept)
        header = kept.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", header[16:24]) == PICTURE
        await phone.page.get_by_role("link", name="My giving").first.tap()
        row = phone.page.locator("li", has_text="Village library")
        await expect(row).to_contain_text("¥1 added by the programme")
        await row.get_by_role("button", name="Certificate").tap()
        await expect(row.get_by_test_id("certificate")).to_have_attribute("data-sealed", "true")
        await phone.page.goto(f"{mall.address}/me")
        await expect(phone.page.locator("[data-badge=DONOR]")).to_contain_text("Donor")
        assert phone.troubles == []


async def test_the_certificate_has_no_seal_that_nothing_verified(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.route("**/checkpoints/**", lambda route: route.abort())
        await phone.open(path_of(project))
        await confirm(phone)
        await expect(phone.page.locator("[data-checked=unreachable]")).to_be_visible()
        certificate = phone.page.get_by_test_id("certificate")
        await expect(certificate).to_have_attribute("data-sealed", "false")
        await expect(certificate).to_contain_text("the seal is left open")


async def test_what_the_programme_cannot_add_any_more_is_said(mall: Mall, chromium: Browser) -> None:
    ann = await mall.somebody("Ann", points=500)
    project = await the_project(mall, given=300, match_budget_minor=300)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(project))
        await expect(phone.page.locator(".give")).to_contain_text("has used up what it had to add")
        await confirm(phone)
        await expect(phone.page.get_by_test_id("match")).to_contain_text("had nothing left to add")
        assert phone.troubles == []


async def test_a_project_that_closed_meanwhile_takes_nothing_and_says_so(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(project))
        button = phone.page.get_by_test_id("give")
        await button.tap()
        await expect(button).to_have_attribute("aria-disabled", "false")
        async with mall.books():
            await db.transact(projects.close_project, project_id=project.id)
        await button.tap()
        await expect(phone.page.get_by_text(ENDED)).to_be_visible()
        await expect(button).to_have_count(0)
        assert (await held_by(mall, ann), await given_to(mall, project)) == (500, 0)
        assert phone.troubles == []


async def test_who_has_too_few_points_reads_how_many_are_missing(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=60), await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.open(path_of(project))
        bar, button = phone.page.locator(".give"), phone.page.get_by_test_id("give")
        await expect(bar).to_contain_text("40 more points needed")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await button.tap(force=True)
        await expect(button).to_have_text("Give · 100 points")
        await bar.get_by_role("radio", name="Other").tap()
        await phone.page.locator("input[name=points]").fill("61")
        await expect(bar).to_contain_text("1 more point needed")
        await phone.page.locator("input[name=points]").fill("60")
        await confirm(phone)
        await expect(phone.page.get_by_test_id("thanks")).to_contain_text("You gave 60 points")
        assert (await held_by(mall, ann), phone.troubles) == (0, [])


async def test_a_broken_line_gives_once_and_offline_gives_nothing(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall)
    async with a_line(mall.port) as line, a_phone(chromium, line.address, ann) as phone:
        await phone.open(path_of(project))
        button = phone.page.get_by_test_id("give")
        await button.tap()
        await expect(button).to_have_attribute("aria-disabled", "false")
        await phone.page.context.set_offline(True)
        await expect(button).to_have_text("Offline: giving needs a connection")
        await button.tap(force=True)
        await phone.page.context.set_offline(False)
        await expect(button).to_contain_text("Confirm")
        assert await held_by(mall, ann) == 500
        line.is_silent = True
        await button.tap()
        await expect(button).to_have_text("Giving…")
        line.cut()
        await expect(phone.page.locator(".give")).to_contain_text("Trying again cannot give twice")
        line.is_silent = False
        line.mend()
        await button.tap()
        await expect(phone.page.get_by_test_id("thanks")).to_contain_text("You gave 100 points")
        assert (await held_by(mall, ann), await given_to(mall, project)) == (400, 100)


async def test_a_stranger_may_look_and_is_led_to_signing_in(mall: Mall, chromium: Browser) -> None:
    project = await the_project(mall, given=500)
    async with a_phone(chromium, mall.address) as phone:
        await phone.open(path_of(project))
        await expect(phone.page.get_by_test_id("given")).to_have_attribute("data-points", "500")
        await phone.page.get_by_role("link", name="Sign in to give").tap()
        await expect(phone.page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert phone.page.url.endswith(f"/signin?next={path_of(project).replace('/', '%2F')}")
        await phone.go("/giving/Q2hhcml0eVByb2plY3Q6AAAAAAAAAAAAAAAAAAAAAA")
        await expect(phone.page.get_by_role("heading", name="This giving project is no longer here.")).to_be_visible()
        assert phone.troubles == []


async def test_without_motion_nothing_moves_and_everything_is_told(mall: Mall, chromium: Browser) -> None:
    ann, project = await mall.somebody("Ann", points=500), await the_project(mall)
    async with a_phone(chromium, mall.address, ann) as phone:
        await phone.page.emulate_media(reduced_motion="reduce")
        await phone.open(path_of(project))
        await confirm(phone)
        await expect(phone.page.get_by_test_id("given")).to_have_attribute("data-points", "100")
        await expect(phone.page.get_by_test_id("thanks")).to_be_visible()
        running = "() => document.getAnimations().filter((one) => one.playState === 'running').length"
        assert await phone.page.evaluate(running) == 0
        assert await laid(phone) == 1
