"""A phone in a real Chromium: small, touched rather than clicked, and remembering everything that went wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from backend.kit.settings import ROOT
from tests.journeys.a_running_mall import COOKIE, Somebody

SEEN_SECONDS_MAX = 30
"""What is to be seen is waited for, on a busy machine too; what is promised in seconds is measured."""
SHAPE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
COUNT_TOUCHES = """
  globalThis.touches = 0;
  addEventListener('touchstart', () => {
    touches += 1;
    globalThis.touchedAt = Date.now();
  }, { capture: true, passive: true });
"""
CHOOSE = """(() => {{
  localStorage.setItem('language', '{language}');
  localStorage.setItem('theme', '{theme}');
}})()"""
KEPT = "async () => (await navigator.serviceWorker.ready) && navigator.serviceWorker.controller !== null"
# The wall clock, because server and phone share it here.
WHEN_SEEN = """(wanted) => new Promise((resolve) => {
  const look = () => {
    if (!document.body?.innerText.includes(wanted)) return;
    observer.disconnect();
    resolve(Date.now() / 1000);
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true });
  look();
})"""
# As a link would, without loading the page again.
GO = """(to) => {
  history.pushState(null, '', to);
  dispatchEvent(new PopStateEvent('popstate'));
}"""

expect.set_options(timeout=SEEN_SECONDS_MAX * 1000)


@dataclass
class Phone:
    """One phone with one page open."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.address + path)

    async def go(self, path: str) -> None:
        """Change the screen and wait until it has its answers."""
        await self.page.evaluate(GO, path)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing on the screen waits for the server."""
        await self.page.locator("h1").first.wait_for(state="attached")
        await self.page.wait_for_load_state("networkidle")
        await self.page.locator("[aria-busy=true]").first.wait_for(state="detached")

    async def kept(self) -> None:
        """Wait until the service worker looks after the page."""
        await self.page.wait_for_function(KEPT)

    async def listens(self) -> None:
        """Wait until the live line has been acknowledged."""
        async with asyncio.timeout(SEEN_SECONDS_MAX):
            await self.heard.wait()

    async def when(self, text: str) -> float:
        """The moment, in seconds since 1970, at which `text` stands on the screen."""
        async with asyncio.timeout(SEEN_SECONDS_MAX):
            return float(await self.page.evaluate(WHEN_SEEN, text))

    async def touches(self) -> int:
        return int(await self.page.evaluate("() => touches"))

    async def touched_at(self) -> float:
        return float(await self.page.evaluate("() => touchedAt / 1000"))

    async def balance(self) -> int:
        """What the home screen shows, once it has come to rest."""
        shown = self.page.get_by_test_id("balance")
        await shown.wait_for()
        before, now = "", (await shown.inner_text()).strip()
        while before != now or not now:
            await self.page.wait_for_timeout(120)
            before, now = now, (await shown.inner_text()).strip()
        return int(now.replace(",", ""))

    def watch(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(f"thrown: {error}"))
        self.page.on("requestfailed", self._fail)
        self.page.on("response", self._answer)
        self.page.on("websocket", lambda line: line.on("framereceived", lambda _: self.heard.set()))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console: {message.text}")

    def _fail(self, request: Request) -> None:
        self.troubles.append(f"failed: {request.url} {request.failure}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"answered {response.status}: {response.url}")


@asynccontextmanager
async def a_phone(
    browser: Browser,
    address: str,
    whose: Somebody | None = None,
    *,
    language: str = "en",
    theme: str = "light",
    width: int = 390,
    with_axe: bool = False,
) -> AsyncIterator[Phone]:
    """A phone nobody used before; signed in when it is somebody's."""
    shape = {**SHAPE, "viewport": {"width": width, "height": 844}}
    context = await browser.new_context(**shape, locale=language, timezone_id="Asia/Shanghai")
    await context.add_init_script(COUNT_TOUCHES)
    await context.add_init_script(CHOOSE.format(language=language, theme=theme))
    if with_axe:
        await context.add_init_script(path=AXE)
    if whose is not None:
        await sign_in(context, address, whose)
    phone = Phone(await context.new_page(), address)
    phone.watch()
    try:
        yield phone
    finally:
        await context.close()


async def sign_in(context: BrowserContext, address: str, whose: Somebody) -> None:
    """Give the phone the cookie that signing in would have given it."""
    await context.add_cookies([{"name": COOKIE, "value": whose.cookie, "url": address, "httpOnly": True}])
