"""`./mall verify`: everything recomputed and compared, with a progress bar; the first broken row is named."""

import asyncio
import sys
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend import schedule
from backend.kit import db
from backend.kit.opening import opened
from backend.ledger import comparing, verifying
from backend.rewards import invariants

SHOWN_MAX = 20


def verify_command() -> int:
    """Say whether the books are sound; exit code 1 when they are not."""
    entries, findings = asyncio.run(_verify())
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


async def _verify() -> tuple[int, list[str]]:
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with opened(), db.snapshot() as session:
        entries = await verifying.count_entries(session)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=entries)
            found = [one async for one in verifying.findings(session, lambda done: bar.advance(task, done))]
        return entries, found + await invariants.broken(session)
