"""Somebody with the database changes a row, or the whole past with the mall's own key: her phone says so, plainly."""

import shutil
from pathlib import Path
from uuid import UUID

from playwright.async_api import Browser, expect
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import create_async_engine

from tests.builders import a_gift
from tests.journeys.a_phone import Phone, a_phone
from tests.journeys.a_running_mall import Mall, Somebody, a_running_mall
from tests.journeys.every_screen import findings
from tests.journeys.test_checking_receipts import CHANGED, check_newest, verdict
from tests.ledger.tampering import Tamperer
from tests.ledger.test_rewriting import CHECKPOINT, LEAF, LOG, TILE, rewrite_first

REWRITTEN = "the past was rewritten"


async def sealed(phone: Phone) -> None:
    await phone.open("/points")
    # What she saw last time stands there first.
    await phone.settled()
    await verdict(await check_newest(phone), "sealed")
    assert await findings(phone.page) == []


async def found_out(phone: Phone, said: str) -> None:
    await phone.open("/points")
    # What she saw last time stands there first.
    await phone.settled()
    seal = await check_newest(phone)
    await verdict(seal, "failed")
    await expect(seal).to_contain_text(said)
    await expect(seal.locator("svg .pressed")).to_have_count(0)
    assert await findings(phone.page) == []


async def rewrite(mall: Mall, ann: Somebody, gifts: list[UUID], published: Path) -> None:
    """Make her first gift worth more, everything after it agree, and let the mall seal all of it anew."""
    engine = create_async_engine(mall.database_url)
    async with mall.books():
        await rewrite_first(Tamperer(engine), ann.member_id, *gifts)
    shutil.rmtree(published)
    async with engine.begin() as connection:
        for table in (LEAF, TILE, CHECKPOINT):
            await connection.execute(delete(table))
        await connection.execute(update(LOG).values(size=0, looked_until=None))
    await engine.dispose()


async def test_a_changed_row_and_a_rewritten_past_show_on_the_phone_that_kept_a_checkpoint(
    tmp_path: Path, chromium: Browser
) -> None:
    async with a_running_mall(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'mall.db'}", MALL_DEMO="false") as mall:
        ann = await mall.somebody()
        async with mall.books():
            gifts = [await a_gift(ann.member_id, points, key=key) for points, key in ((100, "a"), (50, "b"))]
        async with a_phone(chromium, mall.address, ann, with_axe=True) as phone:
            await sealed(phone)
            engine = create_async_engine(mall.database_url)
            await Tamperer(engine).change("entry", {"entry_id": gifts[1]}, points=999)
            await found_out(phone, CHANGED)
            await Tamperer(engine).change("entry", {"entry_id": gifts[1]}, points=50)
            await engine.dispose()
            await sealed(phone)
            await rewrite(mall, ann, gifts, tmp_path / "checkpoints")
            await found_out(phone, REWRITTEN)
