import os
import time

import pytest

from lab.host import core_speed
from lab.host.core_speed import Watch
from lab.model import CoreSpeed

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
