from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from lab.figures import stats
from lab.figures.compare import Measured, ratio, told_apart
from lab.model import Estimate


def measured(rounds: list[float]) -> Measured:
    return Measured(estimate=stats.estimate(rounds), rounds=len(rounds))


NEAR = [100.0, 102.0, 98.0, 101.0, 99.0]
FAR = [110.0, 108.0, 112.0, 109.0, 111.0, 113.0]


def test_a_ratio_has_the_interval_of_welchs_test_of_the_logarithms() -> None:
    found = ratio(measured(FAR), measured(NEAR))
    direct = ttest_ind(np.log(FAR), np.log(NEAR), equal_var=False).confidence_interval()
    assert found is not None
    assert found.value == pytest.approx(stats.estimate(FAR).value / stats.estimate(NEAR).value)
    assert (found.low, found.high) == pytest.approx((np.exp(direct.low), np.exp(direct.high)))


def test_ratios_that_hold_together_have_wider_intervals() -> None:
    alone, together = ratio(measured(FAR), measured(NEAR)), ratio(measured(FAR), measured(NEAR), among=45)
    assert alone
    assert together
    assert (together.low or 0) < (alone.low or 0) < (alone.high or 0) < (together.high or 0)


def test_a_pair_is_told_apart_the_larger_first() -> None:
    assert told_apart([measured(NEAR), measured(FAR)]) == {(1, 0)}
    assert told_apart([measured(NEAR), measured([101.0, 103.0, 98.0, 102.0, 100.0])]) == frozenset()


def test_a_floor_is_never_the_smaller_of_two_and_may_be_the_larger() -> None:
    floor = replace(measured(NEAR), at_least=True)
    assert told_apart([floor, measured(FAR)]) == frozenset()
    assert told_apart([replace(measured(FAR), at_least=True), measured(NEAR)]) == {(0, 1)}


def test_the_first_may_be_told_from_the_last_where_neither_is_told_from_the_one_between() -> None:
    between = [104.0, 98.0, 113.0, 107.0, 103.0]
    assert told_apart([measured(NEAR), measured(between), measured(FAR)]) == {(2, 0)}


def test_holm_asks_more_of_a_pair_among_many() -> None:
    one, other = [100.0, 103.0, 97.0, 101.0, 99.0], [105.0, 107.0, 102.0, 106.0, 103.0]
    crowd = [measured([value * 1.001 for value in one]) for _ in range(8)]
    assert told_apart([measured(one), measured(other)]) == {(1, 0)}
    assert told_apart([measured(one), measured(other), *crowd]) == frozenset()


def test_rounds_that_do_not_differ_at_all_tell_every_difference() -> None:
    assert told_apart([measured([2.0, 2.0]), measured([3.0, 3.0])]) == {(1, 0)}
    assert told_apart([measured([2.0, 2.0]), measured([2.0, 2.0])]) == frozenset()


@pytest.mark.parametrize(
    "vague", [Estimate(value=5.0, low=None, high=None), Estimate(value=5.0, low=-1.0, high=11.0), stats.estimate([5.0])]
)
def test_what_has_no_interval_above_nothing_is_told_from_nothing(vague: Estimate) -> None:
    unknown = Measured(estimate=vague, rounds=3)
    assert told_apart([unknown, measured(NEAR)]) == frozenset()
    assert ratio(unknown, measured(NEAR)) is None
