"""A rule is typed, tried and bounded before it is saved; what it decides, it decides from its date on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from backend.earning import expressions, saving_rules
from backend.earning.expressions import BadExpression
from backend.earning.models import RuleVersion
from backend.earning.saving_rules import RateOutOfBounds
from backend.kit import clock, db
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.ledger.book import KeyReused
from backend.members import enrolment
from backend.programme.text import Text
from tests.builders import an_order, balance

pytestmark = pytest.mark.usefixtures("database")
WORDS = Text(zh_cn="规则", en="Rule")
ONES = "[" + ",".join("1" * 60) + "]"
RUNAWAY = f"{ONES}.map(a, {ONES}.map(b, {ONES}.map(c, a + b + c).size()).size()).size()"


async def save(*, key: UUID | None = None, **over: Any) -> Done[RuleVersion]:
    """The next version of the first rule, one point per yuan and nothing more, but for what is `over`."""
    rule: dict[str, Any] = {
        "code": "PURCHASE",
        "title": WORDS,
        "explanation": WORDS,
        "condition": "order.total_minor > 0",
        "base": "order.total_minor / 100",
        "factors": [],
        "cap_points": None,
        "effective_from": None,
        "reason": None,
        "saved_by": "operator:olga",
    }
    return await db.transact(saving_rules.save_rule_version, key=key or uuid4(), **{**rule, **over})


def times(multiplier: str, code: str = "X") -> list[Mapping[str, Any]]:
    return [{"code": code, "label": WORDS.model_dump(), "multiplier": multiplier}]


async def versions() -> list[int]:
    async with db.read() as session:
        return sorted((await session.exec(select(RuleVersion.version))).all())


async def points_of(member: str) -> int:
    return (await balance((await db.transact(enrolment.first_sight, references=[member]))[member]))[0]


TURNED_DOWN: dict[str, tuple[dict[str, Any], type[Refused]]] = {
    "a condition that is a number": ({"condition": "1"}, BadExpression),
    "a base that is a word": ({"base": "'many'"}, BadExpression),
    "a multiplier that is an int": ({"factors": times("2")}, BadExpression),
    "a name nobody knows": ({"condition": "member.height > 2"}, BadExpression),
    "half a sentence": ({"base": "1 +"}, BadExpression),
    "too many words": ({"condition": "true || " * 200 + "true"}, BadExpression),
    "a base that divides by zero": ({"base": "order.total_minor / 0"}, InvalidInput),
    "a condition that divides by zero": ({"condition": "1 / 0 > 1"}, InvalidInput),
    "a multiplier without end": ({"factors": times("1.0 / 0.0")}, InvalidInput),
    "a multiplier that is no number": ({"factors": times("0.0 / 0.0")}, InvalidInput),
    "a base that never ends": ({"base": RUNAWAY}, InvalidInput),
    "a condition that never ends": ({"condition": f"{RUNAWAY} > 0"}, InvalidInput),
    "less than one point per yuan": ({"base": "order.total_minor / 101"}, RateOutOfBounds),
    "more than three points per yuan": ({"base": "order.total_minor * 301 / 10000"}, RateOutOfBounds),
    "bounds broken for no reason": ({"base": "0", "reason": "  "}, RateOutOfBounds),
    "from yesterday on": ({"effective_from": clock.now() - timedelta(days=1)}, InvalidInput),
    "a cap of nothing": ({"cap_points": 0}, InvalidInput),
    "too many factors": ({"factors": times("1.0") * 9}, InvalidInput),
    "two factors of one name": ({"factors": times("1.0") * 2}, InvalidInput),
    "a code with spaces": ({"code": "A RULE"}, InvalidInput),
}


async def test_a_rule_that_cannot_be_right_is_turned_down_before_it_is_saved() -> None:
    for name, (over, refusal) in TURNED_DOWN.items():
        with pytest.raises(refusal):
            await save(**over)
        assert await versions() == [1], name


@pytest.mark.parametrize("base", ["order.total_minor / 100", "order.total_minor * 3 / 100"])
async def test_the_bounds_themselves_need_no_reason(base: str) -> None:
    assert (await save(base=base)).value.version == 2


async def test_a_rate_beyond_the_bounds_is_saved_with_its_reason() -> None:
    saved = await save(base="order.total_minor / 20", reason="Opening week")
    assert (saved.value.version, saved.value.reason) == (2, "Opening week")


async def test_the_same_key_again_saves_nothing_and_another_rule_under_it_is_refused() -> None:
    key = uuid4()
    first, again = await save(key=key), await save(key=key)
    assert (first.replayed, again.replayed, again.value.version) == (False, True, 2)
    with pytest.raises(KeyReused):
        await save(key=key, base="order.total_minor / 50")
    with pytest.raises(KeyReused):
        await save(key=key, effective_from=clock.now() + timedelta(days=1))
    assert await versions() == [1, 2]


async def test_a_key_stands_for_the_date_it_came_with() -> None:
    key, later = uuid4(), clock.now() + timedelta(days=1)
    await save(key=key, effective_from=later)
    assert (await save(key=key, effective_from=later)).replayed
    for other in (None, later + timedelta(days=1)):
        with pytest.raises(KeyReused):
            await save(key=key, effective_from=other)


async def test_an_order_is_decided_by_the_version_in_force_when_it_was_paid() -> None:
    await an_order("ann", 1, ref="first", at="2026-11-01T10:00:00")
    changes = clock.now() + timedelta(hours=1)
    await save(base="order.total_minor * 3 / 100", effective_from=changes)
    await an_order("ann", 100, at=changes - timedelta(seconds=1))
    assert await points_of("ann") == 2 + 100
    clock.turn(timedelta(hours=2))
    await an_order("ann", 100, at=changes)
    assert await points_of("ann") == 2 + 100 + 300
    await an_order("ann", 100, at=changes - timedelta(minutes=5))
    assert await points_of("ann") == 2 + 100 + 300 + 100


async def test_a_cap_holds_after_the_factors() -> None:
    await save(factors=times("2.5"), cap_points=120, effective_from=clock.now() + timedelta(minutes=1))
    clock.turn(timedelta(hours=1))
    await an_order("ann", 100)
    assert await points_of("ann") == 120


async def test_points_are_rounded_down_once_after_all_factors() -> None:
    await save(factors=[*times("1.5"), *times("1.0", "Y")], effective_from=clock.now() + timedelta(minutes=1))
    clock.turn(timedelta(hours=1))
    await an_order("ann", 1.99)
    assert await points_of("ann") == 1


async def test_an_order_the_rule_has_no_answer_for_earns_nothing_and_stops_nobody_else() -> None:
    await save(base="order.total_minor / (order.total_minor - 500) * 0 + order.total_minor / 100")
    clock.turn(timedelta(hours=1))
    assert [(await an_order("ann", yuan)).points for yuan in (10, 5, 20)] == [10, 0, 20]


def test_a_runaway_expression_is_stopped_by_its_budget() -> None:
    sample: dict[str, Any] = dict.fromkeys(expressions.VARIABLES, 0)
    with pytest.raises(expressions.ExpressionFailed, match="budget"):
        expressions.evaluate(RUNAWAY, "INT", sample)
