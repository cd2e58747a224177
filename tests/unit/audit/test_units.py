import pytest

from lab.audit import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("136.98us", 136.98e-6),
        ("136.98µs", 136.98e-6),
        ("136.98 μs", 136.98e-6),
        ("4.50ms", 0.0045),
        ("2.01s", 2.01),
        ("1.50m", 90.0),
        ("1m2.5s", 62.5),
        ("25.084s", 25.084),
        ("448ns", 448e-9),
        ("0.0317 secs", 0.0317),
        ("1,234.5 ms", 1.2345),
        ("10 seconds", 10.0),
    ],
)
def test_times_are_read_with_the_unit_they_carry(text: str, seconds: float) -> None:
    read = units.duration(text)
    assert read.value == pytest.approx(seconds)
    assert read.assumed is None
    assert read.odd is None


def test_a_time_without_a_unit_is_read_as_milliseconds_and_that_is_said() -> None:
    read = units.duration("12.5")
    assert read.value == pytest.approx(0.0125)
    assert read.assumed == "'12.5' has no unit: read as milliseconds"
    assert units.duration("12.5", unit="s").value == 12.5


def test_a_difference_below_zero_in_64_bits_is_told_and_not_read() -> None:
    read = units.duration("307445734491.24m")
    assert read.value is None
    assert "went below zero in 64 bits" in (read.odd or "")


@pytest.mark.parametrize("text", ["-nan%", "-nan", "nan", "NaN"])
def test_figures_of_no_answers_are_left_out_and_that_is_said(text: str) -> None:
    for read in (units.duration(text), units.rate(text), units.share(text)):
        assert read.value is None
        assert "computed from no answers" in (read.assumed or "")


@pytest.mark.parametrize("text", ["fast", "12 parsecs", "1e999s", "-3ms", "12ms3", "99999999999s"])
def test_what_is_no_time_is_told(text: str) -> None:
    read = units.duration(text)
    assert read.value is None or read.value >= 0
    assert read.odd or read.assumed


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("53,322.42/s", 53_322.42),
        ("53322.42 req/s", 53_322.42),
        ("1.2k", 1_200),
        ("1.2K req/s", 1_200),
        ("1.2M", 1_200_000),
        ("1 234.5", 1_234.5),
        ("1'234", 1_234),
        ("1.234,5", 1_234.5),
        ("1.234.567", 1_234_567),
        ("~800", 800),
        ("2,5", 2.5),
        ("600/min", 10),
        ("1e3", 1_000),
    ],
)
def test_rates_are_read_as_people_print_them(text: str, rate: float) -> None:
    assert units.rate(text).value == pytest.approx(rate)


def test_a_dot_before_three_digits_of_a_rate_is_a_decimal_point_and_that_is_said() -> None:
    read = units.rate("53.322")
    assert read.value == 53.322
    assert read.assumed == "'53.322' read with a decimal point, not as 53,322"
    assert units.rate("53.322", decimal_comma=True).value == 53_322


def test_a_count_is_whole_so_its_dot_groups_thousands_and_that_is_said() -> None:
    read = units.count("50.585")
    assert read.value == 50_585
    assert read.assumed == "'50.585' counts things, so it is 50,585"
    assert units.count("50,585").assumed is None


def test_a_count_that_is_not_whole_is_told() -> None:
    assert units.count("50.5").odd == "'50.5' counts things and is not whole"


def test_decimal_commas_are_seen_where_figures_can_only_be_read_so() -> None:
    assert units.has_decimal_commas(["0,85", "12.345"])
    assert units.has_decimal_commas(["1.234,5"])
    assert not units.has_decimal_commas(["1,234", "5.5"])
    assert not units.has_decimal_commas(["1,234"])


@pytest.mark.parametrize(
    ("text", "share", "assumed"),
    [("30.05%", 0.3005, False), ("0.3", 0.3, False), ("1", 1, False), ("97.2", 0.972, True)],
)
def test_shares_are_parts_of_one(text: str, share: float, *, assumed: bool) -> None:
    read = units.share(text)
    assert read.value == pytest.approx(share)
    assert bool(read.assumed) is assumed


def test_a_share_of_more_than_all_is_told() -> None:
    assert units.share("130%").odd


@pytest.mark.parametrize(
    ("text", "megabytes"), [("113MiB", 118.489), ("1.7GiB", 1825.36), ("48 MB", 48), ("48", 48), ("2G", 2000)]
)
def test_memory_is_read_in_megabytes(text: str, megabytes: float) -> None:
    assert units.megabytes(text).value == pytest.approx(megabytes, rel=1e-4)


@pytest.mark.parametrize(("text", "step"), [("4.50ms", 1e-5), ("2.01s", 0.01), ("136.98us", 1e-8), ("25 ms", 1e-3)])
def test_the_last_digit_says_how_exact_a_time_is(text: str, step: float) -> None:
    assert units.duration(text).step == pytest.approx(step)
