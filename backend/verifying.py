"""`./mall verify`: everything recomputed and compared, with a progress bar; the first broken row is named."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend import schedule
from backend.auctions import invariants as auctions
from backend.charity import invariants as charity
from backend.games import invariants as games
from backend.kit import db
from backend.kit.errors import Refused
from backend.kit.opening import opened
from backend.ledger import comparing, publishing, verifying
from backend.ledger.verifying_seals import Kept
from backend.rewards import invariants as rewards

SHOWN_MAX = 20


class NoCheckpoint(Refused):
    """That file is no checkpoint."""


def verify_command(checkpoint: Path | None = None) -> int:
    """Say whether the books are sound; exit code 1 when they are not.

    They are held against the checkpoints published in the data folder, and against the one in the file `checkpoint`.
    Raises NoCheckpoint.
    """
    entries, findings = asyncio.run(_verify(_outside(checkpoint)))
    for finding in findings[:SHOWN_MAX]:
        print(finding, file=sys.stderr)
    if findings:
        print(f"The books are NOT sound: {len(findings)} findings, the first ones above.", file=sys.stderr)
        return 1
    print(f"The books are sound: {entries:,} entries recomputed.")
    return 0


async def reconcile_command() -> int:
    """Compare all accounts with their lots and entries now, and report the months that are over; 1: they disagree."""
    async with opened():
        found = await _reconcile()
        while await schedule.report_months():
            pass
    for member_id, what in found.items():
        print(f"member {member_id}: {what}", file=sys.stderr)
    print(f"{len(found)} members are adrift." if found else "Balances, lots and entries agree.")
    return 1 if found else 0


async def _reconcile() -> dict[UUID, str]:
    found, after = dict[UUID, str](), None
    while True:
        async with db.snapshot() as session:
            page = await comparing.next_members(session, after)
            if not page:
                return found
            found.update(await comparing.disagreements(session, page))
        after = page[-1]


async def _verify(outside: Sequence[Kept]) -> tuple[int, list[str]]:
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # What is published is looked at before the books are: whatever it says, they must say by then.
    kept = [*outside, *publishing.kept()]
    async with opened(), db.snapshot() as session:
        entries = await verifying.count_entries(session)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=2 * entries)
            look = verifying.findings(session, lambda done: bar.advance(task, done), kept=kept)
            found = [one async for one in look]
        for domain in (rewards, auctions, games, charity):
            found += await domain.broken(session)
        return entries, found


def _outside(path: Path | None) -> list[Kept]:
    if path is None:
        return []
    note = path.read_text("utf-8", errors="replace")
    size = note.split("\n")[1] if note.count("\n") > 1 else ""
    if not size.isascii() or not size.isdecimal():
        raise NoCheckpoint(f"{path} is no checkpoint.")
    return [Kept(int(size), str(path), note)]
