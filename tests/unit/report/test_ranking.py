from dataclasses import replace

import pytest

from lab.model import BacklogResult, Bound, CellResult, Estimate
from lab.report.ranking import sections
from tests.unit.report.report_factories import make_burst, make_cell, make_growth, make_invalid, make_load, make_results


def ranks(*cells: CellResult) -> list[tuple[str, str]]:
    (section,) = sections(make_results(*cells))
    return [(row.label, row.rank_text) for row in section.rows]


def test_rows_are_ranked_by_requests_per_second_best_first() -> None:
    assert ranks(make_cell("slow", 100), make_cell("fast", 900)) == [("fast", "1"), ("slow", "2")]


def test_a_rank_is_one_more_than_the_number_of_rows_that_are_better_beyond_doubt() -> None:
    cells = (make_cell("a", 900), make_cell("b", 505), make_cell("c", 500), make_cell("d", 300))
    assert ranks(*cells) == [("a", "1"), ("b", "=2"), ("c", "=2"), ("d", "4")]


def test_a_row_between_two_that_are_told_apart_may_be_told_from_neither() -> None:
    cells = (make_cell("a", 1030, 5), make_cell("b", 1015, 30), make_cell("c", 1000, 5))
    (section,) = sections(make_results(*cells))
    assert [(row.rank_text, row.behind) for row in section.rows] == [("=1", ()), ("=1", ()), ("2", ("a",))]


def test_intervals_that_overlap_may_be_told_apart_and_need_not_be() -> None:
    assert ranks(make_cell("a", 117, 10), make_cell("b", 100, 10)) == [("a", "1"), ("b", "2")]
    assert ranks(make_cell("a", 110, 10), make_cell("b", 100, 10)) == [("a", "=1"), ("b", "=1")]


def test_what_two_rows_alone_tell_apart_is_not_told_among_many() -> None:
    pair = make_cell("a", 117, 10), make_cell("b", 100, 10)
    crowd = [make_cell(f"c{number}", 108 + number / 10, 10) for number in range(8)]
    assert {rank for _, rank in ranks(*pair, *crowd)} == {"=1"}


def test_a_cell_of_one_round_is_shown_last_without_a_rank_and_says_why() -> None:
    (section,) = sections(make_results(make_cell("once", 9000, None, rounds=1), make_cell("often", 10, 1)))
    assert [(row.label, row.rank_text) for row in section.rows] == [("often", "–"), ("once", "–")]
    assert section.rows[1].notes == ("no requests/s: one round gives no interval",)
    assert section.rows[1].over_published is None
    assert section.rows[1].over_bound is None


def test_invalid_cells_are_apart_and_never_ranked_however_fast() -> None:
    (section,) = sections(make_results(make_invalid("liar", rate=99_999), make_cell("honest", 10)))
    assert [row.label for row in section.rows] == ["honest"]
    assert [(row.label, row.rank) for row in section.invalid] == [("liar", None)]


def test_rows_under_different_loads_are_ranked_apart() -> None:
    heavy = make_cell("heavy", 90_000, load=make_load(connections=20_000))
    assert ranks(make_cell("light", 10_000), heavy) == [("light", "–"), ("heavy", "–")]


def test_pins_are_part_of_the_label_only_where_a_table_mixes_them() -> None:
    assert ranks(make_cell("a", 500), make_cell("a", 100, pins="seed")) == [
        ("a (current)", "1"),
        ("a (seed)", "2"),
    ]
    assert ranks(make_cell("a", 100, pins="seed"), make_cell("b", 50, pins="seed"))[0] == ("a", "1")


def test_fewer_connections_than_published_are_noted_once_and_stand_in_the_load() -> None:
    said = "18000 of 20000 connections: the host allows no more open files"
    cell = make_cell(load=make_load(connections=18_000, published_connections=20_000), notes=(said,))
    (section,) = sections(make_results(cell))
    assert section.rows[0].notes == (said,)
    assert "18,000 connections (published with 20,000)" in section.loads[0]


def test_tables_become_sections_in_the_order_in_which_they_occur() -> None:
    cells = (make_cell(table="second"), make_cell(table="first"), make_cell("b", table="second"))
    assert [section.table for section in sections(make_results(*cells))] == ["second", "first"]


def test_a_missing_or_zero_published_figure_gives_no_ratio() -> None:
    (section,) = sections(make_results(make_cell(published=None, bound=None)))
    assert (section.rows[0].over_published, section.rows[0].over_bound) == (None, None)


def test_ratios_are_measured_over_published_and_over_the_bound_of_connections_or_slots() -> None:
    ceiling = Bound(name="slots", requests_per_second=1050, formula="")
    (section,) = sections(make_results(make_cell(rate=1000, bound=ceiling)))
    assert section.rows[0].over_published == pytest.approx(0.5)
    assert section.rows[0].over_bound == pytest.approx(1 / 1.05)
    assert section.rows[0].core_use is None


def test_of_a_row_bound_by_its_cores_the_share_of_its_bound_is_core_use() -> None:
    (section,) = sections(make_results(make_cell(rate=1000)))
    assert section.rows[0].core_use == pytest.approx(1 / 1.05)
    assert section.rows[0].over_bound is None


def test_the_burst_that_is_over_first_is_the_best() -> None:
    assert ranks(make_burst("slow", 10, 50.0), make_burst("quick", 10, 5.0), make_burst("half", 10, 25.0)) == [
        ("quick", "1"),
        ("half", "2"),
        ("slow", "3"),
    ]


def test_bursts_of_different_sizes_keep_their_order_and_are_ranked_by_size() -> None:
    found = ranks(*make_growth("one", [1.0, 2.0]), *make_growth("two", [0.5, 0.5, 1.0]))
    assert found == [("one-1", "2"), ("one-2", "2"), ("two-1", "1"), ("two-2", "1"), ("two-3", "–")]


def test_a_burst_of_one_round_says_why_it_has_no_wall_clock() -> None:
    once = make_burst("once", 4, 2.0)
    (section,) = sections(make_results(replace(once, wall_s=Estimate(value=2.0, low=None, high=None), rounds=1)))
    assert section.rows[0].notes == ("no wall clock: one round gives no interval",)


def test_what_is_only_accepted_is_ranked_apart_and_says_so() -> None:
    cells = make_cell("later", 900, accepted=True), make_cell("now", 100), make_cell("soon", 120)
    (section,) = sections(make_results(*cells))
    assert [(row.label, row.rank_text) for row in section.rows] == [("later", "–"), ("soon", "1"), ("now", "2")]
    assert section.rows[0].notes[0].startswith("its requests are accepted, not done: a worker does them later")


def test_what_is_only_accepted_says_how_much_of_it_was_finished_and_what_waits() -> None:
    cells = [make_cell("later", 900, accepted=True)]
    unknown = sections(make_results(*cells))[0].rows[0].notes[0]
    assert unknown.endswith("; how many it finished, and how far it is behind, is not known")
    told = BacklogResult(
        finished_per_second=Estimate(value=59.2, low=59.0, high=59.5), waiting=Estimate(value=880, low=850, high=910)
    )
    (section,) = sections(make_results(replace(cells[0], backlog=told)))
    assert (
        section.rows[0]
        .notes[0]
        .endswith("; meanwhile it finished 59.2/s (59.0–59.5), and 880 (850–910) waited when a round was over")
    )
