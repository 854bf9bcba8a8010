"""How long points live, as data: pure policies, and the sentence that states them at enrolment."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from babel.dates import format_skeleton
from pydantic import BaseModel, ConfigDict, Field

from backend.programme.text import Text

ANY_YEAR = 2000
"""A leap year: 29 February is a yearly date too."""


class ExpiryPolicy(BaseModel):
    """ROLLING: to the end of the month `months` after the one of earning. YEARLY: to the end of each year's
    `month`-`day` at which the points are at least `months` old. NEVER: for ever (mission row X1).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["ROLLING", "YEARLY", "NEVER"]
    months: int = Field(default=12, gt=0, le=1200)
    month: int = Field(default=12, ge=1, le=12)
    day: int = Field(default=31, ge=1, le=31)

    def gone_on(self, earned_on: date) -> date | None:
        """The first day on which points earned on `earned_on` can no longer be used."""
        if self.kind == "NEVER":
            return None
        if self.kind == "ROLLING":
            return months_later(earned_on.replace(day=1), self.months + 1)
        ripe = months_later(earned_on, self.months)
        year = next(year for year in (ripe.year, ripe.year + 1) if self._date_in(year) >= ripe)
        return self._date_in(year) + timedelta(days=1)

    def sentence(self) -> Text:
        """The policy in words."""
        if self.kind == "NEVER":
            return Text(zh_cn="积分永久有效。", en="Points never expire.")
        if self.kind == "ROLLING":
            return Text(
                zh_cn=f"积分在获得当月之后第 {self.months} 个月的月末过期。",
                en=f"Points expire at the end of the month, {self.months} months after the month you earn them.",
            )
        zh_cn, en = (format_skeleton("MMMd", self._date_in(ANY_YEAR), locale=locale) for locale in ("zh_CN", "en"))
        return Text(
            zh_cn=f"每年 {zh_cn}，获得满 {self.months} 个月的积分过期。",
            en=f"At the end of {en} each year, points that are {self.months} months old expire.",
        )

    def _date_in(self, year: int) -> date:
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


class ExpiryException(BaseModel):
    """Another policy for one kind of earning: a rule's code, CHECK_IN or TASK."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    earning: str
    label: Text
    policy: ExpiryPolicy


class Extension(BaseModel):
    """What a member may ask for: points that expire within `within_days` live `months` longer, once in
    `every_months` (mission row X4).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    months: int = Field(gt=0, le=120)
    within_days: int = Field(gt=0, le=3650)
    every_months: int = Field(default=12, gt=0, le=120)

    def sentence(self) -> Text:
        """The offer in words."""
        zh_cn, en = ("每年", "Once a year") if self.every_months == 12 else (f"每 {self.every_months} 个月", "")
        en = en or f"Once every {self.every_months} months"
        return Text(
            zh_cn=f"{zh_cn}可申请一次，让 {self.within_days} 天内到期的积分延长 {self.months} 个月。",
            en=f"{en} you may give the points that expire within {self.within_days} days {self.months} more months.",
        )


def months_later(day: date, months: int) -> date:
    """The same day `months` later, or the month's last when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    # Every month has twenty-eight days, and firsts of months are asked for all the time.
    return date(year, month, day.day if day.day <= 28 else min(day.day, monthrange(year, month)[1]))


def statement(
    policy: ExpiryPolicy, exceptions: Sequence[ExpiryException], warning_days: Sequence[int], *more: Text
) -> Text:
    """What a member is told before she agrees: every policy, the warnings, which points go first; then, unless
    no points ever expire, what is said `more`.
    """
    parts = [policy.sentence()]
    for exception in exceptions:
        words = exception.policy.sentence()
        parts.append(Text(zh_cn=f"{exception.label.zh_cn}：{words.zh_cn}", en=f"{exception.label.en}: {words.en}"))
    if any_expire(policy, exceptions):
        parts += [*_warnings(warning_days), *more]
    return Text(zh_cn="".join(part.zh_cn for part in parts), en=" ".join(part.en for part in parts))


def any_expire(policy: ExpiryPolicy, exceptions: Sequence[ExpiryException]) -> bool:
    """Whether any points expire at all."""
    return any(part.kind != "NEVER" for part in (policy, *(one.policy for one in exceptions)))


def _warnings(warning_days: Sequence[int]) -> list[Text]:
    days = sorted(warning_days, reverse=True)
    if not days:
        return []
    zh_cn, en = "、".join(map(str, days)), ", ".join(map(str, days))
    return [
        Text(
            zh_cn=f"到期前 {zh_cn} 天会提醒您，最早到期的积分总是最先使用。",
            en=f"We remind you {en} days before, and the points that expire first are always used first.",
        )
    ]
