import math

import numpy as np
import pytest

from lab.figures import paired, sequential
from lab.figures.sequential import FIRST_LOOK
from lab.model import Estimate

RUNS, LONGEST = 200, 150
NOISE = 0.05


def run(rng: np.random.Generator, *, alike: float, tails: bool = False) -> list[tuple[float, float]]:
    """The slices of two equals, whose neighbours are alike; with `tails` wild ones among them."""
    count = LONGEST + 50
    shocks = rng.standard_t(3, count) / math.sqrt(3) if tails else rng.normal(0, 1, count)
    noise = [0.0]
    for shock in shocks * NOISE * math.sqrt(1 - alike**2):
        noise.append(alike * noise[-1] + float(shock))
    return [(math.exp(one), 1.0) for one in noise[-LONGEST:]]


def looked_apart(slices: list[tuple[float, float]], *, once: bool = False) -> bool:
    """Whether somebody who looks after each slice would have told the two apart at some time."""
    interval = paired.ratio if once else sequential.ratio
    looks = (interval(slices[:seen]) for seen in range(FIRST_LOOK, LONGEST + 1))
    return any((found.low or 0) > 1 or (found.high or 2) < 1 for found in looks)


@pytest.mark.parametrize(("alike", "tails"), [(0.0, False), (0.3, False), (0.6, False), (0.3, True)])
def test_whoever_looks_after_each_slice_tells_equals_apart_in_at_most_5_of_100_runs(alike: float, tails: bool) -> None:
    rng = np.random.default_rng(20_261_127)
    false = sum(looked_apart(run(rng, alike=alike, tails=tails)) for _ in range(RUNS))
    assert false <= 0.05 * RUNS


def test_an_interval_for_one_look_would_be_wrong_far_more_often() -> None:
    rng = np.random.default_rng(20_261_127)
    assert sum(looked_apart(run(rng, alike=0.0), once=True) for _ in range(RUNS)) > 0.1 * RUNS


def width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


def test_a_difference_is_found_and_the_interval_shrinks() -> None:
    rng = np.random.default_rng(3)
    slices = [(1.03 * one, other) for one, other in run(rng, alike=0.3)]
    early, late, once = sequential.ratio(slices[:FIRST_LOOK]), sequential.ratio(slices), paired.ratio(slices)
    assert width(once) < width(late) < width(early) / 1.5
    assert (late.low or 9) < 1.03 < (late.high or 0)


def test_before_the_first_look_there_is_no_interval_and_nothing_is_decided() -> None:
    few = sequential.ratio([(2.0, 1.0)] * (FIRST_LOOK - 1))
    assert (few.low, few.high) == (None, None)
    assert sequential.decided(few, until=0.03) is None


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.90, 0.98, "faster"),
        (1.02, 1.20, "slower"),
        (0.90, 0.99, None),  # it may be no more than what a stack shows beside its own copy
        (1.01, 1.20, None),
        (0.98, 1.02, "no difference"),
        (0.98, 1.04, None),
        (0.96, 1.01, None),
        (1.01, 1.02, "no difference"),
    ],
)
def test_what_may_be_said_follows_from_the_ends(low: float, high: float, said: str | None) -> None:
    assert sequential.decided(Estimate(value=1.0, low=low, high=high), until=0.03) == said


def test_the_difference_that_is_left_is_that_of_the_further_end_either_way_round() -> None:
    assert sequential.difference_at_most(Estimate(value=1.0, low=0.98, high=1.01)) == pytest.approx(1 / 0.98 - 1)
    assert sequential.difference_at_most(Estimate(value=1.0, low=0.99, high=1.03)) == pytest.approx(0.03)
