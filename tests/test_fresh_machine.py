"""The servers and the browser the other tests stand on are real, and able to do what we ask of them."""

import asyncpg
import redis.asyncio
from playwright.async_api import Browser, Page
from sqlalchemy import make_url


async def test_postgresql_is_real(postgres_url: str) -> None:
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    assert str(await connection.fetchval("SELECT version()")).startswith("PostgreSQL")
    await connection.close()


async def test_redis_is_real(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.spublish("nobody", "listens") == 0


async def test_the_browser_shows_chinese(chromium: Browser) -> None:
    page = await chromium.new_page()
    no_such_letter = await picture_of(page, "\ue000")
    pictures = [await picture_of(page, letter) for letter in "积分商城鑫"]
    assert len({no_such_letter, *pictures}) == 6, "two letters that look the same are boxes"
    await page.close()


async def picture_of(page: Page, letter: str) -> bytes:
    await page.set_content(f"<p style='font: 40px system-ui, sans-serif; width: 60px'>{letter}</p>")
    return await page.locator("p").screenshot()
