"""How often each operation was asked for over HTTP, what came of it, how long it took; what websockets are told.

An operation is called by its name only if it is one of the phone's own: a caller may spell names as she likes.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

from graphql import GraphQLError

from backend.kit import metrics
from backend.kit.graphql.showing_errors import INTERNAL, UNAVAILABLE

SLOW_SECONDS = 2.0
OPERATIONS = metrics.Tally("mall_operations", "GraphQL operations answered over HTTP.", "operation", "outcome")
SECONDS = metrics.Durations("mall_operation_seconds", "From a whole request to its answer.", "operation")
TOLD = metrics.Tally("mall_told", "Answers told over websockets.", "operation")
_open: Counter[str] = Counter()
FAILURES = {INTERNAL: "failed", UNAVAILABLE: "unavailable"}
log = logging.getLogger(__name__)


def answered(operation: str, errors: Sequence[GraphQLError] | None, began: float) -> None:
    """Count an operation that was answered now; `began` is what perf_counter said at its beginning."""
    seconds = perf_counter() - began
    OPERATIONS.counts[operation, _outcome(errors) if errors else "ok"] += 1
    SECONDS.add(seconds, operation)
    if seconds > SLOW_SECONDS:
        log.warning("operation %s took %.1f s", operation, seconds)


def turned_away() -> None:
    """Count a request that was no operation: nothing was run."""
    OPERATIONS.counts["none", "turned_away"] += 1


def database_away() -> None:
    """Count a request of whom nobody knew who asks."""
    OPERATIONS.counts["none", "unavailable"] += 1


def begun(operation: str) -> None:
    """Count an operation that is open on a websocket until it is `over`."""
    _open[operation] += 1


def over(operation: str) -> None:
    """Nothing more will be told to it."""
    _open[operation] -= 1


@contextmanager
def open_meanwhile(operation: str) -> Iterator[None]:
    """It is open for the length of the block."""
    begun(operation)
    try:
        yield
    finally:
        over(operation)


def how_many_open() -> Mapping[str, int]:
    """The operations that are open on websockets now, by name."""
    return _open


def _outcome(errors: Sequence[GraphQLError]) -> str:
    codes = {(error.extensions or {}).get("code") for error in errors}
    return next((outcome for code, outcome in FAILURES.items() if code in codes), "errors")
