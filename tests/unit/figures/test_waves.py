"""Rates over whole waves, against a closed loop that is simulated with a known one."""

import random
from collections.abc import Sequence

import pytest

from lab.figures import waves
from lab.model import Estimate

RAMP_S = 1.0


def simulated(
    clients: int, *, delay_s: float, each_s: float, lasts_s: float, apart_s: float = 0.0, seed: int = 1
) -> list[int]:
    """Answers in each tenth of a second after the ramp: clients who begin up to `apart_s` apart and then sleep, each
    answer `each_s` later than the sleep alone."""
    draw = random.Random(seed)  # noqa: S311 - a simulation
    tenths = [0] * round(lasts_s * 10)
    for _ in range(clients):
        at = draw.random() * apart_s + delay_s + each_s
        while at < lasts_s:
            tenths[int(at * 10)] += 1
            at += delay_s + each_s
    return tenths[round(RAMP_S * 10) :]


def plain(tenths: Sequence[int]) -> float:
    return sum(tenths) / len(tenths) * 10


def test_the_rate_of_a_long_sleep_does_not_depend_on_the_duration() -> None:
    """Seen: 177.8, 200.0 and 181.8/s for 10, 11 and 12 s, each with an interval of no width."""
    rounds = [simulated(400, delay_s=2, each_s=0.008, lasts_s=lasts) for lasts in (10, 11, 12)]
    assert [round(plain(one), 1) for one in rounds] == [177.8, 200.0, 181.8]
    found = [waves.rate(one, delay_s=2, at_once=400) for one in rounds]
    assert [one.value for one in found] == pytest.approx([199.2] * 3, rel=0.01)
    assert all((one.low or 0) < 199.2 < (one.high or 0) for one in found)
    assert all(0 < (one.high or 0) / (one.low or 1) - 1 < 0.05 for one in found)


@pytest.mark.parametrize("delay_s", [0.1, 0.25, 0.7, 1.0, 1.9, 2.5, 4.0])
@pytest.mark.parametrize("lasts_s", [6, 10, 15, 33])
@pytest.mark.parametrize("apart_s", [0.0, 0.05, 0.5])
def test_the_true_rate_is_within_what_the_cut_can_have_done(delay_s: float, lasts_s: int, apart_s: float) -> None:
    tenths = simulated(300, delay_s=delay_s, each_s=0.004, lasts_s=lasts_s, apart_s=apart_s)
    true = 300 / (delay_s + 0.004)
    found = waves.rate(tenths, delay_s=delay_s, at_once=300)
    slack = 0.01 if 0 not in tenths else 0.001
    assert (found.low or 0) <= true * (1 + slack)
    assert (found.high or 0) >= true * (1 - slack)


def test_answers_that_flow_have_a_rate_without_doubt() -> None:
    tenths = simulated(500, delay_s=0.5, each_s=0.01, lasts_s=11, apart_s=0.5, seed=3)
    found = waves.rate(tenths, delay_s=0.5, at_once=500)
    assert found.value == pytest.approx(500 / 0.51, rel=0.01)
    assert (found.high or 0) / (found.low or 1) - 1 < 0.02


def test_of_less_than_two_waves_a_whole_one_is_in_doubt() -> None:
    tenths = simulated(100, delay_s=5, each_s=0.01, lasts_s=6)
    found = waves.rate(tenths, delay_s=5, at_once=100)
    assert (found.value, found.low, found.high) == pytest.approx((20, 0, 40))
    assert waves.is_unsure([found])
    assert not waves.is_unsure([waves.rate([10] * 50, delay_s=0.1, at_once=10)])


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
def test_where_no_sleep_is_the_limit_answers_are_divided_by_seconds(delay_s: float) -> None:
    tenths = [100, 140, 90] * 10
    found = waves.rate(tenths, delay_s=delay_s, at_once=2000)
    assert (found.value, found.low, found.high) == pytest.approx((1100, 1100, 1100))


def test_nothing_answered_is_a_rate_of_0() -> None:
    assert waves.rate([0] * 50, delay_s=2, at_once=10).value == 0


def test_rounds_that_agree_have_an_interval_as_wide_as_their_cuts() -> None:
    same = [Estimate(value=200, low=190, high=210)] * 5
    found = waves.over(same)
    assert (found.value, found.low, found.high) == pytest.approx((200, 190, 210))
    one = waves.over(same[:1])
    assert (one.low, one.high) == (None, None)
    nothing = waves.over([Estimate(value=0, low=0, high=0)] * 2)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
