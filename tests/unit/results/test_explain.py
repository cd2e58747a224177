from dataclasses import replace
from pathlib import Path

from lab.catalog import Catalog, load_catalog
from lab.model import Burst, Cell, CellResult, Estimate, Open, OpenLoop, Published, Ramp
from lab.results import explain, summary
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
from tests.unit.unit_project import edit

POOL = make_cell(
    deployment=make_deployment(variant="pool"),
    load=make_load(connections=2000),
    published=Published(requests_per_second=500),
    note="The famous one.",
)


def test_a_row_that_was_not_measured_has_the_bound_that_holds_anywhere(catalog: Catalog) -> None:
    story = explain.story(planned(catalog, POOL), cores=4, result=None)
    assert "whose handler sleeps 100 ms" in story[0]
    assert "by 2,000 connections in a closed loop" in story[0]
    assert story[1].startswith("It has 40 slots: that many requests are in service at once")
    assert story[2] == "Its code runs in 4 processes, so it computes on up to 4 cores at a time."
    assert story[3].startswith("It can answer at most 400/s (40 slots / 100 ms): no more requests than that")
    assert story[4].startswith("It has not been measured")
    assert story[-2] == (
        "If that limit were lifted, connections would bind next, at 20,000/s (2,000 connections / 100 ms): 50.0 times "
        "as much."
    )
    assert story[-1] == "About this row: The famous one."


def test_a_lock_is_told_from_the_slots_of_the_stack_and_a_ramp_from_a_load_that_is_there_at_once(
    project: Path,
) -> None:
    path = project / "stacks/openapi.yaml"
    edit(path, "default_s: 0.1}", "default_s: 0.1, at_once: 5}")
    cell = replace(POOL, load=Ramp(connections=200, ramp_s=60, duration_s=10), published=None)
    story = explain.story(planned(load_catalog(project), cell), cores=4, result=None)
    assert "by 200 connections in a closed loop, added over 60 s: each waits" in story[0]
    assert story[1].startswith("A lock lets 5 requests of this workload work at once, whatever the stack")
    assert story[3].startswith(
        "It can answer at most 50.0/s (5 slots / 100 ms): no more requests than that hold a lock"
    )


def test_a_limit_that_nobody_has_told_is_not_said_to_be_none(catalog: Catalog) -> None:
    unknown = replace(planned(catalog, POOL), slots=None, slots_unknown=True)
    text = " ".join(explain.story(unknown, cores=4, result=None))
    assert "How many requests it has in service at once is not known: its lab.yaml has no `slots`" in text
    assert "Nothing in it limits" not in text
    assert "Nothing in it limits" in " ".join(
        explain.story(replace(unknown, slots_unknown=False), cores=4, result=None)
    )


def test_what_never_waits_has_no_bound_before_it_is_measured(catalog: Catalog) -> None:
    story = explain.story(planned(catalog, replace(POOL, workload="ping")), cores=4, result=None)
    assert "sleeps" not in story[0]
    assert story[3].startswith("Nothing bounds it before its CPU cost is known")


def test_of_a_handler_that_nobody_has_described_it_is_not_said_that_it_does_not_wait(catalog: Catalog) -> None:
    cell = replace(planned(catalog, replace(POOL, workload="ping")), delay_unknown=True)
    text = " ".join(explain.story(cell, cores=4, result=None))
    assert "nobody has said how long its handler waits" in text
    assert "it does not wait" not in text


def test_an_open_loop_is_asked_at_a_rate_which_is_a_limit_and_tells_how_long_it_waited(catalog: Catalog) -> None:
    cell = planned(catalog, replace(POOL, load=Open(rate=300, duration_s=6), published=None))
    samples = [make_sample(number, cell=cell.key, rate=300) for number in range(2)]
    result = summary.summarise(make_run([cell]), samples).cells[0]
    p99_ms = Estimate(value=12, low=10, high=14)
    told = OpenLoop(p99_ms=p99_ms, offered=1000, dropped=0, service_ms=None, send_lag_ms=None)
    text = " ".join(explain.story(cell, cores=4, result=replace(result, open_loop=told)))
    assert "by 300 requests a second in an open loop, constant arrivals and at most 1,024 under way: each goes" in text
    assert "It can answer at most 300/s (300 requests/s are offered): no more is asked, whatever it could do" in text
    assert "Measured: a p99 latency of 12.0 ms (10.0 ms\u201314.0 ms) at 300/s (300\u2013300) over 2 rounds" in text
    assert "If that limit were lifted, cores would bind next, at 316/s" in text
    assert "Little's law" not in text


def test_a_slot_bound_row_tells_what_its_slots_did_between_two_requests(catalog: Catalog) -> None:
    cell = replace(planned(catalog, POOL), slots=40, delay_s=0.1, processes=1)
    used = {"proxy": 0.1, "app": 0.00076 * 375 * 9}
    samples = [
        make_sample(number, cell=POOL.key, result=make_result(rate=370), steady_cpu_s=used) for number in range(2)
    ]
    result = summary.summarise(make_run([cell], budget=make_budget(stack_cpus=(0,))), samples).cells[0]
    text = " ".join(explain.story(cell, cores=1, result=result))
    assert "A slot took 108 ms from one request to the next: 100 ms of sleep, 770 µs of CPU, and 7.34 ms in" in text
    assert "Did all slots wake at once and compute one after the other, it would be 306/s." in text


def test_a_row_far_from_every_limit_that_is_known_is_said_to_be_held_by_something_else(catalog: Catalog) -> None:
    cell = replace(planned(catalog, POOL), slots=4, delay_s=0.0, delay_unknown=True)
    samples = [
        make_sample(number, cell=POOL.key, result=make_result(rate=40), steady_cpu_s={"app": 0.0009 * 40 * 9})
        for number in range(2)
    ]
    result = summary.summarise(make_run([cell], budget=make_budget(stack_cpus=(0,))), samples).cells[0]
    text = " ".join(explain.story(cell, cores=1, result=result))
    assert "It is none of the limits that are known here: 40.0 of " in text
    assert "so something else holds it: `lab why proxied@pool --rate 60` asks what." in text
    assert "Were each of its 4 slots in use for 100 ms a request, it would be these." in text
    assert "If that limit were lifted" not in text


def test_a_row_that_answered_nothing_is_explained_too(catalog: Catalog) -> None:
    result, _ = measured(catalog, POOL)
    nothing = replace(result, requests_per_second=Estimate(value=0, low=0, high=0))
    cell = replace(planned(catalog, POOL), slots=4, delay_s=0.0, delay_unknown=True)
    assert "--rate" not in " ".join(explain.story(cell, cores=1, result=nothing))


def test_a_measured_row_tells_its_rate_cost_and_ratio_to_the_source(catalog: Catalog) -> None:
    samples = [make_sample(number, cell=POOL.key, rate=1000) for number in range(2)]
    result = summary.summarise(make_run([planned(catalog, POOL)]), samples).cells[0]
    text = " ".join(explain.story(planned(catalog, POOL), cores=1, result=result))
    assert "Measured: 1,000/s (1,000–1,000) over 2 rounds" in text
    assert "Little's law a connection gets its turn every 2.00 s (2,000 ÷ 1,000/s)" in text
    assert "One request costs 950 µs of CPU (proxy 200 µs, app 750 µs)." in text
    assert "The source printed 500/s: measured is 2.00 times that." in text
    assert "Not to be ranked" not in text


def test_a_row_that_could_not_be_measured_says_why(catalog: Catalog) -> None:
    result = summary.summarise(make_run([planned(catalog, POOL)], failures={POOL.key: "it fell over"}), []).cells[0]
    assert "It could not be measured: it fell over." in explain.story(planned(catalog, POOL), cores=1, result=result)


def test_an_invalid_row_says_that_it_is_not_to_be_ranked(catalog: Catalog) -> None:
    result = summary.summarise(make_run([planned(catalog, POOL)]), [make_sample(cell=POOL.key)]).cells[0]
    assert "Not to be ranked: one round gives no interval." in explain.story(
        planned(catalog, POOL), cores=1, result=result
    )


def measured(catalog: Catalog, cell: Cell, *, rate: int = 390) -> tuple[CellResult, str]:
    samples = [make_sample(number, cell=cell.key, rate=rate) for number in range(2)]
    result = summary.summarise(make_run([planned(catalog, cell)]), samples).cells[0]
    return result, " ".join(explain.story(planned(catalog, cell), cores=1, result=result))


def test_what_the_published_mean_left_out_is_told_by_littles_law(catalog: Catalog) -> None:
    cell = replace(POOL, published=Published(requests_per_second=390.92, mean_ms=1220, timeouts=22_894))
    result, text = measured(catalog, cell)
    assert "At the published 391/s each of 2,000 connections got its turn every 5.12 s" in text
    assert "the printed mean of 1.22 s leaves out most of that waiting" in text
    assert result.verdict is not None
    assert f"Verdict: mean not of all clients: {result.verdict.reason}." in text


def test_a_sound_mean_leaves_nothing_out(catalog: Catalog) -> None:
    cell = replace(POOL, published=Published(requests_per_second=390.92, mean_ms=5116))
    assert "got its turn every" not in measured(catalog, cell)[1]


def test_an_impossible_row_is_told_before_it_is_measured(catalog: Catalog) -> None:
    cell = replace(POOL, published=Published(requests_per_second=390.92, mean_ms=1220))
    text = " ".join(explain.story(planned(catalog, cell), cores=4, result=None))
    assert "Without any measurement, its mean is not that of all clients: 391/s × 1.22 s accounts" in text


def test_the_next_bottleneck_is_named_with_what_it_would_gain(catalog: Catalog) -> None:
    assert (
        "If that limit were lifted, cores would bind next, at 411/s (1 core / 2.44 ms of CPU): 1.05 times as "
        in (measured(catalog, POOL)[1])
    )


def test_a_limit_with_another_right_behind_it_gains_nothing(catalog: Catalog) -> None:
    cell = replace(POOL, load=replace(POOL.load, connections=40))
    assert "Lifting that limit alone would gain nothing: slots would bind next, at" in measured(catalog, cell)[1]


def burst(number: int, *, variant: str = "one", workload: str = "health", wall_ms: float | None = None) -> Cell:
    load = Burst(connections=number)
    deployment = make_deployment(variant=variant, settings=(("HEALTH_DELAY", "5"),))
    return make_cell(deployment=deployment, load=load, workload=workload, published=Published(wall_ms=wall_ms))


def test_a_burst_is_told_as_a_staircase_of_waves(catalog: Catalog) -> None:
    deployment = make_deployment(settings=(("HEALTH_DELAY", "5"), ("WORKERS", "2")))
    text = " ".join(explain.story(planned(catalog, replace(burst(9), deployment=deployment)), cores=4, result=None))
    assert "by 9 requests at once, and the clock stops when the last has its answer." in text
    assert "It has 2 slots" in text
    assert "2 at a time, the 9 requests take 5 waves of 5 s: a staircase of 5 steps." in text
    assert "The last answer comes after 25.0 s at best (9 requests / (5 waves of 2 slots × 5 s))" in text
    assert "the time of a single request would bind next, at 5.00 s (9 requests at once / 5 s): 5.00 times" in text


def test_a_burst_with_a_slot_for_each_is_one_wave(catalog: Catalog) -> None:
    text = " ".join(explain.story(planned(catalog, burst(10, variant="pool")), cores=4, result=None))
    assert "It has 40 slots, enough to have all 10 in service at once." in text
    assert "All fit into one wave" in text
    assert "The last answer comes after 5.00 s at best" in text


def test_a_burst_that_computes_takes_the_steps_of_its_processes(catalog: Catalog) -> None:
    cell = replace(burst(9, workload="ping"), deployment=make_deployment(settings=(("WORKERS", "2"),)))
    text = " ".join(explain.story(planned(catalog, cell), cores=2, result=None))
    assert "2 at a time, the 9 requests take 5 waves: a staircase of 5 steps." in text


def test_more_processes_than_cores_are_told_to_gain_nothing(catalog: Catalog) -> None:
    text = " ".join(explain.story(planned(catalog, burst(5, variant="pool", workload="ping")), cores=2, result=None))
    assert "Its code runs in 4 processes, which take turns on 2 cores." in text
    assert "4 at a time take turns on 2 cores: more processes than cores gain nothing." in text


def test_a_measured_burst_tells_its_wall_clock_beside_the_published_one(catalog: Catalog) -> None:
    cell = burst(10, wall_ms=50_000)
    result, _ = measured(catalog, cell, rate=1)
    wall = Estimate(value=50.5, low=50.0, high=51.0)
    text = " ".join(explain.story(planned(catalog, cell), cores=1, result=replace(result, wall_s=wall)))
    assert "Measured: 50.5 s (50.0 s–51.0 s) over 2 rounds" in text
    assert "The source printed 50.0 s: measured is 1.01 times that." in text
    assert "Little's law" not in text


def test_a_single_connection_is_told_that_its_rate_is_a_latency(catalog: Catalog) -> None:
    cell = replace(POOL, workload="ping", load=replace(POOL.load, connections=1))
    text = " ".join(explain.story(planned(catalog, cell), cores=4, result=None))
    assert "by one connection, which asks again when it has its answer: requests/s is 1 ÷ the time" in text


def test_a_published_mean_stands_beside_the_measured_one(catalog: Catalog) -> None:
    text = measured(catalog, replace(POOL, published=Published(mean_ms=5)))[1]
    assert "The source printed a mean of 5.00 ms: the one measured, of 10.0 ms, is 2.00 times that." in text
