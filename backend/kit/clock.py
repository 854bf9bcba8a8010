"""The only place that asks what time it is."""

from datetime import UTC, datetime, timedelta

_ahead = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC) + _ahead


def turn(ahead: timedelta) -> None:
    """Set this process's clock `ahead` of the machine's (negative: behind); zero puts it right again."""
    global _ahead
    _ahead = ahead


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970: how a moment is written where bytes must never change."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
