from lab.report.ranking import sections
from lab.report.rows import series
from tests.unit.report.report_factories import (
    make_budget,
    make_burst,
    make_cell,
    make_growth,
    make_load,
    make_results,
    make_section,
)


def test_loads_that_differ_in_connections_only_are_told_together() -> None:
    section = make_section(
        make_cell(), make_cell("b", load=make_load(connections=18_000, published_connections=20_000))
    )
    assert section.loads == (
        "health by wrk, closed loop, 2,000 or 18,000 (published with 20,000) connections, 2 threads, 10 s a round",
    )


def test_bursts_of_neighbouring_sizes_are_told_as_a_span() -> None:
    assert make_section(*make_growth("pool", [1.0, 1.0, 2.0])).loads == ("cpu-bound, 1 to 3 requests at once",)
    assert make_section(make_burst("pool", 10, 1.0)).loads == ("cpu-bound, 10 requests at once",)


def test_a_series_is_named_by_what_its_rows_share() -> None:
    section = make_section(*make_growth("w2-cpu", [1.0] * 10), make_burst("alone", 4, 1.0))
    found = series(section.rows)
    assert list(found) == ["w2-cpu"]
    assert [row.cell.load.connections for row in found["w2-cpu"]] == list(range(1, 11))


def test_a_series_without_a_common_name_is_named_by_its_deployment() -> None:
    cells = (make_burst("few", 1, 1.0, stack="pool"), make_burst("many", 9, 5.0, stack="pool"))
    assert list(series(make_section(*cells).rows)) == ["pool@default"]


def test_series_of_two_pins_stay_apart() -> None:
    cells = (*make_growth("pool", [1.0, 2.0]), *make_growth("pool", [1.0, 2.0], pins="seed"))
    assert list(series(make_section(*cells).rows)) == ["pool (current)", "pool (seed)"]


def test_a_table_has_its_title_and_its_own_budget() -> None:
    own = make_budget(label="2 cores, colocated")
    results = make_results(make_cell(), make_cell(table="b"), budgets={"b": own}, titles={"b": "The second"})
    first, second = sections(results)
    assert (first.title, second.title) == ("headline", "The second")
    assert (first.budget.label, second.budget.label) == (make_budget().label, "2 cores, colocated")
