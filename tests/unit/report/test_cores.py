from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.model import CellResult, Results, SpeedRange
from lab.report import cores, csv, headline, html, markdown, table, words
from lab.report.columns import shown
from lab.report.ranking import sections
from lab.report.rows import Section
from tests.unit.report.report_factories import make_cell, make_rate, make_results

RUN = SpeedRange(median=1000, low=700, high=1100, readings=1234)


def timed(cell: CellResult, median: float, low: float, high: float) -> CellResult:
    return replace(cell, core_speed=SpeedRange(median=median, low=low, high=high, readings=9))


def results_of(*cells: CellResult) -> Results:
    found = make_results(*cells)
    return replace(found, core_speed=RUN, run=replace(found.run, core_speed=RUN))


def section_of(*cells: CellResult) -> Section:
    return sections(results_of(*cells))[0]


def column(section: Section, title: str) -> list[str]:
    (found,) = [one for one in shown(section) if one.title == title and one.unit != ""]
    return [found.text(row) for row in section.rows]


SLOW = timed(make_cell("slow", rate=1000), 700, 650, 800)
USUAL = timed(make_cell("usual", rate=500), 1000, 950, 1050)


def test_the_speed_of_a_rows_seconds_stands_beside_its_cost_over_the_median_of_the_run() -> None:
    assert column(section_of(SLOW, USUAL), "core speed") == ["0.700 (0.650–0.800)", "1.00 (0.950–1.05)"]


def test_a_cost_is_given_at_the_median_speed_too() -> None:
    """62.3 µs on cores at 0.7 of the usual speed are 43.6 µs at the usual one."""
    assert column(section_of(SLOW, USUAL), "CPU at median speed") == ["43.6", "62.3"]


def test_a_rate_is_given_at_the_median_speed_where_the_cores_were_full_and_only_there() -> None:
    idle = replace(USUAL, bound=replace(USUAL.bound, requests_per_second=5000.0)) if USUAL.bound else USUAL
    assert column(section_of(SLOW, idle), "requests at median speed") == ["1,430", "–"]


def test_rows_that_nobody_timed_have_no_speed_and_nothing_is_said_of_it() -> None:
    (section,) = sections(make_results(make_cell("alpha"), make_cell("beta")))
    assert not [one for one in shown(section) if "speed" in one.title]
    assert not list(cores.reading(section)) + list(cores.sentences(section)) + list(cores.conditions(section))
    (row,) = (row for row in section.rows if row.label == "alpha")
    assert (cores.text(row), cores.factor(row), cores.cost(row), cores.rate(row)) == ("–", None, None, None)


def test_every_report_tells_the_range_of_its_table_and_of_the_run() -> None:
    section = section_of(SLOW, USUAL)
    assert dict(words.conditions(section))["core speed"] == "0.650–1.05 times the run's median"
    assert cores.told(RUN).startswith("fixed work on the stack's cores took 1.00 ms of CPU (median of 1,234 readings)")
    assert cores.told(RUN).endswith("0.700–1.10 times that speed")


def test_the_headline_warns_where_rows_come_from_unlike_seconds_only() -> None:
    assert "on cores that were 0.700–1.00 times as fast" in headline.headline(section_of(SLOW, USUAL))
    assert "times as fast as the run's median" not in headline.headline(section_of(USUAL))


@pytest.mark.parametrize("render", [table.render, markdown.render, html.render])
def test_a_floor_is_printed_as_one_in_every_format(render: Callable[[Results], str]) -> None:
    floor = replace(make_cell("walled", rate=1234, half_width=1), at_least=True)
    text = render(results_of(floor, make_cell("other", rate=500)))
    assert "≥ 1,230" in text
    assert "≥ 500" not in text


def test_a_floor_is_marked_in_csv_and_never_behind_anybody() -> None:
    floor = replace(make_cell("walled", rate=500), at_least=True)
    found = results_of(make_cell("faster", rate=1000), floor)
    assert ",true," in next(line for line in csv.render(found).splitlines() if ",walled," in line)
    ranks = {row.label: row.rank for row in sections(found)[0].rows}
    assert ranks == {"faster": 1, "walled": 1}
    assert "(of walled at least so many)" in headline.leading(sections(found)[0])


def test_a_leader_whose_figure_is_a_floor_is_at_least_so_many_times_ahead() -> None:
    leader = replace(make_cell("walled", rate=1000), at_least=True)
    said = headline.leading(section_of(leader, make_cell("next", rate=500)))
    assert "walled answered most: ≥ 1,000 requests/s" in said
    assert "walled answered ≥ 2.00 times as many" in said


def test_estimates_without_an_interval_stay_so() -> None:
    alone = replace(SLOW, cpu_us_per_request={"total": make_rate(100, None)})
    cost = cores.cost(section_of(alone).rows[0])
    assert cost is not None
    assert cost.value == pytest.approx(70)
    assert cost.low is cost.high is None
