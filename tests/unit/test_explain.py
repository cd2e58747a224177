from dataclasses import replace

from lab import explain
from lab.catalog import Catalog
from lab.measure import summary
from lab.model import Published
from tests.unit.unit_factories import make_cell, make_deployment, make_load, make_run, make_sample

POOL = make_cell(
    deployment=make_deployment(variant="pool"),
    load=make_load(connections=2000),
    published=Published(requests_per_second=500),
    note="The famous one.",
)


def test_a_row_that_was_not_measured_has_the_bound_that_holds_anywhere(catalog: Catalog) -> None:
    story = explain.story(catalog, POOL, cores=4, measured=None)
    assert "whose handler sleeps 100 ms" in story[0]
    assert "by 2000 connections in a closed loop" in story[0]
    assert story[1].startswith("It can answer at most 400/s (40 slots / 100 ms): no more requests than that")
    assert story[2].startswith("It has not been measured")
    assert story[-1] == "About this row: The famous one."


def test_what_never_waits_has_no_bound_before_it_is_measured(catalog: Catalog) -> None:
    story = explain.story(catalog, replace(POOL, workload="ping"), cores=4, measured=None)
    assert "sleeps" not in story[0]
    assert story[1].startswith("Nothing bounds it before its CPU cost is known")


def test_a_measured_row_tells_its_rate_cost_and_ratio_to_the_source(catalog: Catalog) -> None:
    samples = [make_sample(number, cell=POOL.key, rate=1000) for number in range(2)]
    result = summary.summarise(catalog, make_run([POOL]), samples).cells[0]
    text = " ".join(explain.story(catalog, POOL, cores=1, measured=result))
    assert "Measured: 1,000/s (1,000–1,000) over 2 rounds" in text
    assert "Little's law a connection gets its turn every 2 s (2000 ÷ 1,000/s)" in text
    assert "One request costs 950 µs of CPU (proxy 200 µs, app 750 µs)." in text
    assert "The source printed 500/s: measured is 2.00 times that." in text
    assert "Not to be ranked" not in text


def test_a_row_that_could_not_be_measured_says_why(catalog: Catalog) -> None:
    result = summary.summarise(catalog, make_run([POOL], failures={POOL.key: "it fell over"}), []).cells[0]
    assert "It could not be measured: it fell over." in explain.story(catalog, POOL, cores=1, measured=result)


def test_an_invalid_row_says_that_it_is_not_to_be_ranked(catalog: Catalog) -> None:
    result = summary.summarise(catalog, make_run([POOL]), [make_sample(cell=POOL.key)]).cells[0]
    assert "Not to be ranked: one round gives no interval." in explain.story(catalog, POOL, cores=1, measured=result)
