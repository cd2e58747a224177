import numpy as np
import pytest

from lab.figures import paired


def test_a_ratio_is_the_geometric_mean_of_its_slices() -> None:
    found = paired.ratio([(2.0, 1.0), (8.0, 1.0), (4.0, 1.0)])
    assert found.value == pytest.approx(4.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 4.0 < found.high
    assert found.low * found.high == pytest.approx(16.0), "as far below as above, as ratios go"


def test_what_slows_both_sides_of_a_slice_leaves_the_ratio_as_it_is() -> None:
    slices = [(1.0, 2.0), (1.1, 2.1), (0.9, 1.9)]
    slowed = [(one * factor, other * factor) for (one, other), factor in zip(slices, (1, 5, 2), strict=True)]
    assert paired.ratio(slowed).value == pytest.approx(paired.ratio(slices).value)
    assert paired.ratio(slowed).low == pytest.approx(paired.ratio(slices).low)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_slices_have_no_interval(count: int) -> None:
    found = paired.ratio([(3.0, 1.0)] * count)
    assert found.value == pytest.approx(3.0)
    assert (found.low, found.high) == (None, None)


def test_neighbours_that_are_alike_are_fewer_independent_slices() -> None:
    independent = np.array([1.0, -1.0] * 20)
    alike = np.repeat([1.0, -1.0], 20)
    assert paired.independent_slices(independent) == pytest.approx(40, rel=0.1)
    assert 2.0 <= paired.independent_slices(alike) < 5
    assert paired.independent_slices(np.ones(7)) == 7
