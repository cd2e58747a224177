from collections.abc import Sequence

import pytest
from scipy.stats import kendalltau

from lab.judge import judge
from lab.judge.order import order
from lab.model import Burst, Estimate, Order, Published
from tests.unit.judge.judge_factories import make_subject

Rows = dict[str, tuple[float, Sequence[float]]]


def ordered(rows: Rows) -> Order:
    found = order([make_subject(row, Published(requests_per_second=p), r, cpu_us=100) for row, (p, r) in rows.items()])
    assert found is not None
    return found


def test_the_same_order_has_a_tau_of_one_and_no_swaps() -> None:
    found = ordered({"a": (300, [30, 31]), "b": (200, [20, 21]), "c": (100, [10, 11])})
    assert found.tau == Estimate(value=1, low=1, high=1)
    assert (found.rows, found.swapped) == (("a", "b", "c"), ())


def test_the_reverse_order_has_a_tau_of_minus_one_and_swaps_every_pair() -> None:
    found = ordered({"a": (300, [10, 11]), "b": (200, [20, 21]), "c": (100, [30, 31])})
    assert found.tau == Estimate(value=-1, low=-1, high=-1)
    assert [(swap.better, swap.worse) for swap in found.swapped] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_tau_is_that_of_a_known_order() -> None:
    found = ordered({"a": (4, [3, 3.1]), "b": (3, [4, 4.1]), "c": (2, [1, 1.1]), "d": (1, [2, 2.1])})
    assert found.tau.value == pytest.approx((4 - 2) / 6)
    assert found.tau.value == pytest.approx(kendalltau([4, 3, 2, 1], [3, 4, 1, 2]).statistic)


def test_published_ties_are_told_neither_way() -> None:
    found = ordered({"a": (20, [20, 21]), "b": (10, [9, 9.1]), "c": (10, [8, 8.1])})
    assert found.tau.value == pytest.approx(2 / (2 * 3) ** 0.5)
    assert found.swapped == ()


def test_a_swap_says_whether_the_intervals_tell_it_apart() -> None:
    found = ordered({"a": (300, [100, 110]), "b": (200, [105, 115]), "c": (100, [200, 201])})
    told = {(swap.better, swap.worse): swap.told_apart for swap in found.swapped}
    assert told == {("a", "b"): False, ("a", "c"): True, ("b", "c"): True}


def test_the_interval_of_tau_is_where_the_rounds_could_have_put_it() -> None:
    found = ordered({"a": (300, [100, 140, 120]), "b": (200, [105, 135, 121]), "c": (100, [10, 11, 12])})
    assert (found.tau.low, found.tau.high) == pytest.approx((1 / 3, 1))
    assert found.tau.value == pytest.approx(1 / 3)


def test_the_interval_is_the_same_each_time() -> None:
    rows: Rows = {"a": (3, [10, 14, 12]), "b": (2, [10.5, 13.5, 12.1]), "c": (1, [11, 12, 13])}
    assert ordered(rows).tau == ordered(rows).tau


def test_one_round_gives_a_tau_without_an_interval() -> None:
    assert ordered({"a": (2, [20]), "b": (1, [10])}).tau == Estimate(value=1, low=None, high=None)


def test_the_shortest_wall_clock_is_the_best() -> None:
    walls = {"slow": (50_000, [50.0, 51.0]), "fast": (5000, [5.0, 5.1])}
    found = order(
        [make_subject(row, Published(wall_ms=p), r, load=Burst(connections=10)) for row, (p, r) in walls.items()]
    )
    assert found is not None
    assert found.rows == ("fast", "slow")
    assert found.tau.value == 1


def test_rows_that_cannot_be_compared_are_left_out_with_the_reason() -> None:
    rates = [make_subject(row, Published(requests_per_second=p), [p, p], cpu_us=1) for row, p in (("a", 2), ("b", 1))]
    found = order(
        [
            *rates,
            make_subject("wall", Published(wall_ms=100), [100, 101], load=Burst(connections=2)),
            make_subject("unpublished", None, [5, 5], cpu_us=1),
            make_subject("broken", Published(requests_per_second=3)),
        ]
    )
    assert found is not None
    assert found.rows == ("a", "b")
    assert found.left_out == {
        "wall": "its figure is a wall clock, those of the others are not",
        "unpublished": "nothing comparable was published of it",
        "broken": "it has no sample",
    }


def test_fewer_than_two_rows_or_all_ties_have_no_order() -> None:
    alone = make_subject("a", Published(requests_per_second=1), [1, 1], cpu_us=1)
    assert order([alone]) is None
    assert order([alone, make_subject("b", Published(requests_per_second=1), [2, 2], cpu_us=1)]) is None


def test_each_table_and_set_of_pins_has_its_own_order() -> None:
    subjects = [
        make_subject(row, Published(requests_per_second=p), [p, p], cpu_us=1, table=table, pins=pins)
        for row, p in (("a", 2), ("b", 1))
        for table in ("zeta", "alpha")
        for pins in ("seed", "current")
    ]
    cells, orders = judge(subjects)
    assert [(one.cell.table, one.cell.row, one.cell.deployment.pins) for one in cells] == [
        (one.cell.table, one.cell.row, one.cell.deployment.pins) for one in subjects
    ]
    assert [(one.table, one.pins) for one in orders] == [
        ("zeta", "seed"),
        ("zeta", "current"),
        ("alpha", "seed"),
        ("alpha", "current"),
    ]
