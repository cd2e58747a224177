from dataclasses import replace
from typing import Any

import pytest

from lab.cli import until
from lab.errors import Inconclusive, UsageError
from lab.model import Estimate, Results
from lab.report import duets
from lab.results import summary
from tests.unit.cli.cli_driving import Lab
from tests.unit.results.test_duets import REFERENCE, ROW, make_turn
from tests.unit.unit_factories import make_cell, make_run

SLICES = [1.2, 1.21, 1.19] * 12


@pytest.mark.parametrize("text", ["3", "0%", "-3%", "60%", "3 percent", "", "3%%", "nan%", "1e1%"])
def test_a_difference_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no difference that can be looked for"):
        until.read_share(text)


@pytest.mark.parametrize("text", ["0", "0m", "10", "59s", "-1h", "1 day", "", "m"])
def test_a_time_that_makes_no_sense_or_decides_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no time in which anything can be decided"):
        until.read_time(text)


def test_shares_and_times_are_read_with_their_units() -> None:
    assert [until.read_share(text) for text in ("3%", " 0.5 %", "50%")] == pytest.approx([0.03, 0.005, 0.5])
    assert [until.read_time(text) for text in ("90s", "10m", "2min", "1h")] == [90, 600, 120, 3600]
    run = until.sought(make_run(), "3%", None)
    assert (run.until, run.within_s) == (0.03, until.WITHIN_S)
    assert until.sought(make_run(), None, None) == make_run()


def test_two_stacks_are_compared_and_the_first_is_the_reference() -> None:
    assert {cell.reference for cell in until.two((ROW, REFERENCE), "3%", None)} == {ROW.row}
    with pytest.raises(UsageError, match="compares two stacks, and here are 3"):
        until.two((ROW, REFERENCE, make_cell(row="third")), "3%", None)


def test_who_only_accepts_and_who_does_the_work_are_not_compared() -> None:
    with pytest.raises(UsageError, match="slow only accepts what fast does before it answers"):
        until.two((REFERENCE, replace(ROW, accepted=True)), "3%", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--table", "articles", "--until", "3%"), "--until would have no effect"),
        (("plain", "--within", "10m"), "--within would have no effect"),
        (("plain", "proxied", "--until", "3%", "--duet", "5"), "--duet would have no effect"),
        (("plain", "proxied", "--until", "3"), "write it in percent"),
        (("plain", "proxied", "--until", "3%", "--within", "0"), "write it with its unit"),
        (("plain", "--until", "3%"), "compares two stacks, and here are 1"),
    ],
)
def test_what_makes_no_sense_on_the_line_is_refused_in_words(lab: Lab, arguments: tuple[str, ...], said: str) -> None:
    ended = lab("bench", *arguments)
    assert ended.code == 2
    assert said in ended.err


def results_of(*ratios: float, share: float = 0.03, **changes: Any) -> Results:
    run = make_run([ROW, REFERENCE], until=share, within_s=600.0)
    return summary.summarise(run, [], [make_turn(0, *ratios, **changes)])


def test_what_is_decided_names_the_row_the_reference_and_all_looks() -> None:
    row = until.conclude(results_of(*SLICES))
    assert row.duet is not None
    words = duets.until_words(row.cell.row, row.duet)
    assert words.startswith("slow is slower than fast: at 100 requests/s each 1.20 times the CPU for a request")
    assert "at all looks together" in words


def test_alike_is_told_with_the_difference_that_is_left() -> None:
    row = until.conclude(results_of(*[1.0, 1.01, 0.99] * 30))
    assert row.duet is not None
    assert row.duet.decision == "no difference"
    assert duets.decision_words(row.duet).startswith("no difference larger than ")
    assert 0 < (row.duet.difference_at_most or 0) < 0.03


def test_what_is_undecided_or_not_valid_or_missing_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="the interval is still too wide"):
        until.conclude(results_of(*[0.8, 1.2, 1.0, 1.1, 0.9] * 7, share=0.001))
    with pytest.raises(Inconclusive, match="were not answered rightly"):
        until.conclude(results_of(*SLICES, missing=5000))
    nothing = summary.summarise(make_run([ROW, REFERENCE], until=0.03), [], [])
    with pytest.raises(Inconclusive, match="could not be measured side by side"):
        until.conclude(nothing)


def test_before_the_first_look_it_says_that_there_is_no_interval() -> None:
    (row, _) = results_of(*SLICES[:5]).cells
    assert row.duet is not None
    assert "no interval yet" in duets.until_words("slow", row.duet)
    wide = replace(row.duet, cpu_ratio=Estimate(value=1.0, low=0.9, high=1.1))
    assert "a difference of 3.0% is undecided" in duets.until_words("slow", wide)
