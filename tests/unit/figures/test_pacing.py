import pytest

from lab.figures import pacing
from lab.figures.pacing import Known

FAST, SLOW, CRAWLING = (
    Known(requests_per_second=rate, cpu_s=cpu_s) for rate, cpu_s in ((20_000, 50e-6), (1_000, 1e-3), (10, 0.1))
)


def test_the_reference_is_the_row_whose_request_takes_the_least_cpu() -> None:
    assert pacing.cheapest({"slow": SLOW, "fast": FAST}) == "fast"


def test_rows_that_cannot_be_asked_often_enough_are_left_out() -> None:
    assert pacing.fast_enough({"fast": FAST, "crawling": CRAWLING}) == {"fast": FAST}


@pytest.mark.parametrize(
    ("rows", "cores", "rate"),
    [
        ([SLOW], 1, 190.0),  # 0.4 cores over 1.05 ms, taken twice
        ([SLOW], 8, 500.0),  # half of what the slow one answers at most
        ([FAST], 1, 2000.0),
        ([Known(requests_per_second=50, cpu_s=0.02)], 1, 20.0),  # never less
    ],
)
def test_the_rate_is_one_that_all_serve_with_ease(rows: list[Known], cores: int, rate: float) -> None:
    assert pacing.rate(rows, reference=FAST, cores=cores) == rate


def test_a_rate_has_two_digits_and_passes_no_limit() -> None:
    found = pacing.rate(
        [Known(requests_per_second=799, cpu_s=0)], reference=Known(requests_per_second=9e9, cpu_s=0), cores=1
    )
    assert found == 390.0
