import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from scipy.stats import kendalltau

from lab.judge import judge
from lab.judge.order import order
from lab.model import Burst, Estimate, Order, Published
from tests.unit.judge.judge_factories import around, make_subject

Rows = Mapping[str, tuple[float, Sequence[float]]]
PUBLISHED = {"a": 4, "b": 3, "c": 2, "d": 1}


def ordered(rows: Rows) -> Order:
    found = order([make_subject(row, Published(requests_per_second=p), r, cpu_us=100) for row, (p, r) in rows.items()])
    assert found is not None
    return found


def test_the_same_order_has_a_tau_of_one_and_no_swaps() -> None:
    found = ordered({"a": (400, [40, 40.1]), "b": (300, [30, 30.1]), "c": (200, [20, 20.1]), "d": (100, [10, 10.1])})
    assert found.tau == Estimate(value=1, low=1, high=1)
    assert (found.rows, found.swapped) == (("a", "b", "c", "d"), ())


def test_the_reverse_order_has_a_tau_of_minus_one_and_swaps_every_pair() -> None:
    found = ordered({"a": (400, [10, 10.1]), "b": (300, [20, 20.1]), "c": (200, [30, 30.1]), "d": (100, [40, 40.1])})
    assert found.tau == Estimate(value=-1, low=-1, high=-1)
    assert [(swap.better, swap.worse) for swap in found.swapped] == list(combinations("abcd", 2))


def test_tau_is_that_of_a_known_order() -> None:
    found = ordered({"a": (4, [3, 3.1]), "b": (3, [4, 4.1]), "c": (2, [1, 1.1]), "d": (1, [2, 2.1])})
    assert found.tau.value == pytest.approx((4 - 2) / 6)
    assert found.tau.value == pytest.approx(kendalltau([4, 3, 2, 1], [3, 4, 1, 2]).statistic)


def test_published_ties_are_told_neither_way() -> None:
    found = ordered({"a": (20, [20, 21]), "b": (10, [9, 9.1]), "c": (10, [8, 8.1]), "d": (10, [7, 7.1])})
    assert found.tau.value == pytest.approx(3 / (3 * 6) ** 0.5)
    assert found.swapped == ()


def test_a_swap_says_whether_what_was_measured_tells_it_apart() -> None:
    rows = {"a": (400, around(100)), "b": (300, around(100.5)), "c": (200, around(200)), "d": (100, around(10))}
    told = {(swap.better, swap.worse): swap.told_apart for swap in ordered(rows).swapped}
    assert told == {("a", "b"): False, ("a", "c"): True, ("b", "c"): True}


def test_the_ends_of_tau_are_where_the_intervals_of_the_rows_could_have_put_it() -> None:
    rows = {"a": (400, around(100)), "b": (300, around(100.5)), "c": (200, around(20)), "d": (100, around(10))}
    found = ordered(rows)
    assert found.tau.value == pytest.approx(4 / 6)
    assert (found.tau.low, found.tau.high) == pytest.approx((4 / 6, 1))


def test_the_ends_of_tau_are_the_same_each_time() -> None:
    rows: Rows = {"a": (4, [10, 14, 12]), "b": (3, [10.5, 13.5, 12.1]), "c": (2, [11, 12, 13]), "d": (1, [12, 13, 14])}
    assert ordered(rows).tau == ordered(rows).tau


def test_one_round_gives_a_tau_without_ends() -> None:
    rows: Rows = {"a": (4, [40]), "b": (3, [30]), "c": (2, [20]), "d": (1, [10])}
    assert ordered(rows).tau == Estimate(value=1, low=None, high=None)


def test_the_shortest_wall_clock_is_the_best() -> None:
    walls: Rows = {"slow": (50, [50, 51]), "fast": (5, [5, 5.1]), "b": (9, [9, 9.1]), "c": (20, [20, 21])}
    load = Burst(connections=10)
    found = order([make_subject(row, Published(wall_ms=p), r, load=load) for row, (p, r) in walls.items()])
    assert found is not None
    assert found.rows == ("fast", "b", "c", "slow")
    assert found.tau.value == 1


def test_rows_that_cannot_be_compared_are_left_out_with_the_reason() -> None:
    rates = [make_subject(row, Published(requests_per_second=p), [p, p], cpu_us=1) for row, p in PUBLISHED.items()]
    found = order(
        [
            *rates,
            make_subject("wall", Published(wall_ms=100), [100, 101], load=Burst(connections=2)),
            make_subject("unpublished", None, [5, 5], cpu_us=1),
            make_subject("broken", Published(requests_per_second=3)),
        ]
    )
    assert found is not None
    assert found.rows == ("a", "b", "c", "d")
    assert found.left_out == {
        "wall": "its figure is a wall clock, those of the others are not",
        "unpublished": "nothing comparable was published about it",
        "broken": "it has no sample",
    }


def test_fewer_than_four_rows_or_all_ties_have_no_order() -> None:
    rows = [make_subject(row, Published(requests_per_second=p), [p, p], cpu_us=1) for row, p in PUBLISHED.items()]
    assert order(rows) is not None
    assert order(rows[:3]) is None
    assert order([make_subject(row, Published(requests_per_second=1), [2, 2], cpu_us=1) for row in "abcd"]) is None


def test_each_table_and_set_of_pins_has_its_own_order() -> None:
    subjects = [
        make_subject(row, Published(requests_per_second=p), [p, p], cpu_us=1, table=table, pins=pins)
        for row, p in PUBLISHED.items()
        for table in ("zeta", "alpha")
        for pins in ("seed", "current")
    ]
    cells, orders, _ = judge(subjects)
    assert [(one.cell.table, one.cell.row, one.cell.deployment.pins) for one in cells] == [
        (one.cell.table, one.cell.row, one.cell.deployment.pins) for one in subjects
    ]
    assert [(one.table, one.pins) for one in orders] == [
        ("zeta", "seed"),
        ("zeta", "current"),
        ("alpha", "seed"),
        ("alpha", "current"),
    ]


def test_a_rate_that_is_a_floor_has_no_place_in_the_order() -> None:
    rows = {"a": 40, "b": 30, "c": 20, "d": 10, "e": 5}
    subjects = [
        make_subject(row, Published(requests_per_second=rate), around(rate), cpu_us=100, at_least=row == "a")
        for row, rate in rows.items()
    ]
    found = order(subjects)
    assert found is not None
    assert found.rows == ("b", "c", "d", "e")
    assert found.left_out == {"a": "the load generator was the limit, so its rate is a floor"}


def test_who_summarises_a_run_does_not_wait_for_what_only_an_order_needs() -> None:
    code = "import sys, lab.results.summary, lab.commands.bench; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
