from dataclasses import replace

from rich.console import Console

from lab.judge import judge
from lab.model import Factor, Results
from lab.report import html, markdown, table
from lab.report.factors import grid, sentence
from tests.unit.judge.factor_factories import table as rows_of
from tests.unit.report.report_factories import make_results


def factor(off: dict[str, float]) -> Factor:
    _, _, (found,) = judge(rows_of(0.4, off))
    return found


def results() -> Results:
    cells, _, factors = judge(rows_of(0.4, {"rich": 2.5}))
    return replace(make_results(*cells), factors=factors)


def test_a_factor_is_told_with_its_interval_and_the_rows_that_it_explains() -> None:
    said = sentence(factor({"cheap": 0.9, "rich": 2.5}), several=False)
    assert said.startswith("One core of the source took 0.400 (")
    assert ") times the time of one of ours for the same work, over 6 CPU-bound rows." in said
    assert "rows. Within 20% of what the other rows give, and so scaled: cheap, lean, middle" in said
    assert "rich" not in said


def test_a_factor_that_explains_less_than_half_scales_no_row() -> None:
    off = {"cheap": 0.3, "lean": 0.5, "rich": 1.05, "dear": 2.0, "dearest": 4.0}
    said = sentence(factor(off), several=True)
    assert "Only 2 of them lie within 20% of what the others give" in said
    assert "for the same work with seed pins" in said


def test_what_was_left_out_is_told_with_the_reason() -> None:
    found = replace(factor({}), left_out={"odd": "its figure is no rate"})
    assert sentence(found, several=False).endswith("Left out: odd (its figure is no rate).")


def test_the_residual_of_each_row_stands_beside_both_costs() -> None:
    head, *lines = grid(factor({"rich": 2.5}))
    assert head[-1] == "÷ that of the others"
    assert lines[-1] == ("rich", "4, with the load", "425", "425", "1.00", "1.00–1.00", "2.50")


def test_every_format_prints_the_factor_with_its_rows() -> None:
    found = results()
    console = Console(width=120, record=True, color_system=None)
    with console.capture() as printed:
        table.print_to(console, found)
    for text in (printed.get(), markdown.render(found), html.render(found)):
        assert "One core of the source took" in text
        assert "÷ that of the others" in text
