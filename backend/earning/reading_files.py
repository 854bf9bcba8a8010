"""Files of events as a stream of numbered lines: JSON lines or CSV, plain or gzip, however long."""

import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import orjson

from backend.earning.events import ORDER_REFUNDED, Event, EventRefused, fingerprint, from_cloud_event, from_line

LINE_MAX = 256 * 1024
ALIASES = {
    "member": ("member_id", "member", "subject"),
    "order": ("order", "order_id", "order_ref"),
    "at": ("at", "paid_at", "time", "order_date", "occurred_at"),
    "total": ("total", "amount"),
    "id": ("id", "event_id"),
}
"""What malls call the columns we need; the first one found counts."""
csv.field_size_limit(LINE_MAX)


@dataclass(frozen=True)
class Line:
    """One line of the file: where it stands, and what it says or why it cannot be read."""

    number: int
    raw: Mapping[str, Any] | None
    problem: str | None = None


def lines(path: Path, progress: Callable[[int], None] = lambda read: None) -> Iterator[Line]:
    """Every line that is not blank; `progress` is told how many bytes of the file have been read."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        unpacked: Any = gzip.GzipFile(fileobj=file) if packed else file
        text = io.TextIOWrapper(unpacked, encoding="utf-8-sig", errors="replace", newline="")
        names = path.name.removesuffix(".gz")
        for line in _whole(_csv(text) if names.endswith(".csv") else _json(text)):
            progress(file.tell())
            yield line


class Reader:
    """Turns lines into events. An event without an id is named by what it says and how often it was said."""

    def __init__(self, source: str, zone: ZoneInfo, currency: str, shift: timedelta = timedelta(0)) -> None:
        self._source, self._zone, self._currency, self._shift = source, zone, currency, shift
        self._said: Counter[bytes] = Counter()

    def event(self, line: Line) -> Event:
        """The event on this line, moved by the shift. Raises EventRefused."""
        if line.raw is None:
            raise EventRefused("MALFORMED", line.problem or "unreadable")
        if "specversion" in line.raw:
            event = from_cloud_event(line.raw, self._zone, self._currency)
        else:
            plain = _plain(line.raw)
            # An order is one event; refunds of it may be several, so none of them is named by it.
            named = plain.get("id", None if plain.get("type") == ORDER_REFUNDED else plain.get("order"))
            event_id = str(named) if named not in (None, "") else self._name(line.raw)
            event = from_line(plain, self._source, event_id, self._zone, self._currency)
        return _moved(event, self._shift) if self._shift else event

    def _name(self, raw: Mapping[str, Any]) -> str:
        said = fingerprint(raw)
        self._said[said] += 1
        return hashlib.sha256(said + str(self._said[said]).encode()).hexdigest()


def last_moment(path: Path, zone: ZoneInfo, currency: str) -> datetime | None:
    """When the last event of the file happened."""
    reader, last = Reader("look", zone, currency), None
    for line in lines(path):
        try:
            moment = reader.event(line).occurred_at
        except EventRefused:
            continue
        last = moment if last is None or moment > last else last
    return last


def _whole(read: Iterator[Line]) -> Iterator[Line]:
    number = 0
    try:
        for line in read:
            number = line.number
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as damaged:
        yield Line(number + 1, None, f"the file is damaged from here on: {damaged}")


def _json(text: TextIO) -> Iterator[Line]:
    for number, content in enumerate(text, 1):
        if not content.strip():
            continue
        if len(content) > LINE_MAX:
            yield Line(number, None, f"longer than {LINE_MAX} characters")
            continue
        try:
            raw = orjson.loads(content)
        except orjson.JSONDecodeError as malformed:
            yield Line(number, None, f"not JSON: {malformed}")
            continue
        yield Line(number, raw) if isinstance(raw, dict) else Line(number, None, "not a JSON object")


def _csv(text: TextIO) -> Iterator[Line]:
    rows = csv.DictReader(text)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as malformed:
            # The reader goes on with the next line.
            yield Line(rows.reader.line_num, None, f"not CSV: {malformed}")
            continue
        if None in row:
            yield Line(rows.line_num, None, "more fields than the heading has")
        else:
            yield Line(rows.line_num, {name: value for name, value in row.items() if value not in ("", None)})


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(raw)
    for name, aliases in ALIASES.items():
        found = next((raw[alias] for alias in aliases if raw.get(alias) is not None), None)
        if found is not None:
            plain[name] = found
    return plain


def _moved(event: Event, shift: timedelta) -> Event:
    # The fingerprint stays that of the line as written: the same file again is the same events.
    return replace(event, occurred_at=event.occurred_at + shift)
