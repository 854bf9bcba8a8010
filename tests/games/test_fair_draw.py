"""The pure part: the same number for everyone, no prize preferred, replaced as published, bounded in cost."""

import hashlib
import hmac
import json
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from backend.games import draw_cost, fair_draw
from backend.games.draw_cost import Valued
from backend.games.fair_draw import Chance, SoldOutRule

GOLDEN = json.loads(Path(__file__).with_name("golden_draws.json").read_text("utf-8"))
WEIGHTS = [1, 9, 90, 400, 500]
DRAWS = 100_000
CRITICAL = 18.467
"""The chi-squared value with four degrees of freedom that chance goes beyond once in a thousand."""


def uuid_of(number: int) -> UUID:
    """A draw id as a phone might have made it, the same in every run."""
    return UUID(bytes=hashlib.sha256(number.to_bytes(8, "big")).digest()[:16], version=4)


@pytest.mark.parametrize("golden", GOLDEN["rounds"], ids=lambda golden: golden["name"])
def test_the_golden_rounds_come_to_what_they_always_came_to(golden: dict[str, object]) -> None:
    seed = bytes.fromhex(str(golden["seed"]))
    terms = json.loads(str(golden["terms"]))
    chances = [Chance(prize["weight"], prize["pieces"]) for prize in terms["prizes"]]
    assert fair_draw.commitment(seed) == golden["commitment"] == terms["commitment"]
    assert hashlib.sha256(str(golden["terms"]).encode()).hexdigest() == golden["terms_hash"]
    expected: list[dict[str, object]] = golden["draws"]  # type: ignore[assignment]
    messages = [fair_draw.message(terms["pool"], terms["round"], UUID(str(one["id"]))) for one in expected]
    found = list(fair_draw.replay(seed, chances, SoldOutRule(terms["rule"]), messages))
    came_to = [{"hash": one.digest.hex(), "fell_on": one.fell_on, "given": one.given} for one in found]
    assert came_to == [{name: one[name] for name in ("hash", "fell_on", "given")} for one in expected]


def test_a_draw_is_the_hmac_under_the_seed_and_an_id_in_capitals_is_the_same_draw() -> None:
    seed, capital = bytes(range(32)), UUID("6F9619FF-8B86-4011-B42D-00C04FC964FF")
    message = fair_draw.message("BOX", 7, capital)
    assert message == "BOX|7|6f9619ff-8b86-4011-b42d-00c04fc964ff"
    assert fair_draw.digest(seed, message) == hmac.new(seed, message.encode(), "sha256").digest()


@pytest.mark.parametrize("number", range(3))
def test_a_hundred_thousand_draws_are_as_often_what_the_odds_say(number: int) -> None:
    seed = hashlib.sha256(f"fixed {number}".encode()).digest()
    counted = [0] * len(WEIGHTS)
    for one in range(DRAWS):
        counted[fair_draw.fell_on(fair_draw.digest(seed, fair_draw.message("BOX", 1, uuid_of(one))), WEIGHTS)] += 1
    expected = [weight * DRAWS / sum(WEIGHTS) for weight in WEIGHTS]
    assert sum((seen - due) ** 2 / due for seen, due in zip(counted, expected, strict=True)) < CRITICAL


@pytest.mark.parametrize(
    ("number", "place"),
    [(0, 0), (2**128 // 4 - 1, 0), (2**128 // 4, 1), (2**128 // 2, 1), (3 * 2**128 // 4, 2), (2**128 - 1, 2)],
)
def test_the_number_falls_where_it_stands_on_the_row_of_weights(number: int, place: int) -> None:
    assert fair_draw.fell_on(number.to_bytes(16, "big") + bytes(16), [1, 2, 1]) == place


@pytest.mark.parametrize("weights", [[1, 1, 1], [5, 3, 2], [1, 10**8, 7]])
def test_no_prize_has_one_number_more_than_its_share(weights: list[int]) -> None:
    total, below = sum(weights), 0
    for weight in weights:
        first = -(-below * 2**128 // total)
        after = -(-(below + weight) * 2**128 // total)
        assert abs(Fraction(after - first) - Fraction(weight * 2**128, total)) < 1
        below += weight


CHANCES = st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 4)), min_size=1, max_size=6).map(
    lambda some: [*[Chance(*one) for one in some], Chance(7, None)]
)


@given(CHANCES, st.sampled_from(SoldOutRule), st.integers(0, 80), st.binary(min_size=32, max_size=32))
def test_no_piece_is_given_twice_and_a_prize_is_replaced_only_when_it_is_gone(
    chances: list[Chance], rule: SoldOutRule, many: int, seed: bytes
) -> None:
    left = [chance.pieces for chance in chances]
    messages = [fair_draw.message("BOX", 1, uuid_of(number)) for number in range(many)]
    for drawn in fair_draw.replay(seed, chances, rule, messages):
        assert drawn.replaced is (left[drawn.fell_on] == 0)
        assert left[drawn.given] != 0
        if drawn.replaced and rule is SoldOutRule.CONSOLATION:
            assert drawn.given == len(chances) - 1
        if drawn.replaced:
            assert all(left[place] == 0 for place in range(drawn.fell_on, drawn.given)) or (
                rule is SoldOutRule.CONSOLATION
            )
        if (pieces := left[drawn.given]) is not None:
            left[drawn.given] = pieces - 1
    assert all(pieces is None or pieces >= 0 for pieces in left)


@given(CHANCES, st.data(), st.sampled_from(SoldOutRule))
def test_the_odds_shown_now_lose_no_weight_and_give_none_to_what_is_gone(
    chances: list[Chance], data: st.DataObject, rule: SoldOutRule
) -> None:
    left = [None if one.pieces is None else data.draw(st.integers(0, one.pieces)) for one in chances]
    now = fair_draw.weights_now(chances, left, rule)
    assert sum(now) == sum(one.weight for one in chances)
    assert all(weight == 0 for weight, pieces in zip(now, left, strict=True) if pieces == 0)


@given(CHANCES, st.lists(st.integers(0, 10_000), min_size=7, max_size=7), st.integers(0, 80), st.binary(min_size=32))
def test_however_many_draw_the_prizes_cost_no_more_than_the_worst_case(
    chances: list[Chance], values: list[int], many: int, seed: bytes
) -> None:
    values = [*sorted(values[: len(chances) - 1], reverse=True), 0]
    prizes = [Valued(one.weight, one.pieces, value) for one, value in zip(chances, values, strict=True)]
    messages = [fair_draw.message("BOX", 1, uuid_of(number)) for number in range(many)]
    cost = sum(values[one.given] for one in fair_draw.replay(seed, chances, SoldOutRule.NEXT_DOWN, messages))
    assert cost <= draw_cost.worst_case_minor(prizes)
    assert min(values) <= draw_cost.expected_minor(prizes) <= max(values)
