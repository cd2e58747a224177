import math
import random
from itertools import pairwise
from statistics import geometric_mean, stdev

import pytest
from scipy.stats import t

from lab.figures import stats


@pytest.mark.parametrize("count", [2, 3, 5, 20])
def test_the_interval_is_students_t_of_the_logarithms(count: int) -> None:
    rng = random.Random(count)  # noqa: S311 - the seed is the point
    rounds = [rng.gauss(1000, 50) for _ in range(count)]
    logs = [math.log(value) for value in rounds]
    half = t.ppf(0.975, count - 1) * stdev(logs) / math.sqrt(count)
    found = stats.estimate(rounds)
    assert found.value == pytest.approx(geometric_mean(rounds))
    assert (found.low, found.high) == pytest.approx((found.value / math.exp(half), found.value * math.exp(half)))


def test_a_rate_and_the_time_that_is_its_inverse_say_the_same() -> None:
    rate, time = stats.estimate([390, 396, 384]), stats.estimate([1 / 390, 1 / 396, 1 / 384])
    assert time.high
    assert time.low
    assert (rate.value, rate.low, rate.high) == pytest.approx((1 / time.value, 1 / time.high, 1 / time.low))


def test_one_round_has_no_interval() -> None:
    found = stats.estimate([5.0])
    assert (found.value, found.low, found.high) == (5.0, None, None)


def test_equal_rounds_have_an_interval_of_no_width() -> None:
    found = stats.estimate([5.0, 5.0, 5.0])
    assert (found.value, found.low, found.high) == (5.0, 5.0, 5.0)


def test_a_round_of_nothing_leaves_the_plain_mean_and_its_interval() -> None:
    found = stats.estimate([0.0, 2.0, 4.0])
    half = t.ppf(0.975, 2) * 2 / math.sqrt(3)
    assert half > 2
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 0.0, 2 + half))


def test_more_rounds_make_the_interval_narrower() -> None:
    rng = random.Random(1)  # noqa: S311 - the seed is the point
    rounds = [rng.gauss(1000, 50) for _ in range(64)]
    found = [stats.estimate(rounds[:count]) for count in (4, 16, 64)]
    widths = [(one.high or 0) - (one.low or 0) for one in found]
    assert all(wide > narrow for wide, narrow in pairwise(widths))


@pytest.mark.parametrize(("rounds", "spread"), [([90.0, 100.0, 110.0], 0.2), ([7.0], 0.0), ([0.0, 0.0], 0.0)])
def test_spread_is_the_range_over_the_mean(rounds: list[float], spread: float) -> None:
    assert stats.spread(rounds) == pytest.approx(spread)


def test_an_interval_of_what_cannot_be_negative_does_not_reach_below_0() -> None:
    """Rounds of `flask-dev` on a slow host: two of five had no answer, and the report said -182 requests/s."""
    found = stats.estimate([0.0, 1571.0, 0.0, 818.0, 1563.0])
    assert found.low == 0.0
    assert found.high is not None
    assert found.high > found.value > 0
    with_negative = stats.estimate([-1.0, 1.0, 0.0]).low
    assert with_negative is not None
    assert with_negative < 0
