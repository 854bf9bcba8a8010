"""Values as JSON can hold them."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

AS_IT_IS = frozenset((str, int, bool, float, type(None)))
WRITTEN: Mapping[type, Callable[[Any], Any]] = {
    # The driver has a kind of UUID of its own.
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    Enum: lambda value: value.value,
    Mapping: lambda value: {str(key): plain(item) for key, item in value.items()},
    list: lambda value: [plain(item) for item in value],
    tuple: lambda value: [plain(item) for item in value],
}


def plain(value: Any) -> Any:
    """`value` in strings, numbers, lists and dicts: ids, days and moments as text, an enum as its value."""
    kind: Any = type(value)
    return value if kind in AS_IT_IS else _writer(kind)(value)


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {name: plain(getattr(value, name)) for name in names}
    return next((written for known, written in WRITTEN.items() if issubclass(kind, known)), lambda value: value)
