import math

import pytest

from lab.model import Errors
from lab.report.figures import by_part, errors, figure, interval, listing, span
from tests.unit.report.report_factories import make_rate


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15_799.31, "15,800"),
        (390.92, "391"),
        (9.85, "9.85"),
        (9.996, "10.0"),
        (999.6, "1,000"),
        (0.0004321, "0.000432"),
        (1.0, "1.00"),
        (0, "0"),
        (-12.34, "-12.3"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_figures_have_three_significant_digits(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_an_interval_gets_more_digits_where_three_would_hide_it() -> None:
    assert span(15_640, 15_910) == "15,600–15,900"
    assert span(15_790, 15_810) == "15,790–15,810"
    assert span(5, 5) == "5.00–5.00"


def test_an_estimate_of_one_round_has_no_interval() -> None:
    assert interval(make_rate(5, None)) == interval(None) == "–"


def test_errors_are_named_by_kind() -> None:
    assert errors(Errors(read=12, timeout=1833)) == "12 read, 1,833 timeout"
    assert errors(Errors()) == "0"


def test_tiers_are_shown_without_total_and_load() -> None:
    assert by_part({"total": 62.0, "proxy": 12.0, "app": 50.0, "load": 9.0}) == "proxy 12.0 + app 50.0"
    assert by_part({}) == "–"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [listing(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
