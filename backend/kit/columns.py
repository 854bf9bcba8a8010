"""Column types that mean the same on SQLite and PostgreSQL."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import DateTime, Dialect, Table
from sqlalchemy.orm import class_mapper
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

M = TypeVar("M", bound=SQLModel)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is taken off going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a zone could be any of twenty-six hours"
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:
        # PostgreSQL's driver gives them aware and in UTC: most of what a large read costs is not to be spent on it.
        return None if dialect.driver == "asyncpg" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def row_as(model: type[M], values: Mapping[str, Any]) -> M:
    """A row of `model` with a value for each of its columns, new or read: a tenth of the cost of `model(…)`."""
    made: M = _maker(model)()
    made.__dict__.update(values)
    return made


def to_read(model: type[M], columns: Iterable[str]) -> Callable[[Iterable[Any]], M]:
    """What makes of rows with these columns, in their order, something to read as a `model`, and to do nothing else."""
    row = namedtuple(model.__name__, tuple(columns))  # type: ignore[misc]  # noqa: PYI024  its fields are the table's
    return cast("Callable[[Iterable[Any]], M]", row._make)


@cache
def _maker(model: type[SQLModel]) -> Callable[[], Any]:
    maker: Callable[[], Any] = class_mapper(model).class_manager.new_instance
    return maker


def table_of(model: type[SQLModel]) -> Table:
    """The SQL table behind a model, for statements that work on many rows at once."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
