from lab.model import Bound, CellResult
from lab.report.rows import sections
from lab.report.words import headline
from tests.unit.report.report_factories import make_budget, make_cell, make_invalid, make_load, make_results


def said(*cells: CellResult, cores: tuple[int, ...] = (0,)) -> str:
    budget = make_budget(stack_cpus=cores)
    (section,) = sections(make_results(*cells, budget=budget))
    return headline(section, budget)


def bound(name: str, rate: float = 1000, formula: str = "") -> Bound:
    return Bound(name=name, requests_per_second=rate, formula=formula)  # type: ignore[arg-type]


def test_the_headline_names_the_winner_the_distance_and_its_range() -> None:
    text = said(make_cell("fast", 2000), make_cell("slow", 1000))
    assert "fast answered most: 2,000 requests/s (95% interval 1,990–2,010)" in text
    assert "2.00 times as many as slow" in text
    assert "1.97–2.03 times" in text
    assert "5 rounds each" in text


def test_the_headline_does_not_pretend_where_intervals_overlap() -> None:
    text = said(make_cell("a", 1005), make_cell("b", 1000), make_cell("c", 500))
    assert text.startswith("a and b lead with 1,000–1,005 requests/s and cannot be told apart")
    assert "The last of them (b) had 2.00 times as many as c" in text


def test_the_headline_counts_what_limited_the_rows() -> None:
    text = said(
        make_cell("a", 2000, bound=bound("connections", 2000)),
        make_cell("b", 1500, bound=bound("cores", 1600)),
        make_cell("c", 1000, bound=bound("cores", 1050)),
        make_cell("d", 395, 1, bound=bound("slots", 400, "40 slots / (0.1 s + 0.0002 s)")),
        make_cell("e", 50, 1, bound=bound("cores", 1000)),
    )
    assert "Of the 5 ranked rows, 2 were limited by their core, 1 by the number of connections, " in text
    assert "1 by its 40 slots and 1 by something else (below 0.85 of every bound)" in text


def test_several_cores_are_called_so() -> None:
    assert "1 was limited by its cores" in said(make_cell(bound=bound("cores")), cores=(0, 1))


def test_a_row_alone_is_not_called_a_winner() -> None:
    text = said(make_cell("only"))
    assert "only answered 1,000 requests/s" in text
    assert "no other row to compare it with" in text


def test_nothing_to_rank_is_said_with_its_causes() -> None:
    text = said(make_invalid(), make_cell("once", half_width=None, rounds=1))
    assert text == "Nothing can be ranked: 1 row without an interval and 1 row not valid."


def test_other_loads_are_named_and_do_not_win() -> None:
    heavy = make_cell("heavy", 90_000, load=make_load(connections=20_000))
    text = said(heavy, make_cell("a", 900), make_cell("b", 100))
    assert text.startswith("Rows under different loads are ranked apart; most had 2,000 connections. a answered")
