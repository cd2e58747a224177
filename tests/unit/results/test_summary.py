from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.catalog import Catalog
from lab.errors import UsageError
from lab.figures import bounds, stats
from lab.model import (
    SCHEMA_VERSION,
    Burst,
    Cell,
    CellResult,
    DeploymentFacts,
    Estimate,
    FootprintSample,
    Published,
    Results,
    Sample,
    Span,
    Warmup,
)
from lab.report import csv, html, json, markdown
from lab.results import summary
from tests.unit.unit_factories import (
    make_budget,
    make_cell,
    make_deployment,
    make_load,
    make_result,
    make_run,
    make_sample,
    planned,
)


def test_what_the_load_spends_on_a_request_is_taken_over_whole_rounds() -> None:
    cell = make_cell()
    found = summary.summarise(make_run([cell]), [make_sample(0), make_sample(1)]).cells[0].load_cpu_us_per_request
    assert found is not None
    assert found.value == pytest.approx(5.0 / 10_000 * 1e6)
    silent = [make_sample(0), make_sample(1, load_cpu_s=None)]
    assert summary.summarise(make_run([cell]), silent).cells[0].load_cpu_us_per_request is None


def in_waves(duration_s: int) -> Sample:
    """400 clients of a handler that sleeps 2 s and takes 8 ms more: every 2.008 s 400 answers in one tenth."""
    tenths = [0] * (duration_s * 10)
    for wave in range(1, int(duration_s / 2.008) + 1):
        tenths[int(wave * 20.08)] = 400
    result = make_result(per_100ms=tuple(tenths), requests=sum(tenths), elapsed_s=duration_s, steady_s=duration_s - 1.0)
    return make_sample(result=result)


@pytest.mark.parametrize("duration_s", [10, 11, 12])
def test_the_rate_of_a_sleeping_handler_is_that_of_whole_waves(duration_s: int) -> None:
    cell = make_cell(delay_s=2.0, load=make_load(connections=400, duration_s=duration_s))
    samples = [replace(in_waves(duration_s), round=number) for number in range(5)]
    found = summary.summarise(make_run([cell]), samples).cells[0].requests_per_second
    assert found is not None
    assert found.value == pytest.approx(199.2, rel=0.01)
    assert (found.low or 0) < 199.2 < (found.high or 0)


def test_a_round_of_less_than_two_waves_says_so() -> None:
    cell = make_cell(delay_s=2.0, load=make_load(connections=400, duration_s=4))
    found = summary.summarise(make_run([cell]), [in_waves(4), in_waves(4)]).cells[0]
    assert "its rounds end within a wave of 400 requests that sleep 2 s at the same time: a longer -d makes" in (
        "; ".join(found.notes)
    )


def values(shares: Mapping[str, Estimate]) -> dict[str, float]:
    return {name: share.value for name, share in shares.items()}


def summarise(catalog: Catalog, cell: Cell, samples: list[Sample], **changes: object) -> CellResult:
    return summary.summarise(make_run([planned(catalog, cell)], **changes), samples).cells[0]


def test_cost_and_cores_come_from_the_samples(catalog: Catalog) -> None:
    cell = make_cell()
    found = summarise(catalog, cell, [make_sample(0), make_sample(1)])
    assert found.requests == 20_000
    assert values(found.cpu_us_per_request) == pytest.approx({"total": 950.0, "proxy": 200.0, "app": 750.0})
    assert found.cpu_cores == pytest.approx({"total": 0.95, "proxy": 0.2, "app": 0.75, "load": 0.5})
    assert found.valid


def test_cost_and_cores_leave_the_ramp_out_of_both_sides(catalog: Catalog) -> None:
    result = replace(make_result(), per_100ms=(10,) * 10 + (100,) * 90)
    sample = make_sample(result=result, cpu_s={"app": 99.0}, steady_cpu_s={"app": 1.8})
    found = summarise(catalog, make_cell(), [sample, sample])
    assert values(found.cpu_us_per_request) == pytest.approx({"total": 200.0, "app": 200.0})
    assert found.cpu_cores == pytest.approx({"total": 0.2, "app": 0.2, "load": 0.5})


def test_rounds_in_which_nothing_was_answered_have_no_cost(catalog: Catalog) -> None:
    found = summarise(catalog, make_cell(), [make_sample(0, rate=0), make_sample(1, rate=0)])
    assert found.cpu_us_per_request == {}
    assert (found.requests_per_second, found.latency_ms) == (Estimate(value=0, low=0, high=0), None)


def test_a_rate_has_an_interval_over_rounds_and_latencies_are_merged(catalog: Catalog) -> None:
    found = summarise(catalog, make_cell(), [make_sample(0, rate=990), make_sample(1, rate=1010)])
    assert found.requests_per_second is not None
    assert found.requests_per_second.value == pytest.approx(1000, rel=1e-3)
    assert found.requests_per_second == stats.estimate([990, 1010])
    assert found.latency_ms is not None
    assert found.latency_ms.p50 == pytest.approx(10, rel=1e-3)


def test_memory_is_what_the_rounds_held_at_their_highest_tier_by_tier(catalog: Catalog) -> None:
    samples = [
        make_sample(0, memory_mib={"proxy": 10.0, "app": 100.0}),
        make_sample(1, memory_mib={"proxy": 12.0, "app": 90.0}),
    ]
    found = summarise(catalog, make_cell(), samples)
    assert found.memory_peak_mib == {
        "total": stats.estimate([110, 102]),
        "proxy": stats.estimate([10, 12]),
        "app": stats.estimate([100, 90]),
    }


def test_samples_of_another_cell_do_not_count(catalog: Catalog) -> None:
    other = make_sample(0, rate=10, cell=make_cell(row="beta").key)
    assert summarise(catalog, make_cell(), [make_sample(0), other]).requests == 10_000


def test_a_cell_without_samples_is_shown_and_not_valid(catalog: Catalog) -> None:
    found = summarise(catalog, make_cell(), [])
    assert (found.valid, found.invalid_reasons) == (False, ("it has no sample",))
    assert found.requests_per_second is None
    assert found.cpu_us_per_request == {}


def test_failures_become_the_reasons_of_an_invalid_cell(catalog: Catalog) -> None:
    cell = make_cell()
    facts = DeploymentFacts(
        deployment=cell.deployment, startup_s=None, image_mib=None, images={}, versions={}, failure="not healthy"
    )
    samples = [make_sample(0), make_sample(1)]
    found = summarise(catalog, cell, samples, deployments=(facts,), failures={cell.key: "the load tool failed"})
    assert not found.valid
    assert found.invalid_reasons == ("not healthy", "the load tool failed")


def test_a_deployment_that_failed_for_a_later_table_spoils_no_cell_that_has_all_its_rounds(catalog: Catalog) -> None:
    facts = DeploymentFacts(
        deployment=make_deployment(), startup_s=None, image_mib=None, images={}, versions={}, failure="not healthy"
    )
    rounds = make_run().rounds
    whole = summarise(catalog, make_cell(), [make_sample(n) for n in range(rounds)], deployments=(facts,))
    partial = summarise(catalog, make_cell(), [make_sample(n) for n in range(rounds - 1)], deployments=(facts,))
    assert (whole.valid, whole.invalid_reasons) == (True, ())
    assert (partial.valid, partial.invalid_reasons) == (False, ("not healthy",))


def test_facts_of_a_deployment_stand_in_its_cells(catalog: Catalog) -> None:
    facts = DeploymentFacts(deployment=make_deployment(), startup_s=1.25, image_mib=80.5, images={}, versions={})
    found = summarise(catalog, make_cell(), [make_sample(0)], deployments=(facts,))
    assert (found.startup_s, found.image_mib) == (Estimate(value=1.25, low=None, high=None), 80.5)


def test_cells_stay_in_the_order_of_the_plan() -> None:
    cells = [make_cell(row=row) for row in ("zeta", "alpha", "mid")]
    assert [result.cell.row for result in summary.summarise(make_run(cells), []).cells] == ["zeta", "alpha", "mid"]


def test_settings_change_the_bound(catalog: Catalog) -> None:
    load = make_load(connections=2000)
    plain = make_cell(deployment=make_deployment(variant="pool"), load=load)
    more = make_deployment(variant="pool", settings=(("HEALTH_DELAY", "0.2"), ("THREADS", "20")))
    first = bounds.ceiling(summary.given(planned(catalog, plain), cores=4))
    second = bounds.ceiling(summary.given(planned(catalog, make_cell(deployment=more, load=load)), cores=4))
    assert first is not None
    assert second is not None
    assert (first.name, first.formula) == ("slots", "40 slots / 100 ms")
    assert (second.name, second.formula) == ("slots", "80 slots / 200 ms")


def test_the_measured_cost_lowers_the_bound(catalog: Catalog) -> None:
    cell = make_cell(load=make_load(connections=2000), workload="ping")
    budget = make_budget(stack_cpus=(0, 1, 2, 3))
    bound = summarise(catalog, cell, [make_sample(0), make_sample(1)], budget=budget).bound
    assert bound is not None
    # Of the 950 µs one process spends 750 µs; what the proxy spends, four cores have beside it.
    assert bound.name == "cores"
    assert bound.requests_per_second == pytest.approx(1 / 750e-6)


@pytest.mark.parametrize(
    "settings", [{"WORKERS": "many"}, {"HEALTH_DELAY": "long"}, {"WORKERS": "2.5"}, {"WORKERS": ""}]
)
def test_a_setting_that_must_be_a_number_is_refused_in_words(catalog: Catalog, settings: dict[str, str]) -> None:
    def bound() -> None:
        deployment = catalog.deployment("proxied@pool", settings=settings)
        planned(catalog, make_cell(deployment=deployment))

    with pytest.raises(UsageError):
        bound()


def test_a_cell_keeps_what_its_bounds_follow_from(catalog: Catalog) -> None:
    cell = make_cell(deployment=make_deployment(variant="pool"), load=make_load(connections=2000), floor="beta")
    found = summarise(catalog, cell, [make_sample(0), make_sample(1)])
    assert (found.cell.delay_s, found.cell.slots, found.cell.processes, found.cell.floor) == (0.1, 40, 4, "beta")
    assert [limit.name for limit in found.limits] == ["slots", "cores", "connections"]
    assert found.bound == found.limits[0]


def test_a_table_with_a_budget_of_its_own_is_bounded_by_that(catalog: Catalog) -> None:
    cell = make_cell(load=make_load(connections=2000), workload="ping", deployment=make_deployment(variant="pool"))
    budgets = {cell.table: make_budget(stack_cpus=(0, 1))}
    found = summarise(catalog, cell, [make_sample(0), make_sample(1)], budgets=budgets)
    assert found.bound is not None
    assert found.bound.formula == "2 cores / 950 µs of CPU"


def burst(wall_s: float, worker: str) -> Sample:
    spans = tuple(Span(start_s=0, end_s=wall_s, worker=worker) for _ in range(10))
    result = make_result(10, elapsed_s=1.0, spans=spans)
    return make_sample(result=replace(result, elapsed_s=wall_s, steady_s=wall_s))


BURST = Burst(connections=10)


def test_a_burst_has_a_wall_clock_and_the_timeline_of_its_middle_round(catalog: Catalog) -> None:
    found = summarise(catalog, make_cell(load=BURST), [burst(5.2, "slow"), burst(5.0, "quick"), burst(5.1, "middle")])
    assert found.wall_s is not None
    assert found.wall_s.value == pytest.approx(5.1, rel=1e-3)
    assert found.wall_s == stats.estimate([5.0, 5.1, 5.2])
    assert {span.worker for span in found.spans} == {"middle"}
    assert found.requests_per_second is not None
    assert found.requests_per_second.value == pytest.approx(10 / 5.1, rel=0.01)


def test_other_loads_have_no_wall_clock(catalog: Catalog) -> None:
    found = summarise(catalog, make_cell(), [make_sample(0)])
    assert (found.wall_s, found.spans, found.footprint) == (None, (), None)


def test_what_a_stack_takes_up_is_summed_up_too(catalog: Catalog) -> None:
    weighed = FootprintSample(
        cold_start_s=2.0, warm_start_s=1.0, idle_mib={"app": 20.0}, processes={"app": 3}, rebuild_s=4.0
    )
    found = summarise(catalog, make_cell(), [make_sample(0, footprint=weighed), make_sample(1, footprint=weighed)])
    assert found.footprint is not None
    assert found.footprint.cold_start_s.value == 2


def test_published_rows_get_a_verdict_and_their_table_an_order(catalog: Catalog) -> None:
    cells = [
        make_cell(
            row=row,
            deployment=make_deployment(variant="pool"),
            load=make_load(connections=2000),
            published=Published(requests_per_second=published),
        )
        for row, published in (("alpha", 400.0), ("beta", 100.0), ("gamma", 50.0), ("delta", 20.0))
    ]
    rates = {"alpha": 400, "beta": 100, "gamma": 50, "delta": 20}
    samples = [
        make_sample(number, rate=rates[cell.row], cell=cell.key, steady_cpu_s={"app": 0.1})
        for cell in cells
        for number in range(2)
    ]
    found = summary.summarise(make_run([planned(catalog, cell) for cell in cells]), samples)
    assert found.cells[0].verdict is not None
    assert found.cells[0].verdict.name == "reproduced"
    assert [(order.table, order.tau.value) for order in found.orders] == [("articles", 1)]


def test_what_the_engine_did_not_count_has_no_figure_and_is_noted(catalog: Catalog) -> None:
    silent: dict[str, Any] = {
        "cpu_s": {"app": None},
        "steady_cpu_s": {"app": None},
        "load_cpu_s": None,
        "memory_mib": {"app": None},
    }
    found = summarise(catalog, make_cell(), [make_sample(number, **silent) for number in range(3)])
    assert (found.cpu_us_per_request, found.cpu_cores, found.memory_peak_mib) == ({}, {}, {})
    assert found.valid
    assert [note for note in found.notes if "does not report CPU time" in note] != []
    results = Results(schema_version=SCHEMA_VERSION, run=make_run([found.cell]), cells=(found,))
    for form in (markdown, csv, json, html):
        assert form.render(results)


def test_a_row_that_had_not_settled_when_it_was_measured_says_so() -> None:
    cell = make_cell()

    def notes(warmup: Warmup) -> str:
        run = make_run([cell], rounds=2, warmups={cell.key: warmup}, warmup_s=3.0)
        (found,) = summary.summarise(run, [make_sample(0), make_sample(1)]).cells
        return "; ".join(found.notes)

    assert "it had not settled after 3 s of warm-up, in 1 of 2 warm-ups" in notes(
        Warmup(times=2, seconds=5, unsettled=1)
    )
    assert "settled" not in notes(Warmup(times=2, seconds=4))
