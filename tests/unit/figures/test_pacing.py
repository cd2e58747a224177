import pytest

from lab.figures import pacing
from lab.figures.pacing import Known

FAST = Known(requests_per_second=20_000, cpu_s=50e-6)
SLOW = Known(requests_per_second=2_000, cpu_s=400e-6)
POOL = Known(requests_per_second=392, cpu_s=380e-6)
CRAWLING = Known(requests_per_second=9.85, cpu_s=400e-6)


def test_the_reference_is_the_row_whose_request_is_cheapest() -> None:
    assert pacing.cheapest({"slow": SLOW, "fast": FAST, "pool": POOL}) == "fast"


def test_all_are_asked_half_of_what_the_slowest_can_answer() -> None:
    assert pacing.rate([SLOW, POOL], reference=FAST, cores=1) == 190


def test_two_together_leave_most_of_the_cores_idle() -> None:
    rate = pacing.rate([SLOW], reference=FAST, cores=1)
    assert rate == 440
    used = rate * pacing.DEARER * (SLOW.cpu_s + FAST.cpu_s)
    assert used <= pacing.SHARE_OF_CORES
    assert pacing.rate([SLOW], reference=FAST, cores=2) == 880


def test_a_row_that_cannot_be_asked_often_enough_is_not_asked_side_by_side() -> None:
    assert [*pacing.fast_enough({"fast": FAST, "crawling": CRAWLING})] == ["fast"]


@pytest.mark.parametrize("capacity", [40, 47, 99, 12_345])
def test_a_rate_has_two_digits_and_never_more_than_its_limit(capacity: float) -> None:
    rate = pacing.rate([Known(requests_per_second=capacity, cpu_s=1e-6)], reference=FAST, cores=64)
    assert rate <= capacity * pacing.SHARE_OF_CAPACITY
    assert float(f"{rate:.2g}") == pytest.approx(rate)


def test_the_low_rate_is_a_tenth_in_two_digits_and_none_where_that_says_nothing() -> None:
    assert pacing.idle(2950) == 290
    assert pacing.idle(200) == 20
    assert pacing.idle(190) is None
