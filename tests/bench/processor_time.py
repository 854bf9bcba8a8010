"""How long processes have been computing, from /proc: what a request costs whatever else the machine does."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from tests.faults.parts import children_of

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def of_each(pids: Iterable[int]) -> float:
    """Seconds of these processes, in user and system mode."""
    return sum(_seconds(pid, 2) for pid in pids)


def of_family(pid: int) -> float:
    """Seconds of a process and its children, the ended ones included."""
    return _seconds(pid, 4) + of_each(children_of(pid))


def _seconds(pid: int, how_many: int) -> float:
    # utime, stime, and those of children waited for: fields 14 to 17, counted from behind a name that may have spaces.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11 : 11 + how_many])) / TICKS_A_SECOND
    return 0.0
