"""A verdict for each kind of row, with figures like those of the articles and of a host with one core for a stack."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.judge import Source, Subject, judge
from lab.model import Budget, CellResult, Published, Verdict
from tests.unit.judge.judge_factories import (
    FOUR,
    ONE_OF_FOUR,
    VM,
    VM_CONNECTIONS,
    make_burst,
    make_load,
    make_subject,
    printed,
)
from tests.unit.unit_factories import make_budget

HEALTH: Mapping[str, Any] = {"delay_s": 0.1, "budget": ONE_OF_FOUR}
TWO_OF_FOUR = make_budget(wished_cpus=4, stack_cpus=(0, 1), label="2 of 4 cores")
POOL: Mapping[str, Any] = {**HEALTH, "slots": 40, "cpu_us": 367}
IO: Mapping[str, Any] = {"load": make_burst(10), "delay_s": 5, "cpu_us": 2000, "budget": FOUR}


def verdicts(*subjects: Subject) -> dict[str, Verdict]:
    cells, _ = judge(subjects)
    return {cell.row: cell.verdict for cell in cells if cell.verdict}


def verdict(published: Published | None, rounds: tuple[float, ...], **changes: Any) -> Verdict:
    return verdicts(make_subject("row", published, rounds, **changes))["row"]


def around(value: float) -> tuple[float, float, float]:
    return value * 0.99, value, value * 1.01


def test_a_row_without_published_figures_has_no_verdict() -> None:
    assert verdicts(make_subject("row", None, (1, 2), cpu_us=10)) == {}


def test_a_slot_bound_row_is_reproduced_on_any_machine() -> None:
    found = verdict(Published(requests_per_second=390.92), (392, 396, 400), **POOL)
    assert found == Verdict(
        name="reproduced",
        reason="396/s (392 to 400) against 391/s, within 5% of it; slots set it, 40 slots / 100 ms = 400/s",
    )


def test_within_five_percent_of_theory_is_reproduced_though_the_source_was_lower() -> None:
    found = verdict(Published(requests_per_second=365), (392, 396, 399), **POOL)
    assert found.name == "reproduced"
    assert "within 5% of theory: slots set it, 40 slots / 100 ms = 400/s" in found.reason


@pytest.mark.parametrize(("rounds", "name"), [((340, 350, 360), "differs"), ((340, 350, 372), "reproduced")])
def test_an_interval_that_reaches_into_the_band_counts(rounds: tuple[float, ...], name: str) -> None:
    found = verdict(Published(requests_per_second=390.92), rounds, **POOL)
    assert found.name == name
    assert ("its interval reaches within 5% of it" in found.reason) == (name == "reproduced")


def test_a_slot_bound_row_that_came_to_less_differs_and_says_what_binds() -> None:
    found = verdict(Published(requests_per_second=390.92), around(300), **POOL)
    assert found.name == "differs"
    assert "300/s (297 to 303) against 391/s, 23% less; slots allow the least here (40 slots" in found.reason
    assert "it came to 75% of that" in found.reason


def test_an_impossible_mean_still_tells_that_the_rate_holds() -> None:
    found = verdict(printed("flask-gevent-unpatched"), around(9.9), slots=1, cpu_us=600, **HEALTH)
    assert found.name == "cannot be true as printed"
    assert found.reason.startswith("9.85/s × 185 ms accounts for 1.83 of 2,000 connections: the others waited")
    assert "; the rate itself is reproduced: 9.9/s (9.8 to 10) against 9.85/s, within 5% of it" in found.reason


def test_an_impossible_mean_also_tells_that_the_rate_does_not_hold() -> None:
    found = verdict(printed("flask-gevent-unpatched"), around(5), slots=1, cpu_us=600, **HEALTH)
    assert found.name == "cannot be true as printed"
    assert "; the rate itself is not reproduced: 5/s (4.95 to 5.05) against 9.85/s, 49% less" in found.reason


def test_what_was_not_validly_measured_says_why_and_what_was_impossible_before() -> None:
    found = verdict(printed("flask-gevent-unpatched"), (), slots=1, **HEALTH)
    assert found.name == "not comparable here"
    assert found.reason.startswith(
        "nothing valid was measured: it has no sample; besides, it cannot be true as printed"
    )


def test_another_workload_than_the_source_had_cannot_be_compared() -> None:
    source = Source(connections=2000, workload="ping")
    found = verdict(Published(requests_per_second=400), around(400), source=source, **POOL)
    assert found == Verdict(name="not comparable here", reason="this run asked for health, its source for ping")


def test_a_row_with_memory_alone_cannot_be_compared() -> None:
    found = verdicts(replace_valid(make_subject("row", Published(memory_mb=22), cpu_us=10)))["row"]
    assert found == Verdict(
        name="not comparable here", reason="the source printed neither rate nor mean nor wall clock"
    )


def replace_valid(subject: Subject) -> Subject:
    return replace(subject, cell=replace(subject.cell, valid=True, rounds=2))


def test_published_at_its_bound_and_here_short_of_cores_is_scaled_away() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=4, cpu_us=105, **HEALTH)
    assert found == Verdict(
        name="not comparable here",
        reason="scaled away: at 105 µs of CPU a request, 19,218/s need 2.02 cores, and this run had 1 of 4; "
        "measured 9,000/s (8,910 to 9,090)",
    )


NEAR_BOTH: Mapping[str, Any] = {**HEALTH, "cpu_us": 42.7}


def test_short_of_its_bound_on_one_busy_core_of_four_is_not_comparable() -> None:
    """A core that is 76% busy makes requests wait, and nobody can tell by how much on four."""
    found = verdict(printed("go-nethttp"), around(17_800), **NEAR_BOTH)
    assert found == Verdict(
        name="not comparable here",
        reason="scaled away: 17,800/s (17,622 to 17,978) against 19,644/s, 9% less; a connection got its turn every "
        "112 ms, where sleep and CPU alone take 100 ms, with 0.76 of 1 core in use and 4 wished for: what it lacks "
        "cannot be told from waiting for a core",
    )


@pytest.mark.parametrize(
    ("rate", "changes"),
    [
        (17_800, {"budget": FOUR}),
        (17_800, {"processes": 1}),
        (17_800, {"cpu_us": 20}),
        (22_000, {}),
    ],
    ids=["all cores were there", "one process uses no more cores", "the core was idle", "it came to more"],
)
def test_cores_excuse_only_a_row_that_lacked_them(rate: float, changes: Mapping[str, Any]) -> None:
    found = verdict(printed("go-nethttp"), around(rate), **{**NEAR_BOTH, **changes})
    assert found.name == "differs"
    assert "connections allow the least here" in found.reason


def test_short_of_cores_though_it_had_all_that_were_wished_differs() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=4, cpu_us=420, **{**HEALTH, "budget": FOUR})
    assert found.name == "differs"
    assert "the source's limit was its wait, here the CPU binds" in found.reason


def test_one_process_is_not_scaled_away_by_fewer_cores() -> None:
    found = verdict(printed("sanic-fast"), around(9000), processes=1, cpu_us=105, **HEALTH)
    assert found.name == "differs"


def test_fewer_connections_than_published_are_scaled_away_where_they_bind() -> None:
    load = make_load(5000, published_connections=20_000)
    found = verdict(Published(requests_per_second=190_000), around(49_000), load=load, cpu_us=5, **HEALTH)
    assert found.name == "not comparable here"
    assert "5,000 of 20,000 connections, which allow 50,000/s at most instead of 200,000/s" in found.reason


def test_connections_beyond_the_slots_may_be_scaled_away_without_harm() -> None:
    load = make_load(500, published_connections=2000)
    found = verdict(Published(requests_per_second=390.92), around(396), load=load, **POOL)
    assert found.name == "reproduced"


def test_a_source_whose_machine_was_the_limit_differs_from_one_that_reaches_the_bound() -> None:
    found = verdict(printed("gunicorn-flask-gevent"), around(19_500), cpu_us=40, **{**HEALTH, "budget": FOUR})
    assert found.name == "differs"
    assert "the source came to 79% of what its load allows, so its machine was the limit" in found.reason


@pytest.mark.parametrize(
    ("slots", "published_ms", "wall_ms", "theory"),
    [
        (1, 50_000, 50_060, "slots set it, 50 s at best (10 requests / (10 waves of 1 slot × 5 s))"),
        (2, 25_000, 25_040, "slots set it, 25 s at best (10 requests / (5 waves of 2 slots × 5 s))"),
        (None, 5000, 5030, "the sleep of one request set it, 5 s at best"),
        (1000, 5000, 5030, "the sleep of one request set it, 5 s at best"),
    ],
)
def test_bursts_that_sleep_are_reproduced_by_their_waves(
    slots: int | None, published_ms: float, wall_ms: float, theory: str
) -> None:
    found = verdict(Published(wall_ms=published_ms), around(wall_ms), slots=slots, **IO)
    assert found.name == "reproduced"
    assert theory in found.reason


def test_a_burst_of_one_wave_too_many_differs() -> None:
    found = verdict(Published(wall_ms=25_000), around(30_000), slots=2, **IO)
    assert found.name == "differs"
    assert "30 s (29.7 s to 30.3 s) against 25 s, 20% more" in found.reason


def burst_rows(budget: Budget, *, cores: int) -> list[Subject]:
    """The CPU-bound bursts of werkzeug-vs-gunicorn: one process against two, steps of 1.5 s on this host."""
    one, two = (2046, 4050, 5942, 8178), (1918, 1745, 3684, 3587, 5525, 5546, 8290, 8266, 9355, 9571)
    common: Mapping[str, Any] = {"cpu_us": 1.5e6, "budget": budget}
    return [
        *(
            make_subject(
                f"one-{n}",
                Published(wall_ms=ms),
                around(1500 * n),
                load=make_burst(n),
                processes=1,
                floor="one-1",
                **common,
            )
            for n, ms in enumerate(one, 1)
        ),
        *(
            make_subject(
                f"two-{n}",
                Published(wall_ms=ms),
                around(1500 * -(-n // cores)),
                load=make_burst(n),
                processes=2,
                slots=2,
                floor="two-1",
                **common,
            )
            for n, ms in enumerate(two, 1)
        ),
    ]


def test_the_staircase_is_reproduced_in_the_published_order_whatever_the_processor() -> None:
    found = verdicts(*burst_rows(TWO_OF_FOUR, cores=2))
    assert {one.name for one in found.values()} == {"reproduced"}
    assert "3 times the wall clock of two-1; published 2.88 times" in found["two-5"].reason
    assert "it is the floor by which the others are scaled" in found["one-1"].reason


def test_rows_of_two_floors_are_not_on_one_scale() -> None:
    """Two requests to `one` took 1.98 of its steps, four to `two` 1.87 of its own: no order of systems."""
    rows = burst_rows(TWO_OF_FOUR, cores=2)
    slower = make_subject(
        "two-4",
        Published(wall_ms=3587),
        around(3600),
        load=make_burst(4),
        floor="two-1",
        cpu_us=1.5e6,
        processes=2,
        budget=TWO_OF_FOUR,
    )
    found = verdicts(*(row for row in rows if row.cell.row != "two-4"), slower)
    assert {one.name for one in found.values()} == {"reproduced"}
    assert "(3 compared)" in found["one-2"].reason
    assert "(9 compared)" in found["two-4"].reason


def test_steps_that_need_two_cores_are_scaled_away_on_one_and_spoil_no_other_row() -> None:
    found = verdicts(*burst_rows(ONE_OF_FOUR, cores=1))
    names = {row: one.name for row, one in found.items()}
    assert {names[f"two-{n}"] for n in range(2, 11)} == {"not comparable here"}
    assert {names[row] for row in ("one-1", "one-2", "one-3", "one-4")} == {"reproduced"}
    assert names["two-1"] == "not comparable here", "a floor alone is an order of nothing"
    assert "5 requests take 3 steps of 2 on 4 cores, and this run had 1, where 1 can be" in found["two-5"].reason


def rates(budget: Budget = ONE_OF_FOUR, **measured: float) -> list[Subject]:
    """CPU-bound rows: published at 300, 200 and 100 thousand a second on four cores."""
    printed_rates = {"a": 300_000.0, "b": 200_000.0, "c": 100_000.0}
    return [
        make_subject(
            row, Published(requests_per_second=printed_rates[row]), around(rate), cpu_us=1e6 / rate, budget=budget
        )
        for row, rate in measured.items()
    ]


def test_cpu_bound_rows_are_reproduced_by_their_order_per_core_and_against_the_cheapest_request() -> None:
    found = verdicts(*rates(a=9000, b=6000, c=2000))
    assert {one.name for one in found.values()} == {"reproduced"}
    assert found["c"].reason == (
        "CPU-bound, so its order counts: 2,000/s (1,980 to 2,020) against 100,000/s, per core 2,000/s against "
        "25,000/s; 0.222 times the rate of a, the cheapest request of the table; published 0.333 times; no other "
        "such row of the table was measured the other way round beyond 5% and their intervals (2 compared)"
    )


def test_rows_measured_the_other_way_round_differ_and_name_each_other() -> None:
    found = verdicts(*rates(a=9000, b=2000, c=6000))
    assert {row: one.name for row, one in found.items()} == {"a": "reproduced", "b": "differs", "c": "differs"}
    assert found["b"].reason.endswith("published before c and measured behind")
    assert found["c"].reason.endswith("published behind b and measured before")


def test_rows_of_other_pins_are_judged_apart() -> None:
    seed, swapped = rates(a=9000, b=6000), rates(a=2000, b=6000)
    current = [replace(one, cell=replace(one.cell, pins="current")) for one in swapped]
    cells, _ = judge([seed[0], current[0], seed[1], current[1]])
    found = [(cell.row, cell.pins, cell.verdict.name if cell.verdict else None) for cell in cells]
    assert found == [
        ("a", "seed", "reproduced"),
        ("a", "current", "differs"),
        ("b", "seed", "reproduced"),
        ("b", "current", "differs"),
    ]


def test_rows_that_the_intervals_do_not_tell_apart_are_not_swapped() -> None:
    found = verdicts(
        make_subject("a", Published(requests_per_second=200), (80, 100, 120), cpu_us=100),
        make_subject("b", Published(requests_per_second=100), (90, 110, 130), cpu_us=100),
    )
    assert {one.name for one in found.values()} == {"reproduced"}


@pytest.mark.parametrize(("published", "measured"), [((103, 100), (100, 150)), ((150, 100), (100, 103))])
def test_figures_within_five_percent_are_a_tie(published: tuple[float, float], measured: tuple[float, float]) -> None:
    rows = zip("ab", published, measured, strict=True)
    found = verdicts(*(make_subject(row, Published(requests_per_second=p), (m, m), cpu_us=100) for row, p, m in rows))
    assert {one.name for one in found.values()} == {"reproduced"}


def test_order_is_per_core_that_the_processes_can_use() -> None:
    """Four processes on four cores printed more than one process, and are slower per core."""
    found = verdicts(
        make_subject("one", Published(requests_per_second=4107), around(6500), processes=1, cpu_us=150),
        make_subject("four", Published(requests_per_second=12_123), around(5000), processes=4, cpu_us=180),
    )
    assert {one.name for one in found.values()} == {"reproduced"}
    assert "per core 5,000/s against 3,031/s" in found["four"].reason


def test_one_connection_uses_one_core_of_any_number() -> None:
    """The latencies of routes-50: a server for all cores is not divided by four when it has one request at a time."""
    rows = (("express", 11_700, 5000, 1), ("fastify", 31_200, 8000, 1), ("gin", 55_000, 9000, None))
    found = verdicts(
        *(
            make_subject(row, Published(requests_per_second=p), around(m), load=make_load(1), processes=k, cpu_us=50)
            for row, p, m, k in rows
        )
    )
    assert {one.name for one in found.values()} == {"reproduced"}
    assert "per core" not in found["gin"].reason
    assert "no sleep limits it, so its order counts" in found["gin"].reason


def test_a_named_floor_goes_before_the_cheapest() -> None:
    subjects = [replace(one, cell=replace(one.cell, floor="c")) for one in rates(a=9000, b=6000, c=2000)]
    assert "4.5 times the rate of c; published 3 times" in verdicts(*subjects)["a"].reason


def test_without_the_named_floor_the_cheapest_stands_in_and_says_so() -> None:
    subjects = [replace(one, cell=replace(one.cell, floor="gone")) for one in rates(a=9000, b=6000)]
    said = "the rate of a, the cheapest request of the table (gone, its own floor, cannot be used); published"
    assert said in verdicts(*subjects)["b"].reason


def test_a_row_far_below_what_its_cpu_allows_is_not_called_cpu_bound() -> None:
    a, b = rates(a=9000, b=6000)
    bound = replace(b.cell.bound, requests_per_second=12_000) if b.cell.bound else None
    found = verdicts(a, replace(b, cell=replace(b.cell, bound=bound)))
    assert found["a"].reason.startswith("CPU-bound, so its order counts")
    assert found["b"].reason.startswith("no sleep limits it (it came to 50% of what its CPU allows), so its order")


def test_a_cpu_bound_row_alone_in_its_table_cannot_be_compared() -> None:
    found = verdict(Published(requests_per_second=5000), around(900), cpu_us=1000)
    assert found.name == "not comparable here"
    assert "900/s (891 to 909) against 5,000/s" in found.reason
    assert "its table has no other such row on its scale" in found.reason


def gin_wrk(first: float, second: float) -> dict[str, Verdict]:
    """One system under two loads, as printed: 41 ms a request at 256 connections and at 400."""
    loads = (("c256", 256, 6178, first), ("c400", 400, 9817, second))
    return verdicts(
        *(
            make_subject(row, Published(requests_per_second=p), around(m), cpu_us=48, load=make_load(n), stack="one")
            for row, n, p, m in loads
        )
    )


def test_a_rate_that_grew_with_the_connections_was_a_wait_and_differs_from_a_cpu_bound_one() -> None:
    found = gin_wrk(20_500, 20_900)["c256"]
    assert found.name == "differs"
    assert "(256 at 6,178/s, 400 at 9,817/s: 41.1 ms a request in both)" in found.reason
    assert "the handler does not; here it does not grow so: 20,500/s" in found.reason


def test_another_wait_than_the_published_one_differs_and_is_not_called_cpu() -> None:
    found = gin_wrk(3000, 4700)["c256"]
    assert found.name == "differs"
    assert "here it grows, too, with another wait: 3,000/s" in found.reason


def test_the_same_wait_measured_again_is_reproduced() -> None:
    assert {one.name for one in gin_wrk(6200, 9750).values()} == {"reproduced"}


def test_means_without_a_rate_are_compared_by_their_order() -> None:
    rows = (("flask", 50, 25, 500, 1), ("gin", 5, 3, 50, None))
    found = verdicts(
        *(
            make_subject(row, Published(mean_ms=p), around(m), cpu_us=cpu, processes=k, load=make_load(64))
            for row, p, m, cpu, k in rows
        )
    )
    assert {one.name for one in found.values()} == {"reproduced"}
    assert "25 ms (24.8 ms to 25.2 ms) against 50 ms, printed without the rate" in found["flask"].reason
    assert "8.33 times the mean of gin, the cheapest request of the table; published 10 times" in found["flask"].reason


MEASURED: Mapping[str, tuple[float, float, Mapping[str, Any]]] = {
    "flask-dev-nosleep": (1300, 680, {"processes": 1}),
    "flask-dev-sync": (1250, 700, {"processes": 1, "delay_s": 0.1}),
    "flask-dev-async": (600, 1500, {"processes": 1, "delay_s": 0.1}),
    "flask-gevent-unpatched": (9.9, 600, {"processes": 1, "delay_s": 0.1, "slots": 1}),
    "flask-gevent-late-patch": (9.9, 600, {"processes": 1, "delay_s": 0.1, "slots": 1}),
    "gunicorn-flask-gevent": (2880, 347, {"processes": 4, "delay_s": 0.1, "slots": 8000}),
    "go-nethttp": (17_800, 42.7, {"delay_s": 0.1}),
    "go-nethttp-c20000": (20_000, 48, {"delay_s": 0.1}),
    "uvicorn-fastapi-sync": (396, 367, {"processes": 1, "delay_s": 0.1, "slots": 40}),
    "uvicorn-fastapi-async": (6500, 150, {"processes": 1, "delay_s": 0.1}),
    "uvicorn-fastapi-async-4w": (6600, 150, {"processes": 4, "delay_s": 0.1}),
    "gunicorn-uvicorn-fastapi": (6680, 149, {"processes": 4, "delay_s": 0.1}),
    "sanic-fast": (9000, 105, {"processes": 4, "delay_s": 0.1}),
    "openresty": (19_400, 24.9, {"delay_s": 0.1}),
    "openresty-c25000": (38_000, 26, {"delay_s": 0.1}),
}
"""What a host with one core for the stack gives, about: requests per second, µs of CPU a request, the stack's facts."""
VERDICTS = {
    "flask-dev-nosleep": "cannot be true as printed",
    "flask-dev-sync": "cannot be true as printed",
    "flask-dev-async": "cannot be true as printed",
    "flask-gevent-unpatched": "cannot be true as printed",
    "flask-gevent-late-patch": "cannot be true as printed",
    "gunicorn-flask-gevent": "differs",
    "go-nethttp": "not comparable here",
    "go-nethttp-c20000": "reproduced",
    "uvicorn-fastapi-sync": "cannot be true as printed",
    "uvicorn-fastapi-async": "reproduced",
    "uvicorn-fastapi-async-4w": "differs",
    "gunicorn-uvicorn-fastapi": "differs",
    "sanic-fast": "not comparable here",
    "openresty": "reproduced",
    "openresty-c25000": "reproduced",
}


@pytest.fixture(scope="module")
def vm() -> dict[str, CellResult]:
    subjects = []
    for row, (rate, cpu_us, facts) in MEASURED.items():
        connections = VM_CONNECTIONS.get(row, 2000)
        load = make_load(min(connections, 19_800), published_connections=connections)
        source = Source(connections=connections, workload="health", duration_s=60)
        subjects.append(make_subject(row, printed(row), around(rate), cpu_us=cpu_us, load=load, source=source, **facts))
    cells, (order,) = judge(subjects)
    assert order.tau.value > 0.8
    return {cell.row: cell for cell in cells}


@pytest.mark.parametrize("row", VM)
def test_each_row_of_the_vm_table_gets_its_verdict(vm: dict[str, CellResult], row: str) -> None:
    found = vm[row].verdict
    assert found is not None
    assert found.name == VERDICTS[row]
    assert ("with 19,800 connections where the source had" in found.reason) == (row in VM_CONNECTIONS)
