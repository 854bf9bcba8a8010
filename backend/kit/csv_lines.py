"""Lines of CSV that a spreadsheet may open: a text it would take for a formula is marked as text (CWE-1236)."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_line(values: Iterable[Any]) -> str:
    """One line, with its line break."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(list(_plain(values)))
    return line.getvalue()


def _plain(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
