"""Objects whose fields never change: what a selection reads from one is kept with it, and copied the next time.

A class says so by `READ_ONCE`, and gives its objects a dict `once`, which copies may share. Whatever a resolver of such
a class answers without asking for `info` must be the same for ever, and for everybody; the others are asked every time.
"""

from collections.abc import Iterable
from typing import Any

from backend.kit.graphql.compiled.plan import Field, Selection, Value

SELECTIONS_MAX = 8
"""So many are kept with one object: as many as the phone has documents that show it, and no more than fit."""


def is_read_once(of: type | None) -> bool:
    """Whether objects of this class never change."""
    return getattr(of, "READ_ONCE", False) is True


def keep(once: dict[Any, Any], selection: Selection, arguments: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Keep what was read with these arguments, and give it back."""
    if len(once) >= SELECTIONS_MAX:
        once.clear()
    once[selection] = arguments, found.copy()
    return found


def changing(selection: Selection) -> Iterable[tuple[int, Field]]:
    """The fields to be read every time, with their numbers."""
    return [(number, field) for number, field in enumerate(selection.fields) if not _never_changes(field)]


def _never_changes(field: Field) -> bool:
    asks_nobody = field.constant is not None or field.attribute is not None or field.call is not None
    return asks_nobody and (field.constant is not None or _is_whole(field, field.value))


def _is_whole(field: Field, value: Value) -> bool:
    # All that is read below it comes from the object itself.
    if value.items is not None:
        return _is_whole(field, value.items)
    if value.leaf is not None:
        return True
    if value.is_abstract or value.origin is None:
        return False
    return all(_never_changes(below) for below in field.subfields[value.named.name].fields)
