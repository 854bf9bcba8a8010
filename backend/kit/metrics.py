"""What this process counts: dicts that whoever works adds to, put into words only when somebody asks.

A label's values must be few and known beforehand, and never somebody's: no ids, no names, no words of a caller.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel.ext.asyncio.session import AsyncSession

Labels = tuple[str, ...]
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
"""0.2 is what is promised of the API at the 95th percentile."""
LAG_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_counted: "list[Tally | Durations]" = []


class Tally:
    """A number that only grows, one for each of what `labels` may be."""

    def __init__(self, name: str, words: str, *labels: str) -> None:
        self.name, self.words, self.labels = name, words, labels
        self.counts: defaultdict[Labels, int] = defaultdict(int)
        _counted.append(self)

    def add(self, *labels: str, by: int = 1) -> None:
        """Count `by` more."""
        self.counts[labels] += by


@dataclass(slots=True)
class Spread:
    """How often it took how long: `counts[n]` times at most `bounds[n]` seconds and more than the bound before."""

    counts: list[int]
    seconds: float = 0.0


class Durations:
    """How long something took, one spread for each of what `labels` may be."""

    def __init__(self, name: str, words: str, *labels: str, bounds: Sequence[float] = SECONDS) -> None:
        self.name, self.words, self.labels, self.bounds = name, words, labels, bounds
        self.spreads: dict[Labels, Spread] = {}
        _counted.append(self)

    def add(self, seconds: float, *labels: str) -> None:
        """Count one that took so long."""
        spread = self.spreads.get(labels)
        if spread is None:
            spread = self.spreads[labels] = Spread([0] * (len(self.bounds) + 1))
        spread.counts[bisect_left(self.bounds, seconds)] += 1
        spread.seconds += seconds


@dataclass(frozen=True)
class Now:
    """How something stands at the moment it is read."""

    name: str
    words: str
    labels: Sequence[str] = ()
    values: Mapping[Labels, float] = field(default_factory=dict)
    grows: bool = False
    """Whether it is a count, kept by somebody else."""


def everything_counted() -> Sequence[Tally | Durations]:
    """Every tally and spread of this process."""
    return tuple(_counted)


def when_committed(session: AsyncSession, tally: Tally, *labels: str, by: int = 1) -> None:
    """Count `by` more if the session's transaction is committed, and only then."""
    counted = session.sync_session.info.setdefault("counted", {})
    counted[tally, labels] = counted.get((tally, labels), 0) + by


def committed(session: AsyncSession) -> None:
    """The session's transaction is committed: what it did counts."""
    if counted := session.sync_session.info.pop("counted", None):
        for (tally, labels), by in counted.items():
            tally.counts[labels] += by
