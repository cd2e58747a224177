"""Rows that the CPU limits: their order, per core and against a floor."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.judge import Subject, judge
from lab.model import Budget, Burst, Published, Verdict
from tests.unit.judge.judge_factories import (
    ONE_OF_FOUR,
    TWO_OF_FOUR,
    around,
    make_load,
    make_subject,
    verdict,
    verdicts,
    with_cell,
)


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
                load=Burst(connections=n),
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
                load=Burst(connections=n),
                processes=2,
                slots=2,
                floor="two-1",
                **common,
            )
            for n, ms in enumerate(two, 1)
        ),
    ]


def test_the_staircase_is_in_the_published_order_whatever_the_processor() -> None:
    found = verdicts(*burst_rows(TWO_OF_FOUR, cores=2))
    assert {one.name for one in found.values()} == {"same order"}
    assert "3.00 times the wall clock of two-1; published 2.88 times" in found["two-5"].reason
    assert "it is the floor by which the others are scaled" in found["one-1"].reason


def test_rows_of_two_floors_are_not_on_one_scale() -> None:
    """Two requests to `one` took 1.98 of its steps, four to `two` 1.87 of its own: no order of systems."""
    rows = burst_rows(TWO_OF_FOUR, cores=2)
    slower = make_subject(
        "two-4",
        Published(wall_ms=3587),
        around(3600),
        load=Burst(connections=4),
        floor="two-1",
        cpu_us=1.5e6,
        processes=2,
        budget=TWO_OF_FOUR,
    )
    found = verdicts(*(row for row in rows if row.cell.row != "two-4"), slower)
    assert {one.name for row, one in found.items() if row != "two-4"} == {"same order"}
    assert "of 3 other such rows" in found["one-2"].reason
    assert "of 9 other such rows" in found["two-5"].reason


def test_a_figure_within_five_percent_on_as_many_cores_is_reproduced_whatever_limits_it() -> None:
    near, fewer = rates(TWO_OF_FOUR, a=295_000), rates(ONE_OF_FOUR, a=295_000)
    near = [with_cell(one, processes=2) for one in near]
    found = verdicts(*near)["a"]
    assert found.name == "reproduced"
    assert found.reason.startswith("295,000/s (292,000–298,000) against 300,000/s, within 5% of it; no sleep limits")
    assert verdicts(*fewer)["a"].name != "reproduced"


def test_steps_that_need_two_cores_are_scaled_away_on_one_and_spoil_no_other_row() -> None:
    found = verdicts(*burst_rows(ONE_OF_FOUR, cores=1))
    names = {row: one.name for row, one in found.items()}
    assert {names[f"two-{n}"] for n in range(2, 11)} == {"not comparable here"}
    assert {names[row] for row in ("one-1", "one-2", "one-3", "one-4")} == {"same order"}
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


def test_cpu_bound_rows_are_judged_by_their_order_per_core_and_against_the_cheapest_request() -> None:
    found = verdicts(*rates(a=9000, b=6000, c=2000))
    assert {one.name for one in found.values()} == {"same order"}
    assert found["c"].reason == (
        "CPU-bound, so its order counts: 2,000/s (1,980–2,020) against 100,000/s, per core 2,000/s against "
        "25,000/s; 0.222 times the rate of a, the cheapest request of the table; published 0.333 times; told "
        "from 2 of 2 other such rows, each in the published order"
    )


def test_rows_measured_the_other_way_round_differ_and_name_each_other() -> None:
    found = verdicts(*rates(a=9000, b=2000, c=6000))
    assert {row: one.name for row, one in found.items()} == {"a": "same order", "b": "differs", "c": "differs"}
    assert found["b"].reason.endswith("published before c and measured behind")
    assert found["c"].reason.endswith("published behind b and measured before")


def test_rows_published_far_apart_that_are_level_here_differ_and_say_so() -> None:
    found = verdicts(*rates(a=6000, b=6050, c=2000))
    assert {row: one.name for row, one in found.items()} == {"a": "differs", "b": "differs", "c": "same order"}
    assert "published with 1.50 times the rate of b, from which it cannot be told here (0.980–1.00 times)" in (
        found["a"].reason
    )
    assert "published with 0.667 times the rate of a" in found["b"].reason


def test_a_published_distance_that_the_intervals_allow_is_no_contradiction() -> None:
    subjects = [
        make_subject("a", Published(requests_per_second=1150), (900, 1000, 1100), cpu_us=1000),
        make_subject("b", Published(requests_per_second=1000), (900, 1000, 1100), cpu_us=1000),
    ]
    assert {one.name for one in verdicts(*subjects).values()} == {"not comparable here"}


def test_rows_of_other_pins_are_judged_apart() -> None:
    seed, swapped = rates(a=9000, b=6000), rates(a=2000, b=6000)
    current = [with_cell(one, deployment=replace(one.cell.deployment, pins="current")) for one in swapped]
    cells, _, _ = judge([seed[0], current[0], seed[1], current[1]])
    found = [(one.cell.row, one.cell.deployment.pins, one.verdict.name if one.verdict else None) for one in cells]
    assert found == [
        ("a", "seed", "same order"),
        ("a", "current", "differs"),
        ("b", "seed", "same order"),
        ("b", "current", "differs"),
    ]


def test_rows_that_the_intervals_do_not_tell_apart_are_not_swapped() -> None:
    found = verdicts(
        make_subject("a", Published(requests_per_second=120), (80, 100, 120), cpu_us=100),
        make_subject("b", Published(requests_per_second=100), (90, 110, 130), cpu_us=100),
    )
    assert {one.name for one in found.values()} == {"not comparable here"}


def test_a_row_that_can_be_told_from_none_has_no_order() -> None:
    found = verdicts(
        make_subject("a", Published(requests_per_second=120), (80, 100, 120), cpu_us=100),
        make_subject("b", Published(requests_per_second=100), (70, 90, 110), cpu_us=100),
    )["a"]
    assert found.name == "not comparable here"
    said = "no other such row (1 compared) was published further away and can be told from it here"
    assert found.reason.endswith(said)


def test_published_figures_within_five_percent_are_a_tie() -> None:
    rows = (("a", 103, 100), ("b", 100, 150))
    found = verdicts(*(make_subject(row, Published(requests_per_second=p), (m, m), cpu_us=100) for row, p, m in rows))
    assert {one.name for one in found.values()} == {"not comparable here"}


def test_order_is_per_core_that_the_processes_can_use() -> None:
    """Four processes on four cores printed more than one process, and are slower per core."""
    found = verdicts(
        make_subject("one", Published(requests_per_second=4107), around(6500), processes=1, cpu_us=150),
        make_subject("four", Published(requests_per_second=12_123), around(5000), processes=4, cpu_us=180),
    )
    assert {one.name for one in found.values()} == {"same order"}
    assert "per core 5,000/s against 3,030/s" in found["four"].reason


def test_one_connection_uses_one_core_of_any_number() -> None:
    """The latencies of routes-50: a server for all cores is not divided by four when it has one request at a time."""
    rows = (("express", 11_700, 5000, 1), ("fastify", 31_200, 8000, 1), ("gin", 55_000, 9000, None))
    found = verdicts(
        *(
            make_subject(row, Published(requests_per_second=p), around(m), load=make_load(1), processes=k, cpu_us=50)
            for row, p, m, k in rows
        )
    )
    assert {one.name for one in found.values()} == {"same order"}
    assert "per core" not in found["gin"].reason
    assert "no sleep limits it, so its order counts" in found["gin"].reason


def test_a_named_floor_goes_before_the_cheapest() -> None:
    subjects = [with_cell(one, floor="c") for one in rates(a=9000, b=6000, c=2000)]
    assert "4.50 times the rate of c; published 3.00 times" in verdicts(*subjects)["a"].reason


def test_without_the_named_floor_the_cheapest_stands_in_and_says_so() -> None:
    subjects = [with_cell(one, floor="gone") for one in rates(a=9000, b=6000)]
    said = "the rate of a, the cheapest request of the table (gone, its own floor, cannot be used); published"
    assert said in verdicts(*subjects)["b"].reason


def test_a_row_far_below_what_its_cpu_allows_is_not_called_cpu_bound() -> None:
    a, b = rates(a=9000, b=6000)
    bound = replace(b.result.bound, requests_per_second=12_000) if b.result.bound else None
    found = verdicts(a, replace(b, result=replace(b.result, bound=bound)))
    assert found["a"].reason.startswith("CPU-bound, so its order counts")
    assert found["b"].reason.startswith("no sleep limits it (it came to 50% of what its CPU allows), so its order")


def test_a_cpu_bound_row_alone_in_its_table_cannot_be_compared() -> None:
    found = verdict(Published(requests_per_second=5000), around(900), cpu_us=1000)
    assert found.name == "not comparable here"
    assert "900/s (891–909) against 5,000/s" in found.reason
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
    assert "(256 at 6,180/s, 400 at 9,820/s: 41.1 ms a request in both)" in found.reason
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
    assert {one.name for one in found.values()} == {"same order"}
    assert "25.0 ms (24.8 ms–25.3 ms) against 50.0 ms, printed without the rate" in found["flask"].reason
    assert "8.33 times the mean of gin, the cheapest request of the table; published 10.0" in found["flask"].reason
