"""Every screen of the phone, and what must hold of each: words in one language, and nothing for axe to find."""

import re
from typing import Any

from playwright.async_api import Page

SIGNED_IN = (
    "/",
    "/rewards",
    "/rewards?shelf=hot",
    "/rewards?shelf=leaving",
    "/rewards?shelf=reach",
    "/rewards?shelf=fitting",
    "/draws",
    "/plant",
    "/plant/nobodyhasthisc23",
    "/play",
    "/tasks",
    "/me",
    "/me/data",
    "/points",
    "/transfer",
    "/statements",
    "/redemptions",
    "/giving",
    "/donations",
    "/desk",
    "/about",
    "/no-such-screen",
)
SIGNED_OUT = ("/signin", "/about", "/plant/nobodyhasthisc23", "/giving")
# All that is said: visible words and the names of things. Codes are no words, and what is marked as
# another language (the switch to it) may be in that language.
SAID = """() => {
  const here = document.documentElement.lang;
  const foreign = (element) => element.closest('[lang]').lang !== here || element.closest('code, noscript');
  const said = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (textContent.trim() && !foreign(parentElement)) said.push(textContent.trim());
  }
  for (const element of document.body.querySelectorAll('*'))
    for (const name of ['aria-label', 'alt', 'title', 'placeholder'])
      if (element.getAttribute(name) && !foreign(element)) said.push(element.getAttribute(name));
  return said;
}"""
AXE = """async () => {
  await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}"""
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
SAID_EVERYWHERE = {"English", "中文"}
"""A language is called by its own name in every language."""


async def untranslated(page: Page, language: str) -> list[str]:
    """What is said on the screen that is not in `language`."""
    foreign = HAN if language == "en" else LATIN_WORD
    said: list[str] = await page.evaluate(SAID)
    assert said, "an empty screen is in no language"
    return [one for one in said if foreign.search(one) and one not in SAID_EVERYWHERE]


async def findings(page: Page) -> list[Any]:
    """What axe finds."""
    return list(await page.evaluate(AXE))


async def sticks_out(page: Page) -> bool:
    """Whether the screen can be moved sideways."""
    return bool(await page.evaluate("() => document.documentElement.scrollWidth > innerWidth"))
