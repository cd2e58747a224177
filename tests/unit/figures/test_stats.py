import random
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import bootstrap

from lab.figures import stats


@pytest.mark.parametrize("count", [2, 3, 5, 20])
def test_the_interval_contains_the_mean_and_stays_within_the_range(count: int) -> None:
    rng = random.Random(count)  # noqa: S311 - the seed is the point
    rounds = [rng.gauss(1000, 50) for _ in range(count)]
    found = stats.estimate(rounds)
    assert found.value == pytest.approx(sum(rounds) / count)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert found.low >= min(rounds) - 1e-6
    assert found.high <= max(rounds) + 1e-6


def test_one_round_has_no_interval() -> None:
    found = stats.estimate([5.0])
    assert (found.value, found.low, found.high) == (5.0, None, None)


def test_equal_rounds_have_an_interval_of_no_width() -> None:
    found = stats.estimate([5.0, 5.0, 5.0])
    assert (found.value, found.low, found.high) == (5.0, 5.0, 5.0)


def test_the_same_rounds_give_the_same_interval() -> None:
    assert stats.estimate([1.0, 2.0, 4.0]) == stats.estimate([1.0, 2.0, 4.0])


def test_the_interval_is_the_percentile_bootstrap_of_the_mean() -> None:
    rounds = [980.0, 1010.0, 1005.0, 990.0, 1030.0]
    found = stats.estimate(rounds)
    # All 5^5 resamples, counted instead of drawn: the quantiles that the drawn ones approach.
    means = np.sort(np.array(np.meshgrid(*[rounds] * 5)).reshape(5, -1).mean(axis=0))
    assert found.low == pytest.approx(np.quantile(means, 0.025), abs=1)
    assert found.high == pytest.approx(np.quantile(means, 0.975), abs=1)


def test_the_interval_is_what_scipy_says_with_the_same_seed() -> None:
    rounds = [390.0, 396.5, 384.25]
    direct = bootstrap(
        (rounds,), np.mean, confidence_level=0.95, method="percentile", rng=np.random.default_rng(stats.SEED)
    ).confidence_interval
    found = stats.estimate(rounds)
    assert [found.low, found.high] == pytest.approx([direct.low, direct.high])


def test_more_rounds_make_the_interval_narrower() -> None:
    rng = random.Random(1)  # noqa: S311 - the seed is the point
    rounds = [rng.gauss(1000, 50) for _ in range(64)]
    found = [stats.estimate(rounds[:count]) for count in (4, 16, 64)]
    widths = [(one.high or 0) - (one.low or 0) for one in found]
    assert all(wide > narrow for wide, narrow in pairwise(widths))


@pytest.mark.parametrize(("rounds", "spread"), [([90.0, 100.0, 110.0], 0.2), ([7.0], 0.0), ([0.0, 0.0], 0.0)])
def test_spread_is_the_range_over_the_mean(rounds: list[float], spread: float) -> None:
    assert stats.spread(rounds) == pytest.approx(spread)
