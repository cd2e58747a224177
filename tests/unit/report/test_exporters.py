import subprocess
import sys
from io import StringIO

import pytest
from rich.console import Console

from lab.model import Published, Results
from lab.report import csv as csv_report
from lab.report import json as json_report
from lab.report import markdown, table
from tests.unit.report.report_factories import (
    LABEL,
    make_cell,
    make_footprint,
    make_growth,
    make_load,
    make_many,
    make_order,
    make_results,
    make_verdict,
)

HOSTILE = "x|y`<script>alert(1)</script>[red]*&\n=1"


@pytest.fixture
def results() -> Results:
    return make_many()


@pytest.mark.parametrize("render", [table.render, markdown.render, csv_report.render, json_report.render])
def test_every_text_carries_budget_table_pins_and_load(render: object, results: Results) -> None:
    assert callable(render)
    text = " ".join(render(results).split())
    for fact in (LABEL, "headline", "second", "seed", "current", "wrk"):
        assert fact in text.replace("\\", "")


def test_markdown_shows_a_dash_where_nothing_was_published(results: Results) -> None:
    line = next(line for line in markdown.render(results).splitlines() if line.startswith("| 1 | fast"))
    assert "| 2,000 | 1,990–2,010 | – | cores 2,100 |" in line


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
    assert "one round gives no interval" in text


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


@pytest.fixture
def judged() -> Results:
    cells = (
        make_cell("a", 2000, verdict=make_verdict("cannot be true", "9.85/s × 185 ms is 1.8 connections")),
        make_cell("b", 1000, verdict=make_verdict()),
        make_cell("other", table="second", verdict=make_verdict()),
    )
    return make_results(*cells, orders=(make_order(),), titles={"headline": "The famous one"})


@pytest.mark.parametrize("render", [table.render, markdown.render])
def test_verdicts_have_their_reasons_and_tables_their_order(render: object, judged: Results) -> None:
    assert callable(render)
    text = " ".join(render(judged).replace("\\", "").split())
    for said in (
        "cannot be true",
        "185 ms is 1.8 connections",
        "(1)",
        "Kendall's tau",
        "beta ahead of alpha",
    ):
        assert said in text


def test_markdown_has_titles_and_counts_the_verdicts_of_all_tables(judged: Results) -> None:
    text = markdown.render(judged)
    assert "## The famous one" in text
    assert "| all | 2 | 1 |  |" in text


def test_what_a_row_is_about_fits_one_terminal_table() -> None:
    name = "a-row-with-a-usual-name"
    text = table.render_width(make_results(make_cell(name, verdict=make_verdict("cannot be true"))), width=100)
    line = next(line for line in text.splitlines() if line.startswith(name) and "answered" not in line)
    for said in ("990–1,010", "2,000", "cannot be true", "cores 1,050"):
        assert said in line


@pytest.mark.parametrize("render", [table.render, markdown.render])
def test_bursts_are_shown_by_their_wall_clock(render: object) -> None:
    assert callable(render)
    text = " ".join(render(make_results(*make_growth("pool", [1.0, 1.0, 2.0]))).split())
    assert "wall clock" in text.lower()
    assert "requests/s is" not in text.lower()
    assert "cpu-bound, 1 to 3 requests at once" in text


@pytest.mark.parametrize("render", [table.render, markdown.render])
def test_footprints_are_shown_with_intervals(render: object) -> None:
    assert callable(render)
    text = render(make_results(make_cell(footprint=make_footprint())))
    for said in ("1.50 (1.40–1.60)", "proxy 9.00 + app 91.0", "7 (proxy 2 + app 5)", "3.30 (3.10–3.50)"):
        assert said in text


def test_one_connection_is_explained_as_latency() -> None:
    alone = table.render(make_results(make_cell(load=make_load(connections=1))))
    many = table.render(make_results(make_cell()))
    assert "1 ÷ latency" in " ".join(alone.split())
    assert "1 ÷ latency" not in " ".join(many.split())


def test_versions_are_folded_away(results: Results) -> None:
    assert "python 3.11.2" not in table.render(results)
    _, _, folded = markdown.render(results).partition("<details>")
    assert "python 3.11.2" in folded
