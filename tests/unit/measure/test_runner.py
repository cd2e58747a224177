import os
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from docker import DockerClient
from docker.errors import APIError

from lab.catalog import Catalog
from lab.deploy.prepare import Plan
from lab.errors import EngineUnavailable, Unhealthy
from lab.host import core_speed
from lab.host.core_speed import Watch
from lab.host.session import Session
from lab.journal import Journal
from lab.measure import bring_up, cores, others, runner, settle, stage
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.rig import Rig
from lab.measure.runner import Bench
from lab.model import Burst, Cell, CoreSpeed, Load, Run, Sample
from lab.store import RunFolder
from tests.unit.measure.measure_fakes import OFFERED, FakeContainer, make_rig
from tests.unit.unit_factories import make_budget, make_cell, make_deployment, make_load, make_run
from tests.unit.unit_project import Answering

ONE = make_cell(row="one", load=make_load(duration_s=1))
POOL = make_cell(row="pool", deployment=make_deployment(variant="pool"), load=make_load(duration_s=1))


@dataclass
class Host:
    """An engine that brings rigs up without Docker, and what was seen of the run."""

    server: Answering
    broken: tuple[str, ...] = ()
    rigs: dict[str, Rig] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=dict)
    taken_down: list[str] = field(default_factory=list)

    def bring_up(self, plan: Plan, **_how: Any) -> tuple[Rig, float]:
        if plan.deployment.variant in self.broken:
            raise Unhealthy(f"{plan.deployment.name} did not become healthy")
        rig, done = make_rig(self.server, name=plan.stack.name)
        self.rigs[plan.deployment.variant] = rig
        self.done[plan.deployment.variant] = done
        return rig, 0.5

    def fail_load(self, variant: str) -> None:
        cast(FakeContainer, self.rigs[variant].load).execute = lambda _argv, _environment: (1, b"no")


class Watcher(Observer):
    """Keeps the rounds in the order in which they were measured, and the warnings."""

    def __init__(self) -> None:
        self.rounds: list[tuple[str, int]] = []
        self.warnings: list[str] = []
        self.finished = 0
        self.voids: list[tuple[str, int, str]] = []

    def measuring(self, cell: Cell, number: int) -> None:
        self.rounds.append((cell.row, number))

    def measured(self, cell: Cell, number: int) -> None:
        self.finished += 1

    def void(self, cell: Cell, number: int, why: str) -> None:
        self.voids.append((cell.row, number, why))

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def host(server: Answering, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(server)
    monkeypatch.setattr(bring_up, "bring_up", host.bring_up)
    monkeypatch.setattr("lab.deploy.compose.down", lambda project: host.taken_down.append(project.name))
    monkeypatch.setattr("lab.engine.inventory.remove", lambda _client, identity: host.taken_down.append(identity))
    monkeypatch.setattr(settle, "LOOK_S", 0.001)
    monkeypatch.setattr(cores, "REST_S", 0.001)
    monkeypatch.setattr(core_speed, "watching", lambda _cpus: nullcontext(Watch()))
    return host


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def bench(catalog: Catalog, folder: Path, watcher: Watcher, run: Run) -> Bench:
    client = SimpleNamespace(networks=SimpleNamespace(list=list))
    return Bench(
        catalog=catalog,
        journal=Journal(RunFolder(path=folder), run, phases_s=dict),
        client=cast(DockerClient, client),
        session=cast(Session, SimpleNamespace(id="bench-1")),
        clock=Clock(),
        observer=watcher,
        cores=cores.unwatched(make_budget()),
    )


def test_rounds_of_different_cells_take_turns(catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher) -> None:
    run = make_run([ONE, POOL], rounds=2)
    runner.measure(bench(catalog, tmp_path, watcher, run))
    assert watcher.rounds == [("one", 0), ("pool", 0), ("one", 1), ("pool", 1)]
    samples, _ = RunFolder(path=tmp_path).samples()
    assert [(sample.cell, sample.round) for sample in samples] == [
        (ONE.key, 0),
        (POOL.key, 0),
        (ONE.key, 1),
        (POOL.key, 1),
    ]
    assert host.taken_down == ["bench-1"]


def test_a_stack_is_frozen_whenever_it_is_not_measured(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher
) -> None:
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2)))
    steps = [step for step in host.done["one"] if step.endswith((" app", "offer"))]
    warm_and_measured = ["unpause app", "exec load offer", "exec load offer", "pause app"]
    assert steps == ["pause app", *warm_and_measured, "unpause app", "exec load offer", "pause app"]


@pytest.mark.parametrize(
    ("load", "seconds"),
    [(make_load(duration_s=0.5), 0.5), (make_load(duration_s=10), 2.0), (Burst(connections=10), 2.0)],
)
def test_the_look_at_rest_takes_two_seconds_or_as_long_as_a_shorter_round(
    *,
    load: Load,
    seconds: float,
    catalog: Catalog,
    tmp_path: Path,
    host: Host,
    watcher: Watcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[float] = []
    monkeypatch.setattr(cores, "REST_S", 2.0)
    monkeypatch.setattr(others, "idle_share", lambda _cpus, seconds: looked.append(seconds))
    runner.measure(
        bench(catalog, tmp_path, watcher, make_run([make_cell(deployment=ONE.deployment, load=load)], rounds=1))
    )
    assert looked == [seconds]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks that were waited for, in order; none of them is restarted."""
    waited: list[str] = []

    def settle_at_once(rig: Rig, *_arguments: object, **_how: object) -> bool:
        waited.append(rig.stack.name)
        return False

    monkeypatch.setattr(settle, "settle", settle_at_once)
    return waited


def test_a_stack_need_not_come_to_rest_after_its_last_round(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, settled: list[str]
) -> None:
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE], rounds=3)))
    assert len(settled) == 3  # after warming, after the first and after the second round


def test_a_stack_that_another_cell_still_needs_comes_to_rest(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, settled: list[str]
) -> None:
    same = make_cell(row="same", deployment=ONE.deployment, load=ONE.load)
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE, same], rounds=1)))
    assert watcher.rounds == [("one", 0), ("same", 0)]
    assert len(settled) == 2  # after warming, and between the two cells


def test_a_stack_that_was_restarted_is_counted_and_warmed_anew(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    warming, after_first, warming_again = False, True, False
    answers = iter([warming, after_first, warming_again])
    monkeypatch.setattr(settle, "settle", lambda *_arguments, **_how: next(answers))
    work = bench(catalog, tmp_path, watcher, make_run([ONE], rounds=2))
    runner.measure(work)
    assert work.journal.run.restarts == {ONE.key: 1}
    assert host.done["one"].count("exec load offer") == 4  # both rounds were warmed for
    assert next(answers, "all asked") == "all asked"


def test_a_row_that_had_to_be_restarted_once_is_not_waited_for_after_its_later_rounds(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_vain: list[bool] = []

    def never(*_arguments: object, **how: object) -> bool:
        in_vain.append(bool(how["in_vain"]))
        return len(in_vain) > 1  # only warming leaves nothing

    monkeypatch.setattr(settle, "settle", never)
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE], rounds=3)))
    assert in_vain == [False, False, False, True, False]  # warming, first round, warming, second round, warming


def test_a_sample_says_what_was_used_and_offered(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher
) -> None:
    work = bench(catalog, tmp_path, watcher, make_run([ONE], rounds=1))
    runner.measure(work)
    (sample,) = work.journal.folder.samples()[0]
    assert sample.result.requests == 1000
    assert sample.memory_mib == {"proxy": 20.0, "app": 20.0}
    assert (sample.host.capacity_s, sample.host.busy_s) == (2.0, 1.0)


def test_facts_of_each_deployment_are_recorded(catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher) -> None:
    work = bench(catalog, tmp_path, watcher, make_run([ONE], rounds=1))
    runner.measure(work)
    (facts,) = work.journal.run.deployments
    assert (facts.startup_s, facts.image_mib, facts.failure) == (0.5, 2.0, None)
    assert facts.versions == {"proxy: tool": "1.2", "app: tool": "1.2", "load: wrk": "4.1"}


def test_a_resumed_run_measures_only_what_is_missing(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher
) -> None:
    runner.measure(bench(catalog, tmp_path, Watcher(), make_run([ONE], rounds=1)))
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2)))
    assert watcher.rounds == [("pool", 0), ("one", 1), ("pool", 1)]


def test_a_complete_run_brings_nothing_up(catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher) -> None:
    run = make_run([ONE], rounds=1)
    runner.measure(bench(catalog, tmp_path, Watcher(), run))
    host.rigs.clear()
    runner.measure(bench(catalog, tmp_path, watcher, run))
    assert (host.rigs, watcher.rounds) == ({}, [])


def test_a_stack_that_does_not_come_up_does_not_stop_the_others(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher
) -> None:
    host.broken = ("one",)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2))
    runner.measure(work)
    assert watcher.rounds == [("pool", 0), ("pool", 1)]
    failures = {facts.deployment.variant: facts.failure for facts in work.journal.run.deployments}
    assert failures == {"one": "proxied@one did not become healthy", "pool": None}
    assert host.taken_down == ["lab-bench-1-proxied-one-current", "bench-1"]


def test_a_stack_that_breaks_its_contract_is_not_measured(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher
) -> None:
    host.server.answers["/health"] = (200, "text/plain", "no")
    work = bench(catalog, tmp_path, watcher, make_run([ONE], rounds=1))
    runner.measure(work)
    assert watcher.rounds == []
    assert "does not keep its contract: health: body 'no'" in (work.journal.run.deployments[0].failure or "")


def test_a_load_that_fails_gives_up_its_cell_and_no_other(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring_up_broken(plan: Plan, **how: Any) -> tuple[Rig, float]:
        found = host.bring_up(plan, **how)
        if plan.deployment.variant == "one":
            host.fail_load("one")
        return found

    monkeypatch.setattr(bring_up, "bring_up", bring_up_broken)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2))
    runner.measure(work)
    assert watcher.rounds == [("one", 0), ("pool", 0), ("pool", 1)]
    assert work.journal.run.failures == {ONE.key: "the load tool failed"}
    assert watcher.finished == len(watcher.rounds)
    assert host.done["one"][-2:] == ["pause proxy", "pause app"]
    assert f"{ONE.key}, round 1" in watcher.warnings[0]


def test_a_container_that_dies_under_load_costs_its_cell_and_not_the_run(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring_up_dying(plan: Plan, **how: Any) -> tuple[Rig, float]:
        rig, startup_s = host.bring_up(plan, **how)
        if plan.deployment.variant == "one":
            cast(FakeContainer, rig.load).execute = partial(_die, cast(FakeContainer, rig.services["app"]))
        return rig, startup_s

    monkeypatch.setattr(bring_up, "bring_up", bring_up_dying)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2))
    runner.measure(work)
    assert watcher.rounds == [("one", 0), ("pool", 0), ("pool", 1)]
    assert work.journal.run.failures == {ONE.key: "1 of 2 containers could not be frozen: a container has died"}


def _die(app: FakeContainer, argv: list[str], _environment: object) -> tuple[int, bytes]:
    app.dead = argv != ["versions"]
    return 0, OFFERED.encode()


def test_ctrl_c_keeps_the_samples_and_takes_everything_down(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(cell: Cell, number: int) -> None:
        if number == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(watcher, "measuring", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE], rounds=2)))
    assert host.taken_down == ["bench-1"]
    assert len(RunFolder(path=tmp_path).samples()[0]) == 1


def test_each_table_is_measured_from_the_cores_of_its_load(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned: list[tuple[int, ...]] = []
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setattr("os.sched_setaffinity", lambda _process, cpus: pinned.append(tuple(sorted(cpus))))
    shared = make_cell(table="shared", row="shared", load=make_load(duration_s=1))
    own = make_budget(placement="colocated", stack_cpus=(0, 1), load_cpus=(0, 1))
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE, shared], rounds=1, budgets={"shared": own})))
    assert watcher.rounds == [("one", 0), ("shared", 0)]
    assert pinned == [(1,), (0, 1), (0, 1), (0, 1)], "the first table's, back, the second table's, back"


def test_an_engine_that_goes_away_ends_the_run_and_no_row_is_given_up(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_arguments: object, **_how: object) -> None:
        raise requests.ConnectionError("Connection refused")

    monkeypatch.setattr(stage, "offer", gone)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2))
    with pytest.raises(EngineUnavailable, match="no longer answers"):
        runner.measure(work)
    assert work.journal.run.failures == {}
    assert host.taken_down == ["bench-1"]


def test_what_the_engine_refuses_costs_a_row_and_not_the_run(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object, **_how: object) -> None:
        raise APIError("Container is not running")

    monkeypatch.setattr(stage, "offer", refused)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=1))
    runner.measure(work)
    assert work.journal.run.failures.keys() == {ONE.key, POOL.key}


def test_where_the_system_cannot_pin_the_lab_it_says_so_once_and_goes_on(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.delattr(os, "sched_getaffinity")
    other = make_cell(row="one", table="other", load=make_load(duration_s=1))
    runner.measure(bench(catalog, tmp_path, watcher, make_run([ONE, other], rounds=1)))
    assert len(watcher.rounds) == 2
    assert [warning for warning in watcher.warnings if "cannot pin the lab itself" in warning] == watcher.warnings
    assert len(watcher.warnings) == 1


def void_at(monkeypatch: pytest.MonkeyPatch, *places: int) -> None:
    """The samples at these places, counted from 0, are measured on cores that others use as well."""
    asked = iter(range(1000))
    monkeypatch.setattr(
        cores.Cores, "void", lambda _cores, _sample, **_: "others were there" if next(asked) in places else ""
    )


def test_a_round_that_was_void_is_kept_aside_and_comes_once_more_last_of_all(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    void_at(monkeypatch, 0)
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=2))
    runner.measure(work)
    assert watcher.rounds == [("one", 0), ("pool", 0), ("one", 1), ("pool", 1), ("one", 0)]
    assert watcher.voids == [("one", 0, "others were there")]
    samples, _ = work.journal.folder.samples()
    assert [(one.round, one.set_aside) for one in samples if one.cell == ONE.key] == [
        (0, "others were there"),
        (1, ""),
        (0, ""),
    ]


def test_at_most_a_fifth_of_the_rounds_comes_again_and_none_twice(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    void_at(monkeypatch, *range(1000))
    work = bench(catalog, tmp_path, watcher, make_run([ONE, POOL], rounds=5))
    runner.measure(work)
    assert [(row, number) for row, number, _ in watcher.voids] == [("one", 0), ("pool", 0)]
    assert len(watcher.rounds) == 12
    assert all(not work.journal.missing_rounds(cell) for cell in (ONE, POOL))


def test_a_round_is_compared_with_those_of_its_own_row_before_it_also_of_a_run_that_goes_on(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row's cores are always slow, under its load; but in the last round so are those of the other."""
    offer, usual = stage.offer, {"one": 1000.0, "pool": 600.0}

    def measured(*given: Any) -> Sample:
        sample, slowed = offer(*given), len(watcher.rounds) >= 7
        speed = 600.0 if slowed else usual[given[2].row]
        return replace(sample, core_speed=CoreSpeed(readings=(speed,) * 4))

    monkeypatch.setattr(stage, "offer", measured)
    run = make_run([ONE, POOL], rounds=3)
    runner.measure(bench(catalog, tmp_path, watcher, run))
    assert watcher.voids == []
    runner.measure(bench(catalog, tmp_path, watcher, replace(run, rounds=4)))
    assert [(row, number) for row, number, _ in watcher.voids] == [("one", 3)]
    assert "0.600 times as fast as in its rounds before" in watcher.voids[0][2]


def test_the_range_of_the_core_speed_stands_in_the_record_of_the_run(
    catalog: Catalog, tmp_path: Path, host: Host, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = stage.offer
    monkeypatch.setattr(
        stage, "offer", lambda *given: replace(offer(*given), core_speed=CoreSpeed(readings=(700.0, 500.0, 800.0)))
    )
    work = bench(catalog, tmp_path, watcher, make_run([ONE], rounds=2))
    runner.measure(work)
    found = work.journal.folder.read_run().core_speed
    assert found is not None
    assert (found.low, found.median, found.high, found.readings) == (500, 700, 800, 6)
