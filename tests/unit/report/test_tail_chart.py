"""Open loops in a report: what they are ranked by, what is said of them, and their chart."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.model import CellResult, Results
from lab.report import brief, charts, csv, html, markdown, table
from lab.report import json as as_json
from lab.report.columns import bound_text, identity, invalid_columns, shown
from lab.report.headline import headline
from lab.report.ranking import sections
from lab.report.tail_chart import chart
from lab.report.words import conditions, how_to_read
from tests.unit.report.report_factories import make_cell, make_open, make_results, make_section


def ranks(*cells: CellResult) -> list[tuple[str, str]]:
    (section,) = sections(make_results(*cells))
    return [(row.label, row.rank_text) for row in section.rows]


def titles(*cells: CellResult) -> list[str]:
    section = make_section(*cells)
    return [column.title for column in (*identity(section), *shown(section))]


def test_the_shortest_p99_is_the_best_whatever_the_requests_per_second() -> None:
    assert ranks(make_open("slow", 30), make_open("quick", 5), make_open("next", 9)) == [
        ("quick", "1"),
        ("next", "2"),
        ("slow", "3"),
    ]


def test_rows_at_different_rates_are_ranked_apart_and_the_headline_is_about_the_highest() -> None:
    cells = make_open("quick", 5, rate=100), make_open("slow", 30, rate=100), make_open("a", 7), make_open("b", 70)
    assert sorted(ranks(*cells)) == [("a", "1"), ("b", "2"), ("quick", "1"), ("slow", "2")]
    said = headline(make_section(*cells))
    assert (
        "Only rows that were asked at the same rate are ranked against each other. At 2,000 requests/s: a let" in said
    )


def test_the_headline_says_whose_requests_waited_least_and_what_set_the_limit() -> None:
    said = headline(make_section(make_open("quick", 5, rate=2345), make_open("slow", 10, rate=2345)))
    assert said.startswith(
        "quick let its requests wait least: a p99 latency of 5.00 ms (95% interval 4.90\u20135.10) at 2,345 requests/s."
    )
    assert "slow comes next: its p99 is 2.00 times that of quick (95% interval" in said
    assert said.endswith("Of the 2 ranked rows, 2 were limited by the rate that was offered.")


def test_rows_that_cannot_be_told_apart_lead_together() -> None:
    said = headline(make_section(make_open("one", 5, 1), make_open("two", 5.1, 1)))
    assert (
        "one and two lead with a p99 latency of 5.00\u20135.10 ms at 2,000 requests/s and cannot be told apart" in said
    )


def test_one_row_alone_is_compared_with_nothing() -> None:
    said = headline(make_section(make_open("one", 5)))
    assert said.startswith(
        "one has a p99 latency of 5.00 ms (95% interval 4.90\u20135.10) at 2,000 requests/s; there is no"
    )


def test_a_row_of_one_round_has_no_p99_and_says_why() -> None:
    (section,) = sections(make_results(make_open("once", 5, None)))
    assert section.rows[0].notes == ("no p99: one round gives no interval",)


def test_a_table_says_what_was_offered_and_dropped_and_the_service_time_beside_the_latency() -> None:
    found = titles(make_open("one"), make_open("two"))
    assert found[:6] == ["#", "row", "offered", "p99", "95% interval", "dropped"]
    assert found.count("p99") == 1
    assert [title for title in found if title.startswith("service")] == ["service p50", "service p99"]
    assert "requests" not in found
    invalid = [column.title for column in invalid_columns(make_section(make_open("one", valid=False)))]
    assert {"offered", "dropped", "p99"} <= {*invalid}


def test_a_table_without_an_open_loop_has_no_such_column() -> None:
    assert not {"offered", "dropped", "service p99"} & {*titles(make_cell("one"))}


def test_a_table_of_both_has_the_rate_of_the_one_and_the_p99_of_the_other() -> None:
    section = make_section(make_open("open"), make_cell("closed"))
    texts = {row.label: {c.title: c.text(row) for c in shown(section) if c.group == "result"} for row in section.rows}
    assert (texts["open"]["requests"], texts["open"]["p99"]) == ("\u2013", "10.0")
    assert (texts["closed"]["requests"], texts["closed"]["p99"]) == ("1,000", "\u2013")


def test_what_bounds_it_is_the_rate_that_was_offered() -> None:
    (row,) = make_section(make_open("one")).rows
    assert bound_text(row) == "offered 2,000"


def test_the_words_say_from_when_a_latency_counts() -> None:
    section = make_section(make_open("one"))
    said = " ".join(how_to_read(section))
    assert "it counts from when a request was due" in said
    assert "closed loop" not in said
    assert (
        "open loop, 2,000/s, constant arrivals, at most 1,024 requests under way" in dict(conditions(section))["load"]
    )


def test_the_chart_has_a_dot_and_a_band_for_each_row() -> None:
    drawn = chart(make_section(make_open("one", 5), make_open("two", 9), make_open("once", 7, None)))
    assert drawn is not None
    ((_, points),) = drawn.spec["datasets"].items()
    assert [(point["row"], point["value"]) for point in points] == [("one", 5), ("two", 9)]
    assert "one  ·  5.00 ms" in drawn.alternative
    assert "no interval" in drawn.alternative


def test_rows_of_open_loops_are_not_in_the_chart_of_requests_per_second() -> None:
    assert chart(make_section(make_cell("closed"))) is None
    first, *_ = charts.charts(make_section(make_open("one")))
    assert first.title == "p99 latency at a fixed rate"


def test_the_terminal_shows_rate_p99_and_what_limited_each_row() -> None:
    said = brief.render_width(make_results(make_open("one", 5), make_open("two", 9)), width=80)
    assert "offered (/s)" in said
    assert "the rate offered" in said


@pytest.mark.parametrize("render", [table.render, markdown.render, html.render])
def test_every_report_has_them(render: Callable[[Results], str]) -> None:
    said = render(make_results(make_open("one", 5), make_open("two", 9, valid=False)))
    assert "offered" in said


def test_csv_has_columns_for_them_only_where_there_are_some() -> None:
    head, line = csv.render(make_results(make_open("one", 5))).splitlines()[:2]
    record = dict(zip(head.split(","), line.split(","), strict=False))
    assert (record["load_rate"], record["load_arrivals"]) == ("2000", "constant")
    assert {"offered", "dropped", "p99_ms", "p99_ms_low", "service_p99_ms", "send_lag_p99_ms"} <= record.keys()
    assert "dropped" not in csv.render(make_results(make_cell("one"))).splitlines()[0].split(",")


def test_json_tells_them_and_takes_them_back(tmp_path: Path) -> None:
    results = make_results(make_open("one", 5))
    path = tmp_path / "results.json"
    path.write_text(as_json.render(results))
    (cell,) = json.loads(path.read_text())["cells"]
    told = cell["open_loop"]
    assert (told["offered"], told["dropped"], told["p99_ms"]["value"], told["service_ms"]["p50"]) == (
        50_000,
        0,
        5,
        1.25,
    )
    assert as_json.read(path) == results
