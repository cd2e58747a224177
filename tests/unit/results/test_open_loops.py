import pytest

from lab.load import histogram
from lab.model import OpenRound, Sample
from lab.results import open_loops
from tests.unit.unit_factories import make_result, make_sample


def sample(p99_us: int, *, answers: int = 1000) -> Sample:
    pairs = [(p99_us, answers)] if answers else []
    encoded = histogram.encode(pairs)
    one = OpenRound(offered=1000, dropped=1000 - answers, service=encoded, send_lag=encoded)
    return make_sample(result=make_result(histogram=encoded, open_loop=one))


def test_rows_have_the_p99_of_each_round_with_an_interval_over_rounds() -> None:
    found = open_loops.summarise([sample(10_000), sample(10_000), sample(20_000)])
    assert found is not None
    assert found.p99_ms is not None
    assert found.p99_ms.value == pytest.approx(10 * 2 ** (1 / 3), rel=0.002), "the geometric mean of the rounds"
    assert found.p99_ms.low is not None
    assert found.p99_ms.low < 10


def test_what_was_offered_and_dropped_adds_up_over_rounds() -> None:
    found = open_loops.summarise([sample(10_000), sample(10_000, answers=900)])
    assert found is not None
    assert (found.offered, found.dropped) == (2000, 100)
    assert found.service_ms is not None
    assert found.service_ms.p50 == pytest.approx(10, rel=0.002)


def test_a_round_without_an_answer_has_no_p99_and_so_the_row_has_none() -> None:
    found = open_loops.summarise([sample(10_000), sample(10_000, answers=0)])
    assert found is not None
    assert found.p99_ms is None


def test_other_loads_have_nothing_of_it() -> None:
    assert open_loops.summarise([make_sample()]) is None
    assert open_loops.summarise([]) is None
