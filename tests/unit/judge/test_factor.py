"""One machine, one factor: tables made up with a known one, and what stands in its way."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lab.judge import Subject, judge
from lab.judge.factor import centre
from lab.model import Factor, Published, Verdict
from tests.unit.judge.factor_factories import SHARED, made_up, table
from tests.unit.judge.judge_factories import FOUR, around, make_load, make_subject, with_cell


def judged(subjects: Sequence[Subject]) -> tuple[dict[str, Verdict], Factor | None]:
    cells, _, factors = judge(subjects)
    return {one.cell.row: one.verdict for one in cells if one.verdict}, next(iter(factors), None)


def test_the_reason_says_both_costs_their_quotient_and_what_the_others_give() -> None:
    verdicts, _ = judged(table(0.4, {"rich": 2.5}))
    assert verdicts["cheap"].reason == (
        "CPU-bound: 133,000/s (132,000–135,000) against 182,000/s; a request took 22.0 µs of its 4 cores and takes "
        "55.0 µs of ours, the load's part included: 0.400 times our time, where the other rows give 0.400"
    )
    assert verdicts["rich"].reason.endswith("1.00 times our time, where the other rows give 0.400")


def test_a_row_of_one_process_had_one_core_for_itself_whatever_the_load_took() -> None:
    rows = [*table(0.4, rows=4), made_up("alone", 250.0, 0.4, processes=1)]
    _, found = judged(rows)
    assert found
    own = {one.row: one for one in found.rows}["alone"]
    assert (own.cores, own.load_beside) == (1, False)
    assert own.factor.value == pytest.approx(0.4)
    assert {one.row: one.cores for one in found.rows}["cheap"] == 4


def test_processes_that_leave_no_core_for_the_load_share_all_of_them_with_it() -> None:
    """Three processes of 30 µs and a load of 25 µs: 3 ÷ 30 is more than 4 ÷ 55, so all four cores were the limit."""
    _, found = judged([*table(0.4, rows=4), made_up("three", 30.0, 0.4, processes=3)])
    assert found
    own = {one.row: one for one in found.rows}["three"]
    assert (own.cores, own.load_beside) == (4, True)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_fewer_than_four_rows_have_no_factor(rows: int) -> None:
    verdicts, found = judged(table(0.4, rows=rows))
    assert found is None
    assert not any("times our time" in one.reason for one in verdicts.values())


def test_rows_that_agree_with_nobody_are_not_scaled_though_two_of_them_agree() -> None:
    off = {"cheap": 0.3, "lean": 0.5, "middle": 1.0, "rich": 1.05, "dear": 2.0, "dearest": 4.0}
    verdicts, found = judged(table(0.4, off))
    assert found
    assert not found.holds
    assert "scaled" not in {one.name for one in verdicts.values()}


def test_a_source_that_does_not_name_its_cores_has_no_factor() -> None:
    assert judged(table(0.4, source=replace(SHARED, cores=None)))[1] is None
    assert judged(table(0.4, source=replace(SHARED, load_beside=None)))[1] is None


def test_rows_that_say_nothing_of_the_cores_are_left_out_with_the_reason() -> None:
    full = Published(requests_per_second=388_000, mean_ms=0.13, max_ms=2.6, timeouts=0, connect_errors=0)
    idle = made_up("idle", 100.0, 0.4)
    assert idle.result.bound
    high = replace(idle.result.bound, requests_per_second=100_000)
    rows = [
        *table(0.4, rows=4),
        make_subject("full", full, around(40_000), cpu_us=100, load_us=25, budget=FOUR, source=SHARED),
        replace(idle, result=replace(idle.result, bound=high)),
        with_cell(made_up("one", 100.0, 0.4), deployment=idle.cell.deployment, load=make_load(256)),
        replace(
            made_up("deaf", 100.0, 0.4),
            result=replace(made_up("deaf", 100.0, 0.4).result, load_cpu_us_per_request=None),
        ),
    ]
    _, found = judged(rows)
    assert found
    assert {one.row for one in found.rows} == {"cheap", "lean", "middle", "rich", "one"}
    assert found.left_out == {
        "full": "its printed rate is not that of the stack",
        "idle": "it came to 40% of what its CPU allows here",
        "deaf": "nobody knows what the load costs for a request",
    }


def test_rows_that_a_sleep_limits_are_not_among_them() -> None:
    waiting = make_subject(
        "waits", Published(requests_per_second=391), around(392), delay_s=0.1, slots=40, cpu_us=400, source=SHARED
    )
    _, found = judged([*table(0.4), waiting])
    assert found
    assert "waits" not in {one.row for one in found.rows} | found.left_out.keys()


def test_the_interval_holds_the_true_factor_in_19_of_20_tables_whose_rows_scatter() -> None:
    rng = np.random.default_rng(31)
    for rows in (4, 6, 9):
        tables = np.exp(rng.normal(math.log(0.4), 0.15, (4000, rows)))
        found = [centre(list(one)) for one in tables]
        held = sum((one.low or 0) <= 0.4 <= (one.high or 0) for one in found) / len(found)
        assert 0.935 <= held <= 0.965, f"{rows} rows: {held:.3f}"


def test_three_values_have_a_middle_and_no_interval() -> None:
    found = centre([0.2, 0.4, 9.0])
    assert found.value == pytest.approx(0.4)
    assert found.low is None


def test_factors_are_those_of_each_table_and_pins() -> None:
    today = [with_cell(one, deployment=replace(one.cell.deployment, pins="current")) for one in table(0.8)]
    _, _, factors = judge([*table(0.4), *today])
    assert [(one.pins, round(one.factor.value, 3)) for one in factors] == [("seed", 0.4), ("current", 0.8)]
