import pytest

from lab.model import ErrorCounts
from tests.unit.unit_factories import make_cell, make_deployment, make_result


def test_answers_of_the_ramp_do_not_count_to_the_rate() -> None:
    result = make_result(ramp_s=1.0, steady_s=9.0, per_100ms=(500,) * 10 + (100,) * 90)
    assert result.steady_requests == 9000
    assert result.requests_per_second == pytest.approx(1000)


def test_a_ramp_may_end_at_any_tenth() -> None:
    result = make_result(ramp_s=0.3, steady_s=0.7, per_100ms=(0, 0, 0, *range(1, 8)))
    assert result.steady_requests == 28
    assert result.requests_per_second == pytest.approx(40)


def test_answers_that_come_after_the_end_of_the_load_do_not_count() -> None:
    result = make_result(elapsed_s=5.03, ramp_s=1.0, steady_s=4.0, per_100ms=(100,) * 50 + (7,))
    assert result.steady_requests == 4000
    assert result.requests_per_second == pytest.approx(1000)


def test_tenths_without_an_answer_count_as_time() -> None:
    result = make_result(ramp_s=1.0, steady_s=4.0, per_100ms=(100,) * 30)
    assert result.requests_per_second == pytest.approx(500)


def test_a_round_without_an_answer_has_the_rate_0() -> None:
    assert make_result(rate=0).requests_per_second == 0


def test_errors_of_all_kinds_are_counted_together() -> None:
    assert ErrorCounts(connect=1, read=2, write=4, timeout=8, status=16, body=32).total == 63


def test_a_cell_is_filed_under_its_table_row_and_pins() -> None:
    cell = make_cell(table="t", row="r", deployment=make_deployment(pins="seed"))
    assert cell.key == "t/r/seed"
