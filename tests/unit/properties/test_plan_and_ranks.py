"""What holds of every plan and of every ranking."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import plan
from lab.catalog import Catalog
from lab.cli import options as command_line
from lab.errors import UsageError
from lab.load import DESCRIPTORS_KEPT
from lab.model import CellResult, Closed
from lab.plan import PlanOptions
from lab.report.ranking import sections
from tests.unit.report.report_factories import make_cell, make_results

targets = st.lists(st.sampled_from(["plain", "proxied", "proxied@pool", "proxied@one"]), min_size=1, max_size=6)
options = st.builds(
    PlanOptions,
    connections=st.none() | st.integers(1, 100_000),
    threads=st.none() | st.integers(1, 64),
    duration_s=st.none() | st.integers(1, 600),
    pins=st.sampled_from([None, ("current",), ("seed", "current")]),
    footprint=st.booleans(),
)
rates = st.lists(st.tuples(st.floats(1, 1e6), st.none() | st.floats(0, 1e5)), min_size=1, max_size=9)


@given(targets=targets, wished=options, nofile=st.integers(0, 70_000))
def test_a_plan_has_each_cell_once_and_no_load_that_the_host_cannot_open(
    catalog: Catalog, targets: list[str], wished: PlanOptions, nofile: int
) -> None:
    cells = plan.from_targets(catalog, targets, settings={}, options=wished, nofile=nofile)
    assert len({cell.key for cell in cells}) == len(cells) > 0
    assert {cell.deployment.stack for cell in cells} == {target.partition("@")[0] for target in targets}
    for load in (cell.load for cell in cells):
        assert isinstance(load, Closed)
        asked = wished.connections or plan.DEFAULT_LOAD.connections
        assert 1 <= load.threads <= max(load.connections, 1) or load.published_connections
        assert asked in (load.connections, load.published_connections)
        assert nofile == 0 or load.connections <= max(nofile - DESCRIPTORS_KEPT, 1)


@given(targets=targets, wished=options)
def test_the_same_options_give_the_same_plan(catalog: Catalog, targets: list[str], wished: PlanOptions) -> None:
    one, other = (plan.from_targets(catalog, targets, settings={}, options=wished, nofile=20_000) for _ in range(2))
    assert one == other


@given(st.text(max_size=8) | st.from_regex(r"\d{1,6} ?[kmgKMG]?i?b?", fullmatch=True))
def test_an_amount_of_memory_is_a_number_or_refused_in_words(text: str) -> None:
    try:
        mib = command_line.read_memory(text)
    except UsageError as error:
        said = error.what
    else:
        said = repr(text)
        assert mib >= command_line.LEAST_MIB
    assert repr(text) in said


def ranked(found: list[tuple[float, float | None]]) -> list[CellResult]:
    return [make_cell(f"row-{number}", rate, half) for number, (rate, half) in enumerate(found)]


@given(rates)
def test_no_row_is_lost_and_a_rank_counts_those_that_are_better_beyond_doubt(
    found: list[tuple[float, float | None]],
) -> None:
    (section,) = sections(make_results(*ranked(found)))
    assert sorted(row.label for row in section.rows) == sorted(f"row-{number}" for number in range(len(found)))
    assert all(row.rank == 1 + len(row.behind) for row in section.rows if row.rank is not None)


@given(rates)
def test_the_better_row_stands_first_and_nobody_is_behind_a_row_that_stands_after_it(
    found: list[tuple[float, float | None]],
) -> None:
    (section,) = sections(make_results(*ranked(found)))
    scored = [row for row in section.rows if row.score is not None]
    for better, worse in pairwise(scored):
        assert better.score is not None
        assert worse.score is not None
        assert better.score.value >= worse.score.value
    place = {row.label: number for number, row in enumerate(scored)}
    assert all(place[ahead] < place[row.label] for row in scored for ahead in row.behind)


@given(rates, st.randoms(use_true_random=False))
def test_ranks_do_not_hang_on_the_order_in_which_rows_were_measured(
    found: list[tuple[float, float | None]], chance: Random
) -> None:
    cells = ranked(found)
    mixed = cells[:]
    chance.shuffle(mixed)
    by_order = [{row.label: row.rank for row in sections(make_results(*some))[0].rows} for some in (cells, mixed)]
    assert by_order[0] == pytest.approx(by_order[1])
