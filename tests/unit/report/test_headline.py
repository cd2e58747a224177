from lab.model import Bound, CellResult
from lab.report.headline import headline
from lab.report.ranking import sections
from tests.unit.report.report_factories import (
    make_budget,
    make_burst,
    make_cell,
    make_footprint,
    make_growth,
    make_invalid,
    make_load,
    make_results,
)


def said(*cells: CellResult, cores: tuple[int, ...] = (0,)) -> str:
    budget = make_budget(stack_cpus=cores)
    (section,) = sections(make_results(*cells, budget=budget))
    return headline(section)


def bound(name: str, rate: float = 1000, formula: str = "") -> Bound:
    return Bound(name=name, requests_per_second=rate, formula=formula)  # type: ignore[arg-type]


def test_the_headline_names_the_winner_the_distance_and_its_range() -> None:
    text = said(make_cell("fast", 2000), make_cell("slow", 1000))
    assert "fast answered most: 2,000 requests/s (95% interval 1,990–2,010)" in text
    assert "slow comes next: fast answered 2.00 times as many (95% interval 1.98–2.02; 5 rounds each)." in text


def test_the_headline_does_not_pretend_where_intervals_overlap() -> None:
    text = said(make_cell("a", 1005), make_cell("b", 1000), make_cell("c", 500))
    assert text.startswith("a and b lead with 1,000–1,005 requests/s and cannot be told apart.")
    assert "c comes next: b answered 2.00 times as many" in text


def test_of_many_that_lead_some_are_named_and_the_others_counted() -> None:
    text = said(*(make_cell(name, 1000) for name in "abcdef"))
    assert text.startswith("a, b, c and 3 others lead with 1,000 requests/s and cannot be told apart.")


def test_a_leader_from_whom_the_next_row_cannot_be_told_is_named() -> None:
    text = said(make_cell("a", 1030, 5), make_cell("b", 1020, 30), make_cell("c", 1000, 5))
    assert text.startswith("a and b lead with 1,020–1,030 requests/s and cannot be told apart.")
    assert (
        "c comes next: a answered 1.03 times as many (95% interval 1.02–1.04; 5 rounds each); it cannot be told apart"
        in text
    )


def test_a_table_of_several_workloads_crowns_nobody() -> None:
    text = said(make_cell("a", 900), make_cell("b", 100), make_cell("c", 5000, workload="items"))
    assert text == (
        "Its rows are ranked within each of 2 workloads; no row wins the table. "
        "Of the 3 ranked rows, 3 were limited by their core."
    )


def test_the_headline_counts_what_limited_the_rows() -> None:
    text = said(
        make_cell("a", 2000, bound=bound("connections", 2000)),
        make_cell("b", 1500, bound=bound("cores", 1600)),
        make_cell("c", 1000, bound=bound("cores", 1050)),
        make_cell("d", 395, 1, bound=bound("slots", 400), slots=40),
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


def test_what_is_only_accepted_is_not_called_answered() -> None:
    assert said(make_cell("later", 900, accepted=True)).startswith("later accepted 900 requests/s (95% interval")
    text = said(make_cell("later", 900, accepted=True), make_cell("a", 900), make_cell("b", 100))
    assert text.startswith(
        "Requests that are only accepted are ranked apart from those that are done when they are answered. "
        "a answered most"
    )


def test_of_bursts_the_first_to_be_done_leads() -> None:
    text = said(make_burst("slow", 10, 25.0), make_burst("quick", 10, 5.0))
    assert text.startswith("quick was done first: 5.00 s (95% interval 4.95–5.05) for 10 requests at once.")
    assert "slow comes next and took 5.00 times as long as quick (95% interval 4.94–5.06; 5 rounds each)." in text


def test_growing_bursts_are_told_by_how_much_longer_the_largest_takes() -> None:
    text = said(*make_growth("one", [1.0, 2.0]), *make_growth("two", [1.5, 1.5, 3.0, 3.0]))
    assert "two: 1 request took 1.50 s, 4 at once 3.00 s, 2.00 times as long (one after the other would be 4.00" in text
    assert "Only bursts of one size are ranked against each other. With 2 at once: two-2 was done first" in text


def test_a_burst_that_nothing_limits_is_not_called_limited_by_its_connections() -> None:
    text = said(make_burst("a", 10, 5.0, bound=bound("connections", 2.0)), make_burst("b", 10, 25.0))
    assert "by nothing but the time that one request takes" in text


def test_footprints_are_told_before_rates() -> None:
    text = said(
        make_cell("small", 900, footprint=make_footprint(0.5, 20.0, containers=1)),
        make_cell("large", 1000, footprint=make_footprint(2.5, 120.0)),
    )
    assert text.startswith(
        "small answers 0.500 s (95% interval 0.400–0.600) after a cold start, "
        "large answers 2.50 s (95% interval 2.40–2.60) after a cold start. "
        "small holds 20.0 MiB at rest, in 1 container, large holds 120 MiB at rest, in 2 containers. "
        "large answered most"
    )


def test_a_footprint_alone_is_compared_with_nothing() -> None:
    text = said(make_cell("only", footprint=make_footprint()))
    assert text.count("after a cold start") == 1


def test_a_disturbed_footprint_is_not_in_the_headline() -> None:
    text = said(make_invalid("disturbed", footprint=make_footprint(0.1)), make_cell("calm", footprint=make_footprint()))
    assert text.startswith("calm answers 1.50 s")
    assert "disturbed" not in text
