"""What somebody does at the machine itself is on record as well: keys shown, files taken in, copies taken away."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backend.backing_up.commands import backup_command, restore_command
from backend.demo import seeding
from backend.earning import importing, sending
from backend.kit import audit, db, settings
from backend.kit.opening import opened
from tests.builders import a_member


@pytest.fixture
async def installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """An installation that is not running; its data folder."""
    monkeypatch.setenv("MALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MALL_DATABASE_URL", database_url.replace("+aiosqlite", "").replace("+asyncpg", ""))
    settings.settings.cache_clear()
    yield tmp_path / "data"
    monkeypatch.undo()
    settings.settings.cache_clear()


async def records() -> list[Any]:
    async with opened(), db.read() as session:
        query = select(audit.RECORD).order_by(audit.RECORD.c.at, audit.RECORD.c.id)
        return list((await (await session.connection()).execute(query)).all())


async def test_a_key_that_was_shown_is_on_record_without_the_key(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await sending.source_command("till")
    await sending.source_command("till")
    first, again = await records()
    assert (first.actor, first.act, first.subject_kind, first.subject_id) == (
        "command",
        "source",
        "EventSource",
        "till",
    )
    assert (first.before, again.before, again.after) == (None, {"opened": True}, {"opened": True})
    key = capsys.readouterr().out.split()[0]
    assert key.startswith("whsec_") and key not in str((first, again))


async def test_a_file_taken_in_is_on_record_when_it_begins_and_with_what_came_of_it(
    installed: Path, tmp_path: Path
) -> None:
    order = {"type": "order.paid", "ref": "o1", "at": "2026-11-01T10:00:00+08:00", "member": "ann", "total_minor": 100}
    (tmp_path / "orders.jsonl").write_text(json.dumps(order) + "\n", "utf-8")
    done = await importing.import_command(
        str(tmp_path / "orders.jsonl"), as_json=True, shift_to_today=False, source="old"
    )
    begun, ended = await records()
    assert done == 0
    assert [(one.act, one.subject_id, one.after["file"]) for one in (begun, ended)] == [
        ("import", "old", "orders.jsonl")
    ] * 2
    assert ended.after["accepted"] == 1 and "accepted" not in begun.after


async def test_copies_taken_away_and_brought_back_are_on_record(installed: Path, tmp_path: Path) -> None:
    async with opened():
        await a_member("ann", points=10)
    await backup_command(str(tmp_path / "copy.zip"), with_secret=True)
    [taken] = await records()
    assert (taken.act, taken.after["entries"], taken.after["with_secret"]) == ("backup", 1, True)
    await restore_command(str(tmp_path / "copy.zip"), replace_all=True)
    [brought] = await records()
    assert (brought.act, brought.subject_id, brought.after["replaced"]) == ("restore", taken.subject_id, True)


async def test_a_demo_that_was_seeded_is_on_record_once(installed: Path) -> None:
    for _ in range(2):
        async with opened():
            await seeding.seed()
    demo = [one for one in await records() if one.act == "demo"]
    assert [(one.actor, one.after["members"] > 0) for one in demo] == [("command", True)]
