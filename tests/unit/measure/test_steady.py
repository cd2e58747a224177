import pytest
from unit_factories import make_result

from lab.measure.steady import steady_rate


def test_the_ramp_of_a_long_round_is_its_first_second() -> None:
    slots = (0,) * 10 + (100,) * 90
    assert steady_rate(make_result(elapsed_s=10.0, per_100ms=slots)) == 1000


def test_the_ramp_of_a_short_round_is_a_quarter_of_it() -> None:
    slots = (0,) * 5 + (100,) * 15
    assert steady_rate(make_result(elapsed_s=2.0, per_100ms=slots)) == 1000


def test_what_comes_after_the_last_whole_tenth_is_left_out() -> None:
    slots = (100,) * 50 + (7,)
    assert steady_rate(make_result(elapsed_s=5.03, per_100ms=slots)) == 1000


def test_tenths_without_an_answer_count_as_such() -> None:
    assert steady_rate(make_result(elapsed_s=5.0, per_100ms=(100,) * 30)) == pytest.approx(500)


def test_a_round_that_has_not_been_has_no_rate() -> None:
    assert steady_rate(make_result(rate=0, elapsed_s=0.0)) == 0
