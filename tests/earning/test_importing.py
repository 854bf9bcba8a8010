"""Files of past orders: every line counts once, and what cannot be read is named by its line."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console
from sqlmodel import select

from backend.earning import importing, reading_files
from backend.earning.importing import Tally
from backend.earning.models import IncomingEvent
from backend.earning.reading_files import Reader
from backend.earning.taking_in import Status
from backend.kit import clock, db
from backend.kit.outbox import OutboxFact
from backend.ledger.models import Lot
from backend.members import enrolment
from backend.programme import terms
from tests.builders import balance

pytestmark = pytest.mark.usefixtures("database")
FEW: list[dict[str, Any]] = [
    {"at": "2026-11-01T10:00:00", "member": "ann", "order": "1", "total": 100},
    {"at": "2026-11-02T10:00:00", "member": "ann", "order": "2", "total": "50.00"},
    {"at": "2026-11-03", "member": "ben", "order": "3", "total_minor": 999},
]


async def run(path: Path, *, today: bool = False) -> tuple[Tally, str]:
    """Import the file; returns the counts and what was said about refused lines."""
    said = Console(file=StringIO(), width=200)
    async with db.read() as session:
        programme = await terms.in_force(session)
    shift = importing._shift(path, programme) if today else timedelta(0)
    reader = Reader("file", programme.tz, programme.currency, shift)
    tally = await importing.import_lines(reader, reading_files.lines(path), programme, said)
    assert isinstance(said.file, StringIO)
    return tally, said.file.getvalue()


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.counts[Status.ACCEPTED], tally.counts[Status.DUPLICATE], tally.counts[Status.REFUSED]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path, data = folder / name, content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def as_lines(rows: Sequence[dict[str, Any]], end: str = "\n") -> str:
    return "".join(json.dumps(row) + end for row in rows)


async def points_of(member: str) -> int:
    return (await balance(await member_of(member)))[0]


async def member_of(member: str) -> UUID:
    return (await db.transact(enrolment.first_sight, references=[member]))[member]


CSV = "order_date,member_id,order_id,amount\n2026-11-01T10:00:00,ann,1,100\n2026-11-02T10:00:00,ann,2,50.00\n"
FILES: dict[str, str | bytes] = {
    "plain.jsonl": as_lines(FEW),
    "packed.jsonl.gz": as_lines(FEW),
    "windows.jsonl": "\ufeff" + as_lines(FEW, "\r\n"),
    "blank.jsonl": "\n" + as_lines(FEW, "\n\n") + "  \n",
    "unended.jsonl": as_lines(FEW).rstrip("\n"),
    "plain.csv": CSV + "2026-11-03,ben,3,9.99\n",
    "packed.csv.gz": CSV + "2026-11-03,ben,3,9.99\n",
    "windows.csv": "\ufeff" + (CSV + '2026-11-03,"ben",3,9.99').replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_in_this_dress_is_read_and_the_second_time_changes_nothing(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, FILES[name])
    first, _ = await run(path)
    again, _ = await run(path)
    assert (counts(first), counts(again)) == ((3, 0, 0), (0, 3, 0))
    assert (first.points_issued, again.points_issued) == (268, 0)
    assert (await points_of("ann"), await points_of("ben")) == (250, 18)


async def test_what_cannot_be_read_is_named_by_its_line_and_the_rest_counts(tmp_path: Path) -> None:
    rows = as_lines(FEW).splitlines()
    content = "\n".join(["{", rows[0], "", "[1]", rows[1], '{"member": "ann", "order": "9"}', rows[2], "x" * 300_000])
    tally, said = await run(written(tmp_path, "some.jsonl", content))
    assert counts(tally) == (3, 0, 4)
    named = [line.partition(":")[0] for line in said.splitlines() if line.startswith("line ")]
    assert named == ["line 1", "line 4", "line 6", "line 8"]


async def test_a_row_that_is_no_csv_does_not_hide_those_after_it(tmp_path: Path) -> None:
    content = CSV + "2026-11-03,ben,3,9.99,more\n" + f"2026-11-03,{'x' * 300_000},4,1\n" + "2026-11-04,cai,5,10\n"
    tally, said = await run(written(tmp_path, "some.csv", content))
    assert counts(tally) == (3, 0, 2)
    assert "line 4: refused, MALFORMED: more fields" in said and "line 5: refused, MALFORMED: not CSV" in said
    assert await points_of("cai") == 20


async def test_a_gzip_file_that_ends_too_early_says_so_in_words(tmp_path: Path) -> None:
    many = [{**FEW[0], "order": str(n), "note": f"{n * 7919:x}"} for n in range(2000)]
    path = written(tmp_path, "half.jsonl.gz", as_lines(many))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    tally, said = await run(path)
    accepted, _, refused = counts(tally)
    assert 0 < accepted < 2000 and refused == 1
    assert "the file is damaged from here on" in said


async def test_a_gzip_file_with_a_wrong_byte_says_so_in_words(tmp_path: Path) -> None:
    path = written(tmp_path, "wrong.jsonl.gz", as_lines(FEW))
    packed = bytearray(path.read_bytes())
    packed[-5] ^= 1
    path.write_bytes(packed)
    _, said = await run(path)
    assert "the file is damaged from here on" in said


async def test_events_without_an_id_that_say_the_same_both_count_and_only_once(tmp_path: Path) -> None:
    row = {"at": "2026-11-01T10:00:00", "member": "ann", "total": 100}
    path = written(tmp_path, "twins.jsonl", as_lines([row, row]))
    first, again = (await run(path))[0], (await run(path))[0]
    assert (counts(first), counts(again)) == ((2, 0, 0), (0, 2, 0))
    assert await points_of("ann") == 300


async def test_other_types_are_kept_and_counted(tmp_path: Path) -> None:
    rows = [FEW[0], {"type": "campaign.sent", "at": "2026-11-01", "member": "ann", "id": "c1"}]
    tally, _ = await run(written(tmp_path, "mixed.jsonl", as_lines(rows)))
    assert dict(tally.types) == {"order.paid": 1, "campaign.sent": 1}
    async with db.read() as session:
        assert len((await session.exec(select(IncomingEvent))).all()) == 2


async def test_what_expired_long_ago_is_gone_after_the_run_and_nobodys_phone_rings(tmp_path: Path) -> None:
    clock.turn(datetime(2026, 11, 22, tzinfo=UTC) - clock.now())
    rows = [{**FEW[0], "at": "2024-11-01T10:00:00"}, {**FEW[1], "at": "2025-12-01T10:00:00"}]
    tally, _ = await run(written(tmp_path, "old.jsonl", as_lines(rows)))
    assert (tally.points_issued, tally.points_expired) == (250, 200)
    assert await points_of("ann") == 50
    async with db.read() as session:
        assert (await session.exec(select(OutboxFact))).all() == []


async def test_shifted_to_today_the_last_event_is_now_and_the_file_is_still_the_same(tmp_path: Path) -> None:
    rows = [{**FEW[0], "at": "2024-11-01T10:00:00"}, {**FEW[1], "at": "2024-12-01T10:00:00"}]
    path = written(tmp_path, "old.jsonl", as_lines(rows))
    await run(path, today=True)
    async with db.read() as session:
        earned = sorted(lot.earned_at for lot in (await session.exec(select(Lot))).all())
    assert clock.now() - earned[1] < timedelta(minutes=1) and earned[1] - earned[0] == timedelta(days=30)
    clock.turn(timedelta(days=1))
    assert counts((await run(path, today=True))[0]) == (0, 2, 0)


async def test_a_file_that_is_not_there_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert await importing.import_command("no-such-file", as_json=False, shift_to_today=False, source="file") == 1
    assert "no file" in capsys.readouterr().err
