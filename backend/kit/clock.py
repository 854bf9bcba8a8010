"""The only place that asks what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_ahead = timedelta(0)
_then: ContextVar[datetime | None] = ContextVar("a past moment", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _then.get() or datetime.now(UTC) + _ahead


def turn(ahead: timedelta) -> None:
    """Set this process's clock `ahead` of the machine's (negative: behind); zero puts it right again."""
    global _ahead
    _ahead = ahead


@contextmanager
def then(moment: datetime) -> Iterator[None]:
    """Within it, and in this task alone, now is `moment`: for telling again what happened then."""
    token = _then.set(moment)
    try:
        yield
    finally:
        _then.reset(token)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970: how a moment is written where bytes must never change."""
    return (moment - _EPOCH) // _MICROSECOND
