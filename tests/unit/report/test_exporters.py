import csv
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from lab.errors import InvalidFile, UsageError
from lab.model import SCHEMA_VERSION, Published, Results
from lab.report import csv as csv_report
from lab.report import json as json_report
from lab.report import markdown, table
from tests.unit.report.report_factories import LABEL, make_cell, make_invalid, make_load, make_results

HOSTILE = "x|y`<script>alert(1)</script>[red]*&\n=1"


@pytest.fixture
def results() -> Results:
    return make_results(
        make_cell("fast", 2000, published=None),
        make_cell("slow", 1000, notes=("steal was 1.2%",)),
        make_cell("once", 5000, None, rounds=1),
        make_invalid("broken", "3% of the answers were wrong"),
        make_cell("other", 700, table="second", pins="seed"),
    )


def rows_of(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(csv_report.render(results))))


@pytest.mark.parametrize("render", [table.render, markdown.render, csv_report.render, json_report.render])
def test_every_text_carries_budget_table_pins_and_load(render: object, results: Results) -> None:
    assert callable(render)
    text = " ".join(render(results).split())
    for fact in (LABEL, "headline", "second", "seed", "current", "wrk"):
        assert fact in text.replace("\\", "")


def test_json_comes_back_as_it_went(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json_report.render(results), encoding="utf-8")
    assert json_report.read(path) == results


def test_a_newer_schema_is_refused_before_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(f'{{"schema_version": {SCHEMA_VERSION + 1}, "run": {{}}}}', encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"2 is newer than what this lab reads \(1\); update the lab"):
        json_report.read(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": true}', '{"schema_version": "1"}'])
def test_a_file_that_is_no_results_json_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"results\.json"):
        json_report.read(path)


def test_all_mistakes_of_a_file_are_named_with_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(f'{{"schema_version": {SCHEMA_VERSION}, "run": {{}}, "cells": 3}}', encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        json_report.read(path)
    assert any("run.id" in mistake for mistake in caught.value.mistakes)
    assert any(": cells:" in mistake for mistake in caught.value.mistakes)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lab bench"):
        json_report.read(tmp_path / "none.json")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="UTF-8"):
        json_report.read(path)


def test_csv_has_one_line_a_cell_with_raw_numbers(results: Results) -> None:
    rows = rows_of(results)
    assert [row["row"] for row in rows] == ["fast", "slow", "once", "broken", "other"]
    assert float(rows[1]["requests_per_second_low"]) == 990.0
    assert float(rows[1]["latency_p99_ms"]) == 200.0
    assert float(rows[1]["cpu_us_per_request_proxy"]) == 12.1
    assert float(rows[1]["measured_over_published"]) == 0.5
    assert rows[1]["notes"] == "steal was 1.2%"
    assert all(row["budget"] == LABEL for row in rows)


def test_csv_leaves_empty_what_is_not_known(results: Results) -> None:
    rows = rows_of(results)
    assert rows[0]["published_requests_per_second"] == rows[0]["measured_over_published"] == ""
    assert (rows[2]["requests_per_second_low"], rows[2]["rank"]) == ("", "")
    assert (rows[3]["valid"], rows[3]["rank"]) == ("false", "")
    assert rows[3]["invalid_reasons"] == "3% of the answers were wrong"


def test_csv_has_the_tiers_of_all_cells_in_one_header() -> None:
    rows = rows_of(make_results(make_cell("a"), make_cell("b", cpu_us_per_request={"total": 9.0, "front": 9.0})))
    assert (rows[0]["cpu_us_per_request_front"], rows[1]["cpu_us_per_request_front"]) == ("", "9.0")


def test_csv_text_is_no_formula() -> None:
    assert rows_of(make_results(make_cell("=1+1")))[0]["row"] == "'=1+1"


def test_markdown_shows_a_dash_where_nothing_was_published(results: Results) -> None:
    line = next(line for line in markdown.render(results).splitlines() if line.startswith("| 1 | fast"))
    assert "| 2,000 | 1,990–2,010 | – | – |" in line


def test_markdown_tables_keep_their_columns_with_hostile_names() -> None:
    text = markdown.render(make_results(make_cell(HOSTILE), make_cell("b", 10)))
    lines = [line.replace("\\|", "") for line in text.splitlines() if line.startswith("|")]
    assert lines[0].count("|") == lines[2].count("|") == lines[1].count("|")
    assert "<script" not in text.replace("\\<", "")


@pytest.mark.parametrize("render", [table.render, markdown.render])
def test_one_round_prints_no_rate_and_says_why(render: object) -> None:
    assert callable(render)
    text = render(make_results(make_cell("once", 4321, None, rounds=1, bound=None)))
    assert "4,320" not in text
    assert "1 round gives no interval" in text


@pytest.mark.parametrize("render", [table.render, markdown.render])
def test_invalid_cells_come_after_the_valid_ones_with_their_reasons(render: object, results: Results) -> None:
    assert callable(render)
    text = render(results)
    assert text.index("slow") < text.index("Not valid") < text.index("3% of the answers were wrong")


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_the_terminal_text_keeps_to_its_width(results: Results, width: int) -> None:
    text = table.render_width(results, width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    for heading in ("published", "bound", "errors", "image", "p99"):
        assert heading in text


def test_the_terminal_takes_names_for_names_not_for_markup() -> None:
    assert "[bold]odd[/bold]" in table.render(make_results(make_cell("[bold]odd[/bold]")))


def test_colours_are_printed_on_a_terminal_only(results: Results) -> None:
    shown, piped = StringIO(), StringIO()
    table.print_to(Console(file=shown, force_terminal=True, color_system="standard", no_color=False), results)
    table.print_to(Console(file=piped), results)
    assert "\x1b[" in shown.getvalue()
    assert "\x1b[" not in piped.getvalue()


def test_a_long_list_of_errors_folds_instead_of_vanishing() -> None:
    many = make_cell("n" * 70, published=Published())
    text = table.render_width(make_results(many, make_cell("b", load=make_load(connections=5))), width=80)
    assert text.count("n") >= 70


def test_an_empty_run_is_reported_too() -> None:
    for render in (table.render, markdown.render, csv_report.render):
        assert render(make_results())


def test_light_exporters_do_not_load_the_chart_libraries() -> None:
    code = "import sys, lab.report.table, lab.report.csv, lab.report.json, lab.report.markdown;"
    code += "sys.exit(bool({'altair', 'vl_convert', 'jinja2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
