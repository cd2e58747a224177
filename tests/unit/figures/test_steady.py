"""Series of seconds whose truth is known, from stacks that settle at once, slowly, or never."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from lab.figures import steady
from lab.figures.steady import WarmSecond

RUNS, MOST_S = 300, 10
Truth = Callable[[int], float]


def seconds_needed(rng: np.random.Generator, rate: Truth, cost: Truth, *, noise: float) -> int | None:
    """After how many seconds the rule ends a warm-up; None if it does not within `MOST_S`."""
    seen: list[WarmSecond] = []
    for second in range(MOST_S):
        scatter = np.exp(rng.normal(0, noise, 2))
        seen.append(WarmSecond(per_second=rate(second) * scatter[0], cpu_s=cost(second) * scatter[1]))
        if steady.is_settled(seen):
            return second + 1
    return None


def settling(*, first: float, time_constant_s: float) -> Truth:
    """From `first` to 1."""
    return lambda second: 1 + (first - 1) * math.exp(-second / time_constant_s)


def test_a_stack_that_is_warm_at_once_needs_two_seconds_nearly_always() -> None:
    rng = np.random.default_rng(20_261_128)
    flat = settling(first=1, time_constant_s=1)
    needed = [seconds_needed(rng, flat, flat, noise=0.03) for _ in range(RUNS)]
    assert sum(one == 2 for one in needed) / RUNS >= 0.97
    assert None not in needed


@pytest.mark.parametrize(("first_rate", "first_cost"), [(0.2, 1.0), (1.0, 4.0), (0.2, 4.0)])
def test_what_still_changes_is_waited_for_until_it_is_near_its_end(first_rate: float, first_cost: float) -> None:
    """Throughput alone, cost alone, or both: what is left to come when it ends is little."""
    rng = np.random.default_rng(20_261_129)
    rate, cost = (settling(first=first, time_constant_s=1.5) for first in (first_rate, first_cost))
    needed = [seconds_needed(rng, rate, cost, noise=0.03) for _ in range(RUNS)]
    left = [max(abs(math.log(truth(one))) for truth in (rate, cost)) for one in needed if one is not None]
    assert len(left) == RUNS
    assert np.quantile(left, 0.95) <= 0.3
    assert np.median([one for one in needed if one is not None]) >= 3


def test_what_never_stands_still_is_never_called_settled() -> None:
    rng = np.random.default_rng(20_261_130)
    swinging: Truth = lambda second: 2.0 if second % 2 else 1.0  # noqa: E731 - a truth like the others
    growing: Truth = lambda second: 1.4**second  # noqa: E731
    for truth in (swinging, growing):
        assert {seconds_needed(rng, truth, truth, noise=0.02) for _ in range(RUNS)} == {None}


def test_one_second_and_seconds_without_an_answer_say_nothing() -> None:
    assert not steady.is_settled([])
    assert not steady.is_settled([WarmSecond(per_second=5, cpu_s=1)])
    assert not steady.is_settled([WarmSecond(per_second=0, cpu_s=None)] * 2)


def test_where_the_engine_does_not_tell_the_cost_throughput_alone_must_do() -> None:
    assert steady.is_settled([WarmSecond(per_second=100, cpu_s=None), WarmSecond(per_second=110, cpu_s=0.1)])
