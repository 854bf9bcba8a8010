"""The check-ins that the calendar looks at, for a screen and for the verb that changes them."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, bindparam, select

from backend.kit.columns import table_of, to_read
from backend.kit.gathering import Look, Rows
from backend.kit.looking import among
from backend.tasks.models import CheckIn

CHECK_IN = table_of(CheckIn)
FIRST = ("member_id", "day", "streak")
FIELDS = (*FIRST, *(column.name for column in CHECK_IN.columns if column.name not in FIRST))
_read = to_read(CheckIn, FIELDS)


def are_since() -> ColumnElement[bool]:
    """Those of `keys`, on the day `since` and later."""
    return and_(among(CHECK_IN.c.member_id, "keys"), CHECK_IN.c.day >= bindparam("since"))


DAYS = Look(lambda: select(*(CHECK_IN.c[name] for name in FIELDS)).where(are_since()), ("since",))


def days(found: Rows) -> Mapping[date, CheckIn]:
    """What DAYS found, by day."""
    return {row.day: row for row in map(_read, found)}
