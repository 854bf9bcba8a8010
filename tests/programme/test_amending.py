"""Terms change while the house is open: judged first, one version after another, never for the past."""

from datetime import timedelta
from typing import Any

import pytest

from backend.kit import clock, db
from backend.kit.done import Done
from backend.programme import amending, terms
from backend.programme.amending import TermsMovedOn, UnkeepableTerms, patched
from backend.programme.models import PublishedTerms
from backend.programme.publishing import TooLateToChange

YEARLY: dict[str, Any] = {"expiry": {"kind": "YEARLY"}, "terms_version": "2027-01"}


async def amend(based_on: int = 1, **changes: Any) -> Done[PublishedTerms]:
    effective_from = changes.pop("effective_from", None)
    return await db.transact(
        amending.amend_terms,
        based_on=based_on,
        changes=changes,
        effective_from=effective_from,
        published_by="operator:olga",
    )


async def test_another_expiry_policy_counts_at_once_and_is_stated(database: str) -> None:
    done = await amend(**YEARLY)
    assert (done.value.version, done.replayed) == (2, False)
    async with db.read() as session:
        now = await terms.in_force(session)
    assert now.expiry.kind == "YEARLY"
    assert now.expiry_statement().en.startswith("At the end of Dec 31 each year, points that are 12 months old expire.")
    assert "每年 12月31日" in now.expiry_statement().zh_cn


async def test_the_statement_says_what_a_member_may_count_on(database: str) -> None:
    async with db.read() as session:
        said = (await terms.in_force(session)).expiry_statement()
    for words in (
        "Once a year you may give",
        "no reminder reached you do not expire",
        "Gold: points get 3 more months",
    ):
        assert words in said.en
    for words in ("每年可申请一次", "提醒未送达的积分不会过期", "黄金会员的积分临近到期时自动延长 3 个月"):
        assert words in said.zh_cn


async def test_the_same_change_again_does_nothing_and_another_one_is_too_late(database: str) -> None:
    first, again = await amend(late_news_hours=48), await amend(late_news_hours=48)
    assert (again.value.version, again.replayed, first.replayed) == (2, True, False)
    assert (await amend(2, late_news_hours=48)).value.version == 2
    for based_on, hours in ((1, 50), (7, 48)):
        with pytest.raises(TermsMovedOn) as refused:
            await amend(based_on, late_news_hours=hours)
        assert refused.value.newest == 2


async def test_announced_for_later_it_counts_from_then(database: str) -> None:
    then = clock.now() + timedelta(days=3)
    await amend(late_news_hours=48, effective_from=then)
    async with db.read() as session:
        assert (await terms.in_force(session)).late_news_hours == 24
        assert (await terms.at(session, then)).late_news_hours == 48
    with pytest.raises(TooLateToChange):
        await amend(2, late_news_hours=72, effective_from=clock.now() - timedelta(days=1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"warning_days": []}, "warning_days"),
        ({"warning_days": [30, 30]}, "warning_days"),
        ({"warning_days": [7, 1]}, "notice_inbox_days"),
        ({"notice_extension_days": 7}, "notice_extension_days"),
        ({"currency": "EUR"}, "currency"),
        ({"expiry": {"kind": "YEARLY"}}, "terms_version"),
        ({"expiry": {"kind": "SOMETIMES"}}, "expiry.kind"),
        ({"expiry": {"months": 0}}, "expiry.months"),
        ({"expiry_month": 3}, "expiry_month"),
        ({"points_per_yuan": None}, "points_per_yuan"),
    ],
)
async def test_terms_that_cannot_be_kept_are_refused_with_the_setting(
    database: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(UnkeepableTerms) as refused:
        await amend(**changes)
    assert field in [problem.field for problem in refused.value.problems]
    async with db.read() as session:
        assert len((await terms.timeline(session)).versions) == 1


async def test_two_policies_for_one_kind_of_earning_are_refused(database: str) -> None:
    same = {"earning": "TASK", "label": {"zh_cn": "任务", "en": "Tasks"}, "policy": {"kind": "NEVER"}}
    with pytest.raises(UnkeepableTerms):
        await amend(expiry_exceptions=[same, same], terms_version="2027-01")
    assert (await amend(expiry_exceptions=[same], terms_version="2027-01")).value.version == 2


def test_a_patch_merges_objects_replaces_lists_and_takes_away_with_null() -> None:
    body = {"a": {"b": 1, "c": 2}, "d": [1, 2]}
    assert patched(body, {"a": {"b": None, "e": 3}, "d": [3]}) == {"a": {"c": 2, "e": 3}, "d": [3]}
    assert patched(body, {}) == body
