import math

import numpy as np
import pytest

from lab.figures import paired

TRUE_RATIO = 1.3
RUNS = 2000
NOISE = 0.05
"""Of one slice, as a factor: measured by hand it is 4 to 6%."""


def slices(rng: np.random.Generator, count: int, *, alike: float, drift: float = 0.0) -> list[tuple[float, float]]:
    """Both sides share what the host does to them; what is left of each slice resembles the one before."""
    shocks = rng.normal(0, NOISE * math.sqrt(1 - alike**2), count + 50)
    noise = [0.0]
    for shock in shocks:
        noise.append(alike * noise[-1] + shock)
    speed = np.exp(np.cumsum(rng.normal(0, drift, count)))
    return [(TRUE_RATIO * 50 * own * math.exp(one), 50 * own) for own, one in zip(speed, noise[-count:], strict=True)]


def covered(count: int, *, alike: float, drift: float = 0.0) -> float:
    rng = np.random.default_rng(20_261_127)
    hits = 0
    for _ in range(RUNS):
        found = paired.ratio(slices(rng, count, alike=alike, drift=drift))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= TRUE_RATIO <= found.high
    return hits / RUNS


@pytest.mark.parametrize("count", [10, 40])
def test_independent_slices_are_covered_as_often_as_is_said(count: int) -> None:
    assert 0.93 <= covered(count, alike=0.0) <= 0.985


@pytest.mark.parametrize(("count", "alike", "least"), [(40, 0.3, 0.92), (40, 0.6, 0.90), (10, 0.3, 0.90)])
def test_slices_that_resemble_their_neighbours_make_the_interval_wider(count: int, alike: float, least: float) -> None:
    assert covered(count, alike=alike) >= least


def test_a_host_that_slows_both_sides_to_a_half_changes_nothing() -> None:
    assert 0.93 <= covered(40, alike=0.0, drift=0.2) <= 0.985


def test_the_ratio_is_a_geometric_mean_so_that_the_inverse_is_the_other_way_round() -> None:
    seen = [(1.0, 2.0), (3.0, 2.0), (2.0, 2.5), (1.5, 1.0)]
    there, back = paired.ratio(seen), paired.ratio([(other, one) for one, other in seen])
    assert there.value == pytest.approx(1 / back.value)
    assert there.low == pytest.approx(1 / (back.high or 0))


def test_equal_slices_have_an_interval_of_no_width_and_too_few_have_none() -> None:
    equal = paired.ratio([(2.0, 1.0)] * 5)
    assert (equal.value, equal.low, equal.high) == pytest.approx((2.0, 2.0, 2.0))
    few = paired.ratio([(2.0, 1.0)] * 2)
    assert (few.low, few.high) == (None, None)


def test_what_slices_of_one_start_have_in_common_makes_the_interval_wider() -> None:
    rng = np.random.default_rng(20_261_130)
    hits = {0.0: 0, 0.01: 0}
    for _ in range(RUNS):
        common = math.exp(rng.normal(0, 0.01))
        seen = [(common * one, other) for one, other in slices(rng, 60, alike=0.0)]
        for starts in hits:
            found = paired.ratio(seen, starts=starts)
            hits[starts] += (found.low or math.inf) <= TRUE_RATIO <= (found.high or 0)
    assert hits[0.0] < 0.9 * RUNS
    assert 0.93 * RUNS <= hits[0.01] <= 0.985 * RUNS


def test_neighbours_that_are_alike_are_fewer_independent_slices() -> None:
    assert paired.independent_slices(np.array([1.0, -1.0] * 20)) == pytest.approx(40, rel=0.1)
    assert 2.0 <= paired.independent_slices(np.repeat([1.0, -1.0], 20)) < 5
    assert paired.independent_slices(np.ones(7)) == 7
