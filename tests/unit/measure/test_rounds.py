import time
from dataclasses import replace
from typing import cast

import pytest

from lab.errors import LabError
from lab.measure import backlog, cores, rounds, warming
from lab.measure.backlog import QueueLook
from lab.measure.clock import Clock
from lab.measure.rig import Rig, wait_until
from lab.model import Backlog, Burst, Sample, TierUse
from tests.unit.measure.measure_fakes import BURST_OFFERED, OFFERED, FakeContainer, make_rig
from tests.unit.unit_factories import make_budget, make_cell, make_load, make_workload
from tests.unit.unit_project import Answering

CORES = cores.unwatched(make_budget())
CELL = make_cell(load=make_load(connections=100, threads=2, duration_s=4))


def load_of(rig: Rig) -> FakeContainer:
    return cast(FakeContainer, rig.load)


def measure(rig: Rig, clock: Clock | None = None) -> Sample:
    return rounds.measure(rig, CELL, 3, make_workload(), answers=("ok",), clock=clock or Clock(), cores=CORES)


def test_a_sample_belongs_to_its_cell_and_round(server: Answering) -> None:
    sample = measure(make_rig(server)[0])
    assert (sample.cell, sample.round) == (CELL.key, 3)
    assert (sample.result.requests, sample.result.ramp_s, sample.result.steady_s) == (1000, 1.0, 3.0)
    assert sample.started_at.endswith("+00:00")


def test_cpu_is_that_of_the_round_and_steady_cpu_that_between_ramp_and_end(server: Answering) -> None:
    """Each reading adds half a second: one before, one at each of the two marks, one after."""
    sample = measure(make_rig(server, cpu_s=0.5)[0])
    assert sample.cpu_s == {"proxy": 1.5, "app": 1.5}
    assert sample.steady_cpu_s == {"proxy": 0.5, "app": 0.5}


def test_the_loads_own_cpu_is_counted_apart(server: Answering) -> None:
    rig, _ = make_rig(server)
    load_of(rig).cpu_s = 0.25
    sample = measure(rig)
    assert sample.load_cpu_s == 0.25
    assert sample.cpu_s.keys() == sample.memory_mib.keys() == {"proxy", "app"}


def test_memory_is_the_highest_seen_while_the_load_was_on(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MEMORY_EVERY_S", 0.001)
    rig, done = make_rig(server)
    app = cast(FakeContainer, rig.services["app"])

    def offered(argv: list[str], environment: object) -> tuple[int, bytes]:
        app.memory_mib = 300
        seen = app.readings
        assert wait_until(lambda: app.readings >= seen + 2, deadline_s=60), "nobody looked"
        app.memory_mib = 40
        return 0, OFFERED.encode()

    load_of(rig).execute = offered
    assert measure(rig).memory_mib == {"proxy": 20.0, "app": 300.0}
    assert done == ["exec load offer"]


@pytest.mark.parametrize("dead", ["proxy", "app"])
def test_a_stack_that_cannot_be_thawed_whole_is_frozen_again(server: Answering, dead: str) -> None:
    rig, done = make_rig(server)
    cast(FakeContainer, rig.services[dead]).dead = True
    with pytest.raises(LabError, match="a container has died"), rounds.thawed(rig):
        pytest.fail("nothing may be measured")
    (living,) = {"proxy", "app"} - {dead}
    assert done == [f"unpause {living}", f"pause {living}"]


def test_ctrl_c_while_a_stack_is_thawed_is_not_hidden_by_what_freezing_complains_of(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, done = make_rig(server)

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rig.services["proxy"], "unpause", interrupted)
    with pytest.raises(KeyboardInterrupt), rounds.thawed(rig):
        pytest.fail("nothing may be measured")
    assert done == ["unpause app"]


def test_every_answer_is_checked_under_load_but_not_while_warming(server: Answering) -> None:
    rig, _ = make_rig(server)
    given: list[tuple[list[str], dict[str, str]]] = []

    def offered(argv: list[str], environment: object) -> tuple[int, bytes]:
        given.append((argv, cast(dict[str, str], environment)))
        return 0, OFFERED.encode()

    load_of(rig).execute = offered
    warming.warm(rig, CELL.load, make_workload(), most_s=1, delay_s=0.1, clock=Clock())
    measure(rig)
    (warm_argv, warm), (argv, checked) = given
    assert (warm["LAB_RIGHT"], checked["LAB_RIGHT"]) == ("200\x1f", "200\x1f=ok")
    assert warm_argv[3:5] == ["64", "1"], "few connections, so that no queue is left"
    assert argv[3:5] == ["100", "4"]


BURST = Burst(connections=10)


def test_a_burst_is_run_and_read_by_its_own_tool(server: Answering) -> None:
    rig, done = make_rig(server, cpu_s=0.5)
    load_of(rig).execute = lambda _argv, _environment: (0, BURST_OFFERED.encode())
    cell = make_cell(load=BURST)
    sample = rounds.measure(rig, cell, 0, make_workload(), answers=("ok",), clock=Clock(), cores=CORES)
    assert done == ["exec load burst"]
    assert [(span.start_s, span.end_s, span.worker) for span in sample.result.spans] == [(0, 5, "7"), (0.001, 10, "7")]
    assert sample.steady_cpu_s == {"proxy": 0.5, "app": 0.5}


def test_warming_and_measuring_count_as_load_and_as_nothing_else(server: Answering) -> None:
    rig, clock = make_rig(server)[0], Clock()

    def offered(argv: list[str], environment: object) -> tuple[int, bytes]:
        time.sleep(0.02)
        return 0, OFFERED.encode()

    load_of(rig).execute = offered
    warming.warm(rig, CELL.load, make_workload(), most_s=1, delay_s=0.1, clock=clock)
    measure(rig, clock)
    spent = clock.phases()
    assert 0.04 <= spent["load"] <= spent["total"]
    assert all(seconds == 0 for phase, seconds in spent.items() if phase not in ("load", "total"))


def test_a_load_that_printed_nothing_is_an_error_in_words(server: Answering) -> None:
    rig, _ = make_rig(server)
    load_of(rig).execute = lambda _argv, _environment: (0, b"")
    with pytest.raises(LabError, match="no complete result"):
        measure(rig)


def test_a_stack_is_frozen_again_even_if_its_round_fails(server: Answering) -> None:
    rig, done = make_rig(server)
    with pytest.raises(ValueError, match="inside"), rounds.thawed(rig):
        raise ValueError("inside")
    assert done == ["unpause app", "unpause proxy", "pause proxy", "pause app"]


def test_a_sample_has_no_figure_for_what_the_engine_does_not_count(server: Answering) -> None:
    rig, _ = make_rig(server)
    for container in (rig.services["app"], rig.load):
        cast(FakeContainer, container).stats = dict  # type: ignore[method-assign]
    sample = measure(rig)
    assert sample.cpu_s == sample.steady_cpu_s == {"proxy": 0.0, "app": None}
    assert sample.load_cpu_s is None
    assert sample.memory_mib == {"proxy": 20.0, "app": None}
    assert sample.use["app"] == TierUse()


def test_where_the_lab_sees_no_control_group_the_engines_counters_stand_in(server: Answering) -> None:
    """The engine is asked before and after, and at both marks: each reading adds half a second."""
    sample = measure(make_rig(server, cpu_s=0.5)[0])
    assert sample.use["app"] == TierUse(cpu_ns=1_500_000_000)
    assert sample.foreign is None
    assert sample.load_thread_share is None


def test_of_what_is_only_accepted_the_queue_is_looked_at_when_the_ramp_and_the_load_are_over(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([QueueLook(at_s=1.0, finished=5.0, waiting=0.0), QueueLook(at_s=4.0, finished=95.0, waiting=30.0)])
    monkeypatch.setattr(backlog, "look", lambda _: next(looks))
    assert measure(make_rig(server)[0]).backlog is None
    later = replace(CELL, accepted=True)
    rig, _ = make_rig(server)
    sample = rounds.measure(rig, later, 0, make_workload(), answers=("ok",), clock=Clock(), cores=CORES)
    assert sample.backlog == Backlog(finished=90, seconds=3.0, waiting=30)
