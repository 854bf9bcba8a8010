"""`./mall import FILE`: past orders, however many, through the same verb as a single one."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from backend.earning import reading_files, taking_in
from backend.earning.events import Event, EventRefused
from backend.earning.reading_files import Line, Reader
from backend.earning.taking_in import Status
from backend.kit import audit, clock, db
from backend.kit.opening import opened
from backend.ledger import expiry
from backend.members import families, recognising
from backend.programme import terms
from backend.programme.terms import Terms

CHUNK = 2000
REFUSALS_SHOWN_MAX = 50
AHEAD = timedelta(seconds=1)


@dataclass
class Tally:
    """What an import did."""

    counts: Counter[Status] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    points_issued: int = 0
    points_expired: int = 0
    orders: int = 0
    members: set[str] = field(default_factory=set)
    seconds: float = 0.0
    shown: int = 0

    def as_json(self) -> str:
        """The one line that programs read."""
        return json.dumps(
            {
                "accepted": self.counts[Status.ACCEPTED],
                "duplicates": self.counts[Status.DUPLICATE],
                "refused": self.counts[Status.REFUSED],
                "points_issued": self.points_issued,
                "points_expired": self.points_expired,
                "types": dict(sorted(self.types.items())),
                "orders_per_second": round(self.orders / self.seconds) if self.seconds else 0,
            }
        )


async def import_command(path: str, as_json: bool, shift_to_today: bool, source: str) -> int:
    """Import the file and say what came of it; exit code 1 when it cannot be read, 0 otherwise."""
    file = Path(path)
    if not file.is_file():
        print(f"There is no file {path}.", file=sys.stderr)
        return 1
    tally = await _import(file, size=file.stat().st_size, source=source, shift_to_today=shift_to_today)
    if as_json:
        print(tally.as_json())
    else:
        _say(tally)
    return 0


async def _import(file: Path, *, size: int, source: str, shift_to_today: bool) -> Tally:
    async with opened():
        async with db.read() as session:
            programme = await terms.in_force(session)
        with _bar() as bar:
            task = bar.add_task("importing", total=size)
            shift = _shift(file, programme) if shift_to_today else timedelta(0)
            reader = Reader(source, programme.tz, programme.currency, shift)
            read = reading_files.lines(file, lambda done: bar.update(task, completed=done))
            await _note(source, {"file": file.name, "bytes": size, "shifted_seconds": round(shift.total_seconds())})
            tally = await import_lines(reader, read, programme, bar.console)
        await _note(source, {"file": file.name, **json.loads(tally.as_json())})
        return tally


async def _note(source: str, after: Mapping[str, Any]) -> None:
    # Once when it begins and once when it is done: one that broke off has the first alone.
    act = audit.Act(audit.COMMAND, "import")
    await db.transact(audit.record, act=act, subject=("EventSource", source), after=after)


async def import_lines(reader: Reader, read: Iterator[Line], programme: Terms, console: Console) -> Tally:
    """Take the lines in, a chunk a transaction; then let go of what had expired long before this run."""
    tally, started = Tally(), time.perf_counter()
    news_from = clock.now() - timedelta(hours=programme.late_news_hours)
    for chunk in _chunks(read):
        events = _readable(reader, chunk, tally, console)
        await _take_in(events, tally, news_from, console)
    tally.points_expired = await _expire(sorted(tally.members))
    tally.seconds = time.perf_counter() - started
    return tally


def _shift(file: Path, programme: Terms) -> timedelta:
    last = reading_files.last_moment(file, programme.tz, programme.currency)
    return clock.now() - last - AHEAD if last else timedelta(0)


def _chunks(read: Iterator[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    for line in read:
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _readable(reader: Reader, chunk: Sequence[Line], tally: Tally, console: Console) -> list[tuple[int, Event]]:
    events = []
    for line in chunk:
        try:
            events.append((line.number, reader.event(line)))
        except EventRefused as refused:
            _refuse(tally, console, line.number, refused.reason, str(refused))
    return events


async def _take_in(events: list[tuple[int, Event]], tally: Tally, news_from: datetime, console: Console) -> None:
    if not events:
        return
    batch = [event for _, event in events]
    outcome = await db.transact(taking_in.take_in, events=batch, news_from=news_from)
    tally.points_issued += outcome.points
    for (number, event), verdict in zip(events, outcome.verdicts, strict=True):
        if verdict.status is Status.REFUSED:
            _refuse(tally, console, number, verdict.reason or "", verdict.message or "")
            continue
        tally.counts[verdict.status] += 1
        if verdict.status is Status.ACCEPTED:
            tally.types[event.type] += 1
            tally.orders += event.order is not None
        tally.members.add(event.member)


def _refuse(tally: Tally, console: Console, number: int, reason: str, message: str) -> None:
    tally.counts[Status.REFUSED] += 1
    tally.shown += 1
    if tally.shown <= REFUSALS_SHOWN_MAX:
        console.print(f"line {number}: refused, {reason}: {message}", markup=False, highlight=False)


async def _expire(references: Sequence[str]) -> int:
    points = 0
    for start in range(0, len(references), expiry.SWEEP_MAX):
        named = {name: recognising.checked(name) for name in references[start : start + expiry.SWEEP_MAX]}
        async with db.read() as session:
            known = (await recognising.known(session, named)).values()
            among = sorted(set((await families.survivors(session, known)).values()))
            due = await expiry.those_with_due_lots(session, among)
        if due:
            points += await db.transact(expiry.expire_due, member_ids=due, quiet=True)
    return points


def _bar() -> Progress:
    # Progress and refusals go to standard error; standard output stays clean for programs.
    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()]
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _say(tally: Tally) -> None:
    for status in Status:
        print(f"{tally.counts[status]:>10,} {status.value}")
    for kind, number in sorted(tally.types.items()):
        print(f"{number:>10,}   of them {kind}")
    print(f"{tally.points_issued:>10,} points issued")
    print(f"{tally.points_expired:>10,} points expired since")
    rate = tally.orders / tally.seconds if tally.seconds else 0
    print(f"{tally.seconds:>10.1f} seconds, {rate:,.0f} orders a second")
