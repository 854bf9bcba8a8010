"""Which reward suits whom, and the one reason said: as pure values."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from backend.programme.text import Text
from backend.recommendations.affinity import (
    Candidate,
    ReasonCode,
    Redeemed,
    Suggestion,
    Taste,
    best_of_every_kind,
    in_line,
    ranked,
    scores,
    weighed_strengths,
)
from backend.recommendations.saying import reason_text

TEA = Text(zh_cn="龙井茶", en="Longjing tea")
categories = st.sampled_from(["food", "home", "travel"])
candidates = st.builds(
    Candidate,
    reward_id=st.uuids(),
    sku=st.text("ABCDEF", min_size=1, max_size=4),
    category=categories,
    kind=st.sampled_from(["PHYSICAL", "COUPON", "SERVICE"]),
    points=st.integers(1, 5000),
    popularity=st.integers(0, 100),
    hot=st.booleans(),
    leaves_in_days=st.none() | st.integers(1, 30),
)
pasts = st.builds(Redeemed, sku=st.text("ABCDEF", min_size=1, max_size=4), category=categories, name=st.just(TEA))
tastes = st.builds(
    Taste,
    available=st.integers(0, 6000),
    expiring=st.integers(0, 3000),
    redeemed=st.lists(pasts, max_size=5),
)


def a_reward(sku: str = "CUP", points: int = 100, **differing: object) -> Candidate:
    usual = {"reward_id": UUID(int=len(sku)), "sku": sku, "kind": "PHYSICAL", "category": "home", "points": points}
    return Candidate(**{**usual, **differing})  # type: ignore[arg-type]


def the_one(candidate: Candidate, taste: Taste) -> Suggestion:
    return ranked([candidate], taste)[0]


@pytest.mark.parametrize(
    ("candidate", "taste", "code", "english", "chinese"),
    [
        pytest.param(
            a_reward(points=300),
            Taste(available=1000, expiring=320),
            ReasonCode.FITS_EXPIRING,
            "Uses your 320 expiring points",
            "正好用掉即将过期的 320 积分",
            id="most of what expires",
        ),
        pytest.param(
            a_reward(category="food"),
            Taste(available=1000, redeemed=[Redeemed("TEA", "food", TEA)] * 3),
            ReasonCode.BECAUSE_YOU_REDEEMED,
            "Because you redeemed “Longjing tea”",
            "因为您兑换过“龙井茶”",
            id="a habit",
        ),
        pytest.param(
            a_reward(leaves_in_days=1),
            Taste(available=1000),
            ReasonCode.LEAVING_SOON,
            "Leaves in 1 day",
            "还剩 1 天下架",
            id="last day",
        ),
        pytest.param(
            a_reward(points=1000),
            Taste(available=999),
            ReasonCode.NEARLY_THERE,
            "1 point to go",
            "还差 1 积分",
            id="one point short",
        ),
        pytest.param(
            a_reward(points=90),
            Taste(available=100),
            ReasonCode.WITHIN_REACH,
            "Yours with the points you have",
            "现在就能兑换",
            id="simply within reach",
        ),
        pytest.param(
            a_reward(points=1000, hot=True, popularity=9),
            Taste(available=10),
            ReasonCode.POPULAR,
            "Popular this week",
            "大家都在兑换",
            id="hot and far away",
        ),
        pytest.param(
            a_reward(points=2500),
            Taste(available=200),
            ReasonCode.NEARLY_THERE,
            "2,300 points to go",
            "还差 2,300 积分",
            id="nothing else to say",
        ),
    ],
)
def test_the_strongest_true_reason_is_said(
    candidate: Candidate, taste: Taste, code: ReasonCode, english: str, chinese: str
) -> None:
    reason = the_one(candidate, taste).reason
    assert reason.code is code
    assert (reason_text(reason).en, reason_text(reason).zh_cn) == (english, chinese)


@pytest.mark.parametrize(
    ("candidate", "taste"),
    [
        pytest.param(a_reward(points=300), Taste(available=200, expiring=300), id="cannot pay with what expires"),
        pytest.param(a_reward(points=100), Taste(available=900, expiring=900), id="would leave most of it to expire"),
        pytest.param(a_reward(points=100), Taste(available=900), id="nothing expires"),
    ],
)
def test_nothing_is_said_to_fit_what_it_does_not(candidate: Candidate, taste: Taste) -> None:
    assert the_one(candidate, taste).reason.code is not ReasonCode.FITS_EXPIRING


def test_a_reward_is_not_explained_by_itself() -> None:
    taste = Taste(available=1000, redeemed=[Redeemed("TEA", "food", TEA)])
    assert the_one(a_reward("TEA", category="food"), taste).reason.code is ReasonCode.WITHIN_REACH


def test_leaving_soon_is_no_reason_for_what_she_cannot_have_by_then() -> None:
    reason = the_one(a_reward(points=5000, leaves_in_days=2), Taste(available=100)).reason
    assert (reason.code, reason.points) == (ReasonCode.NEARLY_THERE, 4900)


def test_what_fits_the_expiring_points_best_comes_first() -> None:
    rewards = [a_reward("LITTLE", 50), a_reward("RIGHT", 310), a_reward("MUCH", 900)]
    assert [one.sku for one in ranked(rewards, Taste(available=1000, expiring=320))] == ["RIGHT", "MUCH", "LITTLE"]


def test_what_she_cannot_pay_for_gains_nothing_from_her_expiring_points() -> None:
    rewards = [a_reward("DEAR", 300), a_reward("LITTLE", 20)]
    taste = Taste(available=150, expiring=150)
    assert [one.sku for one in ranked(rewards, taste)] == ["LITTLE", "DEAR"]


def test_what_she_redeems_often_comes_before_what_others_do() -> None:
    rewards = [a_reward("MUG", popularity=90, hot=True), a_reward("COFFEE", category="food")]
    taste = Taste(available=1000, redeemed=[Redeemed("TEA", "food", TEA)] * 2)
    assert [one.sku for one in ranked(rewards, taste)] == ["COFFEE", "MUG"]


def test_equals_stand_in_the_order_of_their_skus() -> None:
    rewards = [a_reward(sku) for sku in ("C", "A", "B")]
    assert [one.sku for one in ranked(rewards, Taste(available=1000))] == ["A", "B", "C"]


@given(st.lists(candidates, max_size=8, unique_by=lambda one: one.sku), tastes, st.randoms(use_true_random=False))
def test_the_order_of_the_catalogue_changes_nothing(rewards: list[Candidate], taste: Taste, dice: Random) -> None:
    shuffled = list(rewards)
    dice.shuffle(shuffled)
    assert ranked(shuffled, taste) == ranked(rewards, taste)


@given(candidates, tastes)
def test_whatever_is_said_is_true(one: Candidate, taste: Taste) -> None:
    reason, within = the_one(one, taste).reason, one.points <= taste.available
    if reason.code is ReasonCode.FITS_EXPIRING:
        assert within
        assert 2 * min(one.points, taste.expiring) >= max(one.points, taste.expiring) - 1
    if reason.code is ReasonCode.BECAUSE_YOU_REDEEMED:
        assert any(past.category == one.category and past.sku != one.sku for past in taste.redeemed)
    if reason.code is ReasonCode.WITHIN_REACH:
        assert within
    if reason.code is ReasonCode.NEARLY_THERE:
        assert reason.points == one.points - taste.available > 0
    if reason.code is ReasonCode.LEAVING_SOON:
        assert reason.days == one.leaves_in_days
    if reason.code is ReasonCode.POPULAR:
        assert one.hot


@given(candidates, tastes)
def test_every_reason_has_words_in_both_languages(one: Candidate, taste: Taste) -> None:
    said = reason_text(the_one(one, taste).reason)
    assert said.en
    assert said.zh_cn
    assert "{" not in said.en + said.zh_cn


def test_of_every_kind_one_is_among_the_best_so_that_each_is_a_tap_away() -> None:
    rewards = [a_reward(f"P{n}", 900 - n) for n in range(8)]
    rewards += [a_reward("DEAR", 5000, kind="SERVICE"), a_reward("CHEAP", 10, kind="SERVICE")]
    rewards += [a_reward("CODE", 20, kind="COUPON")]
    best = best_of_every_kind(in_line(rewards), Taste(available=1000), 6)
    assert [one.sku for one in best] == ["P0", "P1", "P2", "P3", "CODE", "CHEAP"]


@given(st.lists(candidates, max_size=12, unique_by=lambda one: one.sku), tastes, st.integers(0, 12))
def test_variety_keeps_the_order_and_as_many_as_were_asked_for(
    every: list[Candidate], taste: Taste, count: int
) -> None:
    suggestions = ranked(every, taste)
    best = best_of_every_kind(in_line(every), taste, count)
    assert len(best) == min(count, len(suggestions))
    assert best == [one for one in suggestions if one in best]
    if count >= 3:
        assert {one.kind for one in best} == {one.kind for one in suggestions}


@given(st.lists(candidates, max_size=8, unique_by=lambda one: one.sku), tastes)
def test_a_score_is_the_sum_of_what_its_reasons_count(every: list[Candidate], taste: Taste) -> None:
    line = in_line(every, taste.leaving_days)
    plainly = [sum(weighed_strengths(one, taste, line.most).values()) for one in line.candidates]
    assert scores(line, taste) == plainly
