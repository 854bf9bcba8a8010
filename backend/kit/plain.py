"""Values as JSON can hold them."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

WRITTEN: Mapping[type, Callable[[Any], Any]] = {
    **dict.fromkeys((str, int, bool, float, type(None)), lambda value: value),
    UUID: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
"""What most values are, found at once."""


def plain(value: Any) -> Any:
    """`value` in strings, numbers, lists and dicts: ids, days and moments as text, an enum as its value."""
    if (written := WRITTEN.get(type(value))) is not None:
        return written(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    # The driver has a kind of UUID of its own.
    return str(value) if isinstance(value, UUID) else value
