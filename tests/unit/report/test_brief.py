from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.model import Bound, Results, Scripted
from lab.report import brief
from tests.unit.report.report_factories import (
    make_burst,
    make_cell,
    make_footprint,
    make_growth,
    make_invalid,
    make_many,
    make_results,
    make_verdict,
)

LONG = "nginx-gunicorn-flask-with-a-very-long-name-that-goes-on"


def many_rows() -> Results:
    rows = [make_cell(f"{LONG}-{number}", 1000 + number * 50) for number in range(30)]
    return make_results(*rows, *(make_invalid(f"{LONG}-broken-{number}") for number in range(4)))


def many_tables() -> Results:
    verdict = make_verdict("same order", "as published")
    return make_results(*(make_cell(f"row-{n % 3}", verdict=verdict, table=f"table-{n // 3}") for n in range(75)))


def weighed() -> Results:
    return make_results(*(make_cell(f"row-{n}", 500 + n, footprint=make_footprint(1.0 + n)) for n in range(12)))


def bursts() -> Results:
    return make_results(
        *make_growth("one", [1.0, 2.0, 3.0, 4.0]), *make_growth("two", [float(n) for n in range(1, 11)])
    )


@pytest.mark.parametrize("width", [40, 80, 100, 200])
@pytest.mark.parametrize("make", [make_many, many_rows, many_tables, weighed, bursts])
def test_a_run_ends_within_a_screen(make: Callable[[], Results], width: int) -> None:
    lines = brief.render_width(make(), width=width).splitlines()
    assert 0 < len(lines) <= brief.LINES
    assert max(map(len, lines)) <= min(max(width, 80), 100)


def test_the_end_of_a_run_has_the_sentence_the_ranking_and_what_limited_each_row() -> None:
    slots = Bound(name="slots", requests_per_second=1010, formula="")
    far = Bound(name="connections", requests_per_second=20_000, formula="")
    text = brief.render_width(
        make_results(
            make_cell("fast", 2000),
            make_cell("pool", 1000, bound=slots, slots=40, verdict=make_verdict("reproduced", "it is")),
            make_cell("lazy", 100, 1, bound=far, verdict=make_verdict("differs", "it is not")),
            make_invalid("broken"),
        ),
        width=80,
    )
    assert text.startswith("fast answered most: 2,000 requests/s (95% interval 1,990–2,010). pool comes\nnext:")
    assert "Of its published rows: 1 reproduced, 1 differs." in text
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    assert rows == [
        ["1", "fast", "2,000", "1,990–2,010", "cores"],
        ["2", "pool", "1,000", "990–1,010", "40", "slots"],
        ["3", "lazy", "100", "99.0–101", "–"],
    ]
    assert text.endswith("Not valid, not ranked: broken. The report says why; of broken: wrong answers.\n")


def test_where_no_row_is_valid_the_terminal_says_why_of_the_first() -> None:
    stolen = "the hypervisor took 11% of the host's CPU"
    text = brief.render_width(make_results(make_invalid("one", stolen), make_invalid("two", stolen)), width=80)
    assert f"Not valid, not ranked: one and two. The report says why; of one: {stolen}." in " ".join(text.split())


def test_a_long_name_is_cut_and_no_figure() -> None:
    text = brief.render_width(many_rows(), width=80)
    assert "2,440–2,460  cores" in text
    assert "…" in text


def test_rows_that_find_no_room_are_counted() -> None:
    assert "more rows in the report" in brief.render_width(many_rows(), width=80)


def test_of_several_tables_each_has_a_line_with_its_verdicts_by_kind() -> None:
    reproduced = make_verdict("reproduced", "it is")
    first, second = make_cell("a", verdict=reproduced), make_cell("b", table="second")
    text = brief.render_width(make_results(first, second, replace(second, valid=False)), width=80)
    assert text.splitlines() == ["headline: 1 of 1 row valid; 1 reproduced", "second: 1 of 2 rows valid"]


def test_a_burst_is_limited_by_one_requests_time() -> None:
    bound = Bound(name="connections", requests_per_second=2.0, formula="")
    text = brief.render_width(make_results(make_burst("a", 10, 5.0, bound=bound), make_burst("b", 10, 25.0)), width=80)
    assert "one request's time" in text


def test_rows_whose_answers_a_script_has_checked_are_named() -> None:
    load = Scripted(tool="wrk", connections=4, threads=1, duration_s=2, script="a.lua", sha256="0")
    text = brief.render_width(make_results(make_cell("own", load=load)), width=80)
    assert text.endswith("Checked by the script, not by the lab: own. Statuses were counted.\n")


def test_a_row_whose_slots_nobody_has_told_is_limited_by_nobody_knows_what() -> None:
    mine, theirs = make_cell("mine"), make_cell("theirs", 500)
    mine = replace(mine, bound=None, cell=replace(mine.cell, slots_unknown=True))
    theirs = replace(theirs, bound=None)
    lines = brief.render_width(make_results(mine, theirs), width=80).splitlines()
    assert next(line for line in lines if line.startswith("1  mine")).endswith("not known")
    assert next(line for line in lines if line.startswith("2  theirs")).endswith("–")
