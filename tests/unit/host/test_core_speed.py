import math
import os
import time

import numpy as np
import pytest

from lab.host import core_speed
from lab.host.core_speed import Watch
from lab.model import CoreSpeed
from tests.bench.core_speed import Costs, Floats, Window, within
from tests.bench.following import following

LINES = ("10.5 0 2000000 500000 300000 200000", "11.0 0 4000000 1000000 600000 400000", "11.5 0 60000")


def make_watch(*lines: str) -> Watch:
    watch = Watch()
    watch.keep(lines)
    return watch


def test_a_speed_is_how_often_all_pieces_could_be_done_in_a_second_of_cpu_time() -> None:
    assert make_watch(*LINES[:2]).all() == CoreSpeed(readings=(1000.0, 500.0))


def test_readings_belong_to_the_time_in_which_they_were_made() -> None:
    watch = make_watch(*LINES[:2])
    assert watch.between(10.0, 10.9).readings == (1000.0,)
    assert watch.between(12.0, 13.0) == CoreSpeed()


@pytest.mark.parametrize("torn", ["11.5 0", "nonsense", "", "11.5 x 60000 1"])
def test_a_line_that_was_cut_off_is_no_reading(torn: str) -> None:
    assert make_watch(LINES[0], torn).all().readings == (1000.0,)


def test_its_own_share_of_a_core_is_known_from_the_second_reading_on() -> None:
    assert make_watch(LINES[0]).share is None
    assert make_watch(*LINES[:2]).share == pytest.approx(0.004)


def test_cores_are_timed_for_the_length_of_a_block_and_by_nobody_afterwards() -> None:
    with core_speed.watching([min(os.sched_getaffinity(0))], pieces=["integers"]) as watch:
        deadline = time.monotonic() + 60
        while not watch.all().readings:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    before = watch.all()
    assert before.median is not None
    assert watch.all() == before


def test_where_the_system_cannot_pin_nothing_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with core_speed.watching([0]) as watch:
        assert watch.all().median is None


def series(rng: np.random.Generator, *, r: float, alike: float, count: int = 100) -> tuple[Floats, Floats]:
    """Two series of unit spread with that correlation, in which each value resembles the one before it."""

    def one() -> Floats:
        values = [float(rng.normal())]
        for shock in rng.normal(0, (1 - alike**2) ** 0.5, count - 1):
            values.append(alike * values[-1] + float(shock))
        return np.array(values)

    x, other = one(), one()
    return x, r * x + (1 - r**2) ** 0.5 * other


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("r", [0.0, 0.7])
def test_the_interval_of_how_closely_one_series_follows_another_heeds_that_neighbours_are_alike(
    alike: float, r: float
) -> None:
    rng = np.random.default_rng(20_261_128)
    found = [following(*series(rng, r=r, alike=alike)) for _ in range(400)]
    inside = sum(one.low <= r <= one.high for one in found) / len(found)
    assert inside >= 0.9
    assert np.median([one.r for one in found]) == pytest.approx(r, abs=0.05)


def test_few_pairs_have_no_interval() -> None:
    found = following(np.array([1.0, 2.0, 3.5]), np.array([2.0, 4.0, 7.0]))
    assert math.isnan(found.low)
    assert found.slope == pytest.approx(2.0)


def windows(*costs: float) -> list[Window]:
    return [Window(start_s=n, end_s=n + 1, cost={"a": cost, "b": cost}) for n, cost in enumerate(costs)]


def test_windows_in_which_a_turn_begins_or_ends_count_for_nothing() -> None:
    found = Costs(stacks=("a", "b"))
    found.windows = windows(0.0, 0.1, 0.3, 0.31, 0.3, 0.29, 0.01, 0.0, 0.3, 0.33, 0.3, 0.31, 0.28, 0.02)
    kept = [[one.cost["a"] for one in stretch] for stretch in found.stretches()]
    assert kept == [[0.31, 0.3], [0.33, 0.3, 0.31]]
    assert Costs(stacks=("a", "b")).stretches() == []
    found.windows, found.breaks_s = windows(*[0.3] * 14), [6.5]  # the next turn is announced, and soon under way
    assert [len(stretch) for stretch in found.stretches()] == [4, 2]


def test_the_level_of_each_turn_is_left_out() -> None:
    turns = [windows(1.0, 2.0, 4.0), windows(10.0, 20.0, 40.0)]
    values = np.array([one.cost["a"] for turn in turns for one in turn])
    left = within(turns, values)
    assert left[:3] == pytest.approx(left[3:])
