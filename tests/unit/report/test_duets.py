from csv import DictReader
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from lab.model import CellResult, SpeedRange
from lab.report import csv, duet_chart, duets, html, markdown
from lab.report.columns import shown
from lab.report.headline import headline
from lab.report.words import how_to_read
from tests.unit.report.report_factories import make_cell, make_duet, make_results, make_section


def row(name: str, rate: float, *ends: float, **changes: Any) -> CellResult:
    return make_cell(name, rate, duet=make_duet(*ends, **changes) if ends else None)


CHEAP, DEAR, DEARER = row("cheap", 900), row("dear", 1000, 1.87, 1.83, 1.91), row("dearer", 800, 5.94, 5.81, 6.07)


def test_who_costs_least_is_said_first_with_rate_and_interval_and_then_who_answered_most() -> None:
    said = headline(make_section(CHEAP, DEAR, DEARER))
    assert said.startswith(
        "cheap costs least for a request: side by side at 190 requests/s each, dear takes 1.87 times (95% interval "
        "1.83–1.91) and dearer takes 5.94 times (95% interval 5.81–6.07) as much CPU. dear answered most"
    )


def test_where_an_interval_holds_1_nobody_is_called_cheaper() -> None:
    said = headline(make_section(CHEAP, row("alike", 900, 1.0, 0.99, 1.02), DEARER))
    assert said.startswith("None costs less for a request than cheap beyond doubt: side by side")


def test_a_row_that_certainly_costs_less_than_the_reference_is_named() -> None:
    said = headline(make_section(CHEAP, row("cheaper", 900, 0.8, 0.75, 0.85), DEAR))
    assert said.startswith("cheaper costs less for a request than cheap: side by side")


@pytest.mark.parametrize("other", [("debug", 900, 0.993, 0.986, 0.999), ("encoded", 900, 1.008, 1.001, 1.014)])
def test_a_difference_that_a_stack_has_from_its_own_copy_makes_nobody_cheaper(
    other: tuple[str, float, float, float, float],
) -> None:
    said = headline(make_section(CHEAP, row(*other), DEAR))
    assert said.startswith("None costs less for a request than cheap beyond doubt: side by side")


def test_of_many_rows_the_nearest_and_the_furthest_are_told_and_no_order_between_them() -> None:
    rows = [row(f"row-{n}", 900, n, n * 0.9, n * 1.1) for n in range(2, 8)]
    said = headline(make_section(CHEAP, *rows))
    assert said.startswith(
        "cheap costs least for a request: side by side at 190 requests/s each, the other 6 take 2.00 times (row-2, 95% "
        "interval 1.80–2.20) to 7.00 times (row-7, 95% interval 6.30–7.70) as much CPU."
    )


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (
            row("bad", 900, 2.0, 1.9, 2.1, valid=False, invalid_reasons=("lost",)),
            " Not valid side by side: bad (lost).",
        ),
        (row("bad", 900), ""),
    ],
)
def test_of_a_duet_that_is_not_valid_only_why_is_told(bad: CellResult, why: str) -> None:
    section = make_section(CHEAP, bad)
    assert duets.played(section) == ()
    said = headline(section)
    assert why in said
    assert "side by side" not in said.replace(why, "")
    assert duet_chart.chart(section) is None
    assert list(duets.reading(section)) == []


def test_rows_that_were_measured_in_turn_only_are_named_with_what_that_costs() -> None:
    (said,) = [point for point in how_to_read(make_section(CHEAP, DEAR, row("burst", 9))) if "In turn only" in point]
    assert said.startswith("In turn only: burst. CPU time of the same work varies by up to two")


def test_ratios_stand_in_tables_files_and_on_the_first_chart() -> None:
    results = make_results(CHEAP, DEAR, DEARER)
    assert "CPU ÷ reference" in markdown.render(results)
    assert "1.83–1.91" in markdown.render(results)
    (found,) = [line for line in DictReader(StringIO(csv.render(results))) if line["row"] == "dear"]
    assert (found["duet_reference"], found["duet_cpu_ratio"], found["duet_slices"]) == ("cheap", "1.87", "10")
    page = html.render(results)
    assert page.index("CPU of a request, side by side") < page.index("Requests per second")
    chart = duet_chart.chart(make_section(CHEAP, DEAR, DEARER))
    assert chart is not None
    assert "beside cheap, 190 requests/s each" in chart.alternative


def test_rows_with_references_of_their_own_say_whose_on_one_chart_and_below_the_table() -> None:
    traced = make_cell("traced", 400, duet=make_duet(1.3, 1.2, 1.4, reference="other", rate=70.0))
    section = make_section(CHEAP, DEAR, row("other", 500), traced)
    chart = duet_chart.chart(section)
    assert chart is not None
    assert "beside that of a reference, 70.0 to 190 requests/s each" in chart.alternative
    assert "traced  ·  1.30 times of other; dear  ·  1.87 times of cheap" in chart.alternative
    (said,) = [point for point in how_to_read(section) if point.startswith("Reference")]
    assert said == "Reference is other of traced and cheap of dear."


def test_the_ratio_at_a_low_rate_has_columns_of_its_own_and_its_rate_is_named() -> None:
    idle = replace(DEAR, idle_duet=make_duet(2.4, 2.2, 2.6, rate=19.0))
    section = make_section(CHEAP, idle)
    (found,) = [column for column in shown(section) if column.title == "CPU ÷ reference, idle"]
    assert {row.label: found.text(row) for row in section.rows} == {"cheap": "–", "dear": "2.40"}
    assert [point for point in how_to_read(section) if point.startswith("Idle is the same at 19.0 requests/s to each")]
    assert not [column for column in shown(make_section(CHEAP, DEAR)) if "idle" in column.title]


def test_what_the_fixed_work_took_while_duets_were_played_is_told() -> None:
    speed = SpeedRange(median=1000, low=500, high=2000, readings=9)
    section = make_section(CHEAP, row("dear", 1000, 1.87, 1.83, 1.91, core_speed=speed))
    assert [point for point in how_to_read(section) if "the fixed work took 0.500–2.00 ms of CPU" in point]
