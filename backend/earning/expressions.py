"""CEL behind one file: typed when written, budgeted when run.

An expression sees only the variables below, cannot loop without bound (the runtime has an iteration budget) and
is checked for its result type before it is saved.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, Literal

from cel_expr_python import cel

from backend.kit.errors import Refused

EXPRESSION_MAX = 1000
ResultType = Literal["BOOL", "INT", "DOUBLE"]

VARIABLES: dict[str, Any] = {
    "order.total_minor": cel.Type.INT,
    "order.currency": cel.Type.STRING,
    "order.source": cel.Type.STRING,
    "order.weekday": cel.Type.INT,
    "order.day_of_month": cel.Type.INT,
    "member.orders_before": cel.Type.INT,
    "tier.code": cel.Type.STRING,
    "tier.earn_multiplier": cel.Type.DOUBLE,
}
_environment = cel.NewEnv(variables=VARIABLES)


class BadExpression(Refused):
    """This expression cannot be used."""

    def __init__(self, expression: str, problem: str) -> None:
        super().__init__(f"{expression!r}: {problem}")
        self.field = expression


class ExpressionFailed(Exception):
    """A saved expression has no value for this event: it divided by zero, or ran longer than its budget."""


@lru_cache(maxsize=1024)
def compiled(expression: str, result: ResultType) -> Any:
    """The expression, ready to run. Raises BadExpression when it does not parse, check or give `result`."""
    if len(expression) > EXPRESSION_MAX:
        raise BadExpression(expression[:40] + "…", f"longer than {EXPRESSION_MAX} characters")
    try:
        program = _environment.compile(expression)
    except RuntimeError as error:
        raise BadExpression(expression, str(error).partition("\n")[0]) from error
    if (got := str(program.return_type())) != result:
        raise BadExpression(expression, f"gives {got}, not {result}")
    return program


def evaluate(expression: str, result: ResultType, values: Mapping[str, Any]) -> Any:
    """The value of a saved expression for one event. Raises ExpressionFailed."""
    program = compiled(expression, result)
    try:
        answer = program.eval(data=values)
    except RuntimeError as over_budget:
        raise ExpressionFailed(f"{expression!r}: {over_budget}") from over_budget
    value = answer.value()
    if str(answer.type()) != result or (isinstance(value, float) and not isfinite(value)):
        raise ExpressionFailed(f"{expression!r}: {value}")
    return value
