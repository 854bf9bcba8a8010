"""SQLite's one writer when its file cannot be opened: nobody hangs, and the next call tries anew."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.kit import engines
from backend.kit.sqlite_writer import SqliteWriter


async def count(session: AsyncSession) -> Any:
    return (await (await session.connection()).execute(text("SELECT 1"))).scalar()


async def test_a_file_that_cannot_be_opened_is_everyones_error_and_is_tried_anew(tmp_path: Path) -> None:
    engine = engines.sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/mall.db", begin="BEGIN IMMEDIATE")
    disk_full = [True]

    @event.listens_for(engine.sync_engine, "do_connect")
    def _(*_arguments: Any) -> None:
        if disk_full[0]:
            raise OSError("No space left on device")

    writer = SqliteWriter(engine)
    async with asyncio.timeout(30):
        for _again in range(2):
            told = await asyncio.gather(*[writer.run(count) for _ in range(3)], return_exceptions=True)
            assert [str(one) for one in told] == ["No space left on device"] * 3
        disk_full[0] = False
        assert (await writer.run(count))[1] == 1
        await writer.close()
    await engine.dispose()


async def test_a_writer_that_never_could_write_still_closes(tmp_path: Path) -> None:
    engine = engines.sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/mall.db", begin="BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "do_connect")
    def _(*_arguments: Any) -> None:
        raise OSError("No space left on device")

    writer = SqliteWriter(engine)
    async with asyncio.timeout(30):
        with pytest.raises(OSError, match="No space"):
            await writer.run(count)
        await writer.close()
