"""Saving a new version of an earning rule: typed, checked against the industry's bounds, effective from a date."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import expressions
from backend.earning.models import RuleVersion
from backend.kit import audit, clock
from backend.kit.done import Done
from backend.kit.errors import InvalidInput, Refused
from backend.ledger.book import KeyReused
from backend.programme.text import Text

RATE_MIN, RATE_MAX = 1.0, 3.0
"""Points per yuan that the industry keeps to (mission row E1)."""
SAMPLE_YUAN = 100
CODE_MAX = 40
FACTORS_MAX = 8


class RateOutOfBounds(Refused):
    """The base rate is outside 1 to 3 points per yuan: say why."""

    def __init__(self, points_per_yuan: float) -> None:
        super().__init__()
        self.points_per_yuan = points_per_yuan


async def save_rule_version(
    session: AsyncSession,
    *,
    key: UUID,
    code: str,
    title: Text,
    explanation: Text,
    condition: str,
    base: str,
    factors: Sequence[Mapping[str, Any]],
    cap_points: int | None,
    effective_from: datetime | None,
    reason: str | None,
    saved_by: str,
) -> Done[RuleVersion]:
    """Make the next version of rule `code`, in force from `effective_from` (now by default, never earlier).

    `condition` gives BOOL, `base` INT points, each factor's `multiplier` DOUBLE. The same key again returns the
    version it made. Raises InvalidInput, BadExpression, RateOutOfBounds (unless `reason` is given), KeyReused.
    """
    moment = clock.now()
    made = RuleVersion(
        code=code,
        version=len((await session.exec(_versions(code))).all()) + 1,
        title=title.model_dump(),
        explanation=explanation.model_dump(),
        condition=condition,
        base=base,
        factors=[dict(factor) for factor in factors],
        cap_points=cap_points,
        effective_from=effective_from or moment,
        reason=reason,
        saved_at=moment,
        saved_by=saved_by,
        save_key=key,
    )
    if (earlier := await _saved_with(session, key, made)) is None:
        _check(made, effective_from)
        session.add(made)
    return Done(earlier or made, replayed=earlier is not None)


def at_rule(code: str) -> audit.Subject:
    """The rule as its newest version says, for the audit."""

    async def look(session: AsyncSession) -> audit.Standing:
        versions = (await session.exec(_versions(code))).all()
        return versions[-1].model_dump(exclude={"save_key"}) if versions else None

    return audit.Subject("EarningRule", code, look)


def _check(rule: RuleVersion, effective_from: datetime | None) -> None:
    if not rule.code.isascii() or not rule.code.replace("_", "").isalnum() or len(rule.code) > CODE_MAX:
        raise InvalidInput("code", "A rule's code has letters, digits and underscores only.")
    if len(rule.factors) > FACTORS_MAX:
        raise InvalidInput("factors", f"A rule has at most {FACTORS_MAX} factors.")
    if len({factor["code"] for factor in rule.factors}) < len(rule.factors):
        raise InvalidInput("factors", "Each factor has a code of its own.")
    if rule.cap_points is not None and rule.cap_points <= 0:
        raise InvalidInput("capPoints", "A cap is more than zero points.")
    if effective_from is not None and effective_from < clock.now():
        raise InvalidInput("effectiveFrom", "A rule cannot change the past.")
    expressions.compiled(rule.condition, "BOOL")
    expressions.compiled(rule.base, "INT")
    for factor in rule.factors:
        expressions.compiled(factor["multiplier"], "DOUBLE")
    rate = _base_rate(rule)
    if not RATE_MIN <= rate <= RATE_MAX and not (rule.reason or "").strip():
        raise RateOutOfBounds(rate)


def _base_rate(rule: RuleVersion) -> float:
    sample = {
        "order.total_minor": SAMPLE_YUAN * 100,
        "order.currency": "CNY",
        "order.source": "sample",
        "order.weekday": 1,
        "order.day_of_month": 1,
        "member.orders_before": 1,
        "tier.code": "BRONZE",
        "tier.earn_multiplier": 1.0,
    }
    try:
        # All of it is tried once, so that what can never be worked out is not saved.
        expressions.evaluate(rule.condition, "BOOL", sample)
        for factor in rule.factors:
            expressions.evaluate(factor["multiplier"], "DOUBLE", sample)
        points: int = expressions.evaluate(rule.base, "INT", sample)
    except expressions.ExpressionFailed as failed:
        raise InvalidInput("base", f"The rule cannot be worked out for an order of 100 yuan: {failed}") from failed
    return points / SAMPLE_YUAN


async def _saved_with(session: AsyncSession, key: UUID, made: RuleVersion) -> RuleVersion | None:
    earlier = (await session.exec(select(RuleVersion).where(RuleVersion.save_key == key))).first()
    if earlier is not None and _said(earlier) != _said(made):
        raise KeyReused
    return earlier


def _versions(code: str) -> Any:
    return select(RuleVersion).where(RuleVersion.code == code).order_by(col(RuleVersion.version)).with_for_update()


def _said(rule: RuleVersion) -> dict[str, Any]:
    # A version that was to hold at once holds from the moment it was saved: no date was said.
    date = None if rule.effective_from == rule.saved_at else rule.effective_from
    return rule.model_dump(exclude={"version", "saved_at"}) | {"effective_from": date}
