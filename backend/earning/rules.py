"""Earning rules: versions in force at a moment, and what one gives for one order."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from backend.earning import expressions
from backend.earning.expressions import ExpressionFailed
from backend.earning.models import RuleVersion

ONE = 10000
"""A multiplier of 1 in basis points."""
POINTS_MAX = 10**12
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Award:
    """What a rule gives: points = base x factors, rounded down once, at most the cap."""

    rule: str
    version: int
    points: int
    base: int
    factors: Mapping[str, int]
    """Basis points by factor code; those of exactly 1 are left out."""


@dataclass(frozen=True)
class Rulebook:
    """All versions of all rules, each code's oldest first."""

    versions: Mapping[str, Sequence[RuleVersion]]

    def in_force(self, moment: datetime) -> list[RuleVersion]:
        """The version of each rule that decides about what happened at `moment`."""
        newest = (_newest(versions, moment) for _, versions in sorted(self.versions.items()))
        return [version for version in newest if version is not None]

    def version(self, code: str, version: int) -> RuleVersion:
        """One version by its number."""
        return next(found for found in self.versions[code] if found.version == version)


async def rulebook(session: AsyncSession) -> Rulebook:
    """Every rule version there is."""
    versions: dict[str, list[RuleVersion]] = {}
    for row in await session.exec(select(RuleVersion).order_by(col(RuleVersion.code), col(RuleVersion.version))):
        versions.setdefault(row.code, []).append(row)
    return Rulebook(versions)


def award(rule: RuleVersion, values: Mapping[str, Any]) -> Award | None:
    """What `rule` gives for an order described by `values`; None when it does not apply or gives nothing.

    A rule that cannot be worked out for this order gives nothing for it: one odd order must not stop the others,
    and the same order is decided the same way whenever it is looked at again.
    """
    try:
        return worked_out(rule, values)
    except ExpressionFailed as failed:
        log.warning("rule %s, version %s, gives nothing for an order: %s", rule.code, rule.version, failed)
        return None


def worked_out(rule: RuleVersion, values: Mapping[str, Any]) -> Award | None:
    """As `award`, for whoever wants to know. Raises ExpressionFailed."""
    if not expressions.evaluate(rule.condition, "BOOL", values):
        return None
    base = max(0, min(POINTS_MAX, expressions.evaluate(rule.base, "INT", values)))
    factors = {factor["code"]: _basis_points(factor["multiplier"], values) for factor in rule.factors}
    points, scale = base, 1
    for factor in factors.values():
        points, scale = points * factor, scale * ONE
    points //= scale
    capped = min(points, POINTS_MAX if rule.cap_points is None else rule.cap_points)
    telling = {code: factor for code, factor in factors.items() if factor != ONE}
    return Award(rule.code, rule.version, capped, base, telling) if capped > 0 else None


def _basis_points(expression: str, values: Mapping[str, Any]) -> int:
    multiplier: float = expressions.evaluate(expression, "DOUBLE", values)
    return max(0, round(multiplier * ONE))


def _newest(versions: Sequence[RuleVersion], moment: datetime) -> RuleVersion | None:
    # A later version wins over an earlier one from the same date on.
    return next((version for version in reversed(versions) if version.effective_from <= moment), None)
