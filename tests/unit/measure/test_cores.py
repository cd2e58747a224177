import os
from typing import Any

import pytest

from lab.figures.numbers import number_text
from lab.measure import cores, others
from lab.model import CoreSpeed, ForeignCpu
from tests.unit.results.test_duets import make_turn
from tests.unit.unit_factories import make_budget, make_sample


def void(*speeds: float, seen: int = 8, **changes: Any) -> str:
    """Of a round after another of its row, of so many readings, in which the work could be done 1000 times a second."""
    on = cores.unwatched(make_budget())
    return on.void(make_sample(core_speed=CoreSpeed(readings=speeds), **changes), before=(1000.0,) * seen)


def test_a_round_on_cores_that_are_as_fast_as_usual_counts() -> None:
    assert void(900, 1100, 1000) == void(1190, 1190, 1190) == ""


@pytest.mark.parametrize("speed", [700, 1300])
def test_a_round_on_much_slower_or_faster_cores_is_void(speed: float) -> None:
    times = number_text(speed / 1000)
    assert void(speed, speed, speed) == f"the stack's cores were {times} times as fast as in its rounds before"


def test_few_readings_say_nothing() -> None:
    assert void(500, 500) == void(500, 500, 500, seen=7) == void() == ""


@pytest.mark.parametrize(("capacity_s", "why"), [(4.8, ""), (4.998, "processes that are no part of the run used 4%")])
def test_a_round_whose_cores_others_used_is_void_if_it_was_long_enough_to_tell(capacity_s: float, why: str) -> None:
    used = ForeignCpu(capacity_s=capacity_s, unexplained_s=0.05 * capacity_s, idle_share=0.01)
    found = void(foreign=used)
    assert found.startswith(why)
    assert bool(found) == bool(why)


def test_a_turn_of_a_duet_is_void_where_others_used_its_cores_and_not_where_these_were_slow() -> None:
    on = cores.unwatched(make_budget())
    used = ForeignCpu(capacity_s=10, unexplained_s=0.5, idle_share=0.01)
    assert on.void_turn(make_turn(0, 2.0)) == ""
    assert on.void_turn(make_turn(0, 2.0, core_speed=CoreSpeed(readings=(1.0,) * 9))) == ""
    assert on.void_turn(make_turn(0, 2.0, foreign=used)).startswith("processes that are no part of the run used 4%")


def test_the_lab_leaves_the_stacks_cores_for_the_length_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned: list[object] = []
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setattr("os.sched_setaffinity", lambda _process, cpus: pinned.append(cpus))
    budget = make_budget(stack_cpus=(0,), load_cpus=(1,))
    with cores.taken(budget) as its:
        assert its.budget is budget
        assert pinned == [(1,)]
    assert pinned == [(1,), {0, 1}]


def test_where_the_system_cannot_pin_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with cores.taken(make_budget()) as its:
        assert its.watch.all() == CoreSpeed()


def test_what_runs_on_them_at_rest_is_looked_at_once_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "idle_share", lambda cpus, seconds: 0.01 * seconds if cpus == (0,) else None)
    its = cores.unwatched(make_budget())
    assert its.idle_share is None
    its.look_at_rest(for_s=2)
    assert its.idle_share == 0.02
