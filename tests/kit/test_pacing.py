"""A long work goes in pieces that take about as long as a piece may, however fast the machine is."""

import random

import pytest

from backend.kit.pacing import LEAST, PIECE_SECONDS, Pace

MOST = 200
SOON = 12


def pieces(seconds_each: float, number: int, pace: Pace) -> list[float]:
    """How long so many pieces take, one after the other."""
    took = []
    for _ in range(number):
        took.append(pace.size * seconds_each)
        pace.took(pace.size, took[-1])
    return took


@pytest.mark.parametrize("seconds_each", [0.0005, 0.001, 0.004])
def test_after_a_few_pieces_each_takes_about_as_long_as_it_may_and_none_before_takes_much_longer(
    seconds_each: float,
) -> None:
    took = pieces(seconds_each, SOON, Pace(MOST))
    assert max(took[4:]) <= PIECE_SECONDS * 1.01
    assert took[-1] >= PIECE_SECONDS / 2


def test_no_piece_is_larger_than_the_most_or_smaller_than_the_least_there_may_be() -> None:
    quick, slow = Pace(MOST), Pace(MOST)
    pieces(1e-9, SOON, quick)
    pieces(10.0, SOON, slow)
    assert (quick.size, slow.size, Pace(3).size) == (MOST, LEAST, 3)


def test_one_piece_that_had_to_wait_does_not_make_the_others_tiny() -> None:
    pace = Pace(MOST)
    pieces(0.001, SOON, pace)
    before = pace.size
    pace.took(pace.size, 5.0)
    assert pace.size == before // 2
    pieces(0.001, 2, pace)
    assert pace.size == before


def test_a_machine_that_slows_down_and_recovers_is_followed() -> None:
    pace, chance = Pace(MOST), random.Random(1)
    for seconds_each in (0.001, 0.004, 0.002):
        took = pieces(seconds_each * chance.uniform(0.9, 1.1), SOON, pace)
        assert PIECE_SECONDS / 2 <= took[-1] <= PIECE_SECONDS * 1.01


def test_the_few_that_are_left_at_the_end_say_nothing_of_a_whole_piece() -> None:
    pace = Pace(MOST, size=50)
    pace.took(1, 0.02)
    assert pace.size == 50
    pace.took(1, 1.0)
    assert pace.size == 25
