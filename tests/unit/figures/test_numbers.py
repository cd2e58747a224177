import math

import pytest

from lab.figures.numbers import (
    chosen_text,
    count_text,
    errors_text,
    interval_text,
    listing,
    number_text,
    setting_text,
    span_text,
    time_span_text,
    time_text,
)
from lab.model import ErrorCounts
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
    assert number_text(value) == text


def test_an_interval_gets_more_digits_where_three_would_hide_it() -> None:
    assert span_text(15_640, 15_910) == "15,600–15,900"
    assert span_text(15_790, 15_810) == "15,790–15,810"
    assert span_text(5, 5) == "5.00–5.00"


def test_an_estimate_of_one_round_has_no_interval() -> None:
    assert interval_text(make_rate(5, None)) == interval_text(None) == "–"


def test_errors_are_named_by_kind() -> None:
    assert errors_text(ErrorCounts(read=12, timeout=1833)) == "12 read, 1,833 timeout"
    assert errors_text(ErrorCounts()) == "0"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [listing(list(names)) for names in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.5, "1.50 s"), (0.1, "100 ms"), (0.99961, "1.00 s"), (0.001, "1.00 ms"), (0.000048, "48.0 µs"), (0, "0 s")],
)
def test_times_have_three_digits_and_the_unit_a_reader_would_use(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


def test_a_number_that_somebody_chose_has_the_digits_he_wrote() -> None:
    assert [chosen_text(value) for value in (2345, 0.5, 1_000_000, 1234.5)] == ["2,345", "0.5", "1,000,000", "1,234.5"]


def test_a_time_that_somebody_chose_has_the_digits_he_wrote() -> None:
    assert [setting_text(seconds) for seconds in (5, 0.1, 2.5, 60)] == ["5 s", "100 ms", "2.5 s", "60 s"]


def test_the_ends_of_an_interval_of_times_have_their_units() -> None:
    assert time_span_text(0.98, 1.02) == "980 ms–1.02 s"
    assert time_span_text(5.001, 5.004) == "5.001 s–5.004 s"


def test_counts_are_whole_and_their_nouns_agree() -> None:
    said = [count_text(1, "slot"), count_text(2000, "connection"), count_text(4, "process")]
    assert said == ["1 slot", "2,000 connections", "4 processes"]
