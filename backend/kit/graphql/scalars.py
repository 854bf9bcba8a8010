"""Values on the wire: points, moments, days, ids, money, and the two languages."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NewType, Protocol, TypeAlias
from uuid import UUID

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

POINTS_MAX = 2**63 - 1

if TYPE_CHECKING:
    Points: TypeAlias = int
    MinorUnits: TypeAlias = int
else:
    Points = NewType("Points", int)
    MinorUnits = NewType("MinorUnits", int)

Moment: TypeAlias = datetime


@strawberry.enum(description="The languages texts are kept in: ZH_CN is simplified Chinese, EN is English.")
class Locale(Enum):
    """Simplified Chinese and English."""

    ZH_CN = "ZH_CN"
    EN = "EN"


_ZH_CN = Locale.ZH_CN
_CHINESE, _ENGLISH = _ZH_CN.value, Locale.EN.value


@strawberry.type(description="An amount of money.")
class Money:
    minor: MinorUnits = strawberry.field(description="Whole minor units of the currency: fen for CNY.")
    currency: str = strawberry.field(description="ISO 4217 code, for example CNY.")


class Bilingual(Protocol):
    """A text kept in both languages."""

    def say(self, locale: Any, /) -> str:
        """The text in one of them: `ZH_CN` or `EN`."""


def say(text: Bilingual, locale: Locale) -> str:
    """The text in the language asked for."""
    return text.say(_CHINESE if locale is _ZH_CN else _ENGLISH)


def _whole(value: Any) -> int:
    if type(value) is not int or not -POINTS_MAX <= value <= POINTS_MAX:
        raise GraphQLError(f"Points and minor units are whole numbers of at most 64 bits, not {value!r}.")
    return value


def _moment_out(value: datetime) -> str:
    assert value.tzinfo is not None, "a moment without a zone could be any of twenty-six hours"
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _moment_in(value: Any) -> datetime:
    moment: datetime = _read(value, datetime.fromisoformat, "a moment such as 2026-11-22T06:30:00Z")
    if moment.tzinfo is None:
        raise GraphQLError(f"{value!r} has no zone: end it with Z or an offset such as +08:00.")
    return moment.astimezone(UTC)


def _day_in(value: Any) -> date:
    day: date = _read(value, date.fromisoformat, "a day such as 2026-11-22")
    return day


def _uuid_in(value: Any) -> UUID:
    uuid: UUID = _read(value, UUID, "a UUID")
    return uuid


def _read(value: Any, parse: Any, wanted: str) -> Any:
    try:
        return parse(value) if isinstance(value, str) else parse("")
    except ValueError:
        raise GraphQLError(f"{value!r} is not {wanted}.") from None


SCALARS: Mapping[object, ScalarDefinition] = {
    Points: strawberry.scalar(
        name="Points",
        description="Whole points: a 64-bit integer, written as a JSON number.",
        serialize=_whole,
        parse_value=_whole,
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="Whole minor units of money (fen for CNY): a 64-bit integer, written as a JSON number.",
        serialize=_whole,
        parse_value=_whole,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, ISO 8601, ending in Z. On the way in any offset may be given, but one must be.",
        serialize=_moment_out,
        parse_value=_moment_in,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day in the programme's time zone, as YYYY-MM-DD.",
        serialize=date.isoformat,
        parse_value=_day_in,
    ),
    UUID: strawberry.scalar(
        name="UUID", description="A UUID in its usual 36 characters.", serialize=str, parse_value=_uuid_in
    ),
}
