"""A run from its plan to its last sample: tables one after the other, their rounds interleaved.

All stacks of a table are up at once and all but one are frozen, so that a slow minute of the host hits every
cell alike. Each sample is journalled before the next round starts; going on with an interrupted run measures
what is missing.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from docker import DockerClient

from lab import compose, deploy, ports
from lab.catalog import Catalog
from lab.engine import inventory
from lab.errors import LabError, Unhealthy
from lab.interrupts import uninterrupted
from lab.measure import bring_up, rounds, settle
from lab.measure.clock import Clock
from lab.measure.progress import Observer
from lab.measure.rig import Rig
from lab.model import Budget, Cell, Deployment, DeploymentFacts
from lab.session import Session
from lab.store import Journal

READY = "ready"
"""The operation that every stack answers at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the stages of a run share: where they read, where they write, and whom they tell."""

    catalog: Catalog
    journal: Journal
    client: DockerClient
    session: Session
    clock: Clock
    observer: Observer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Up:
    """A deployment that is up, with the answers that were verified and the workloads that are warm."""

    rig: Rig
    answers: Mapping[str, str]
    warm: set[str] = field(default_factory=set)


def measure(bench: Bench) -> None:
    """Measure what is missing of the journal's run."""
    with _off_the_stacks_cores(bench.journal.run.budget):
        for _, cells in groupby(bench.journal.run.cells, key=lambda cell: cell.table):
            _measure_table(bench, [cell for cell in cells if bench.journal.missing_rounds(cell)])


@contextmanager
def _off_the_stacks_cores(budget: Budget) -> Iterator[None]:
    """Keep the lab itself, and what it starts outside containers, on the cores of the load."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, budget.load_cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _measure_table(bench: Bench, cells: Sequence[Cell]) -> None:
    with _deployments(bench, cells) as up:
        ahead = deque(
            (number, cell)
            for number in range(bench.journal.run.rounds)
            for cell in cells
            if cell.deployment in up and number in bench.journal.missing_rounds(cell)
        )
        while ahead:
            number, cell = ahead.popleft()
            if number in bench.journal.missing_rounds(cell):
                again = any(later.deployment == cell.deployment for _, later in ahead)
                _measure_round(bench, up[cell.deployment], cell, number, again=again)


@contextmanager
def _deployments(bench: Bench, cells: Sequence[Cell]) -> Iterator[dict[Deployment, _Up]]:
    """Bring up and freeze what the cells need; take all of it down at the end, whatever happens."""
    up: dict[Deployment, _Up] = {}
    with ExitStack() as at_end:
        at_end.callback(_take_down, bench)
        for deployment in dict.fromkeys(cell.deployment for cell in cells):
            bench.observer.starting(deployment)
            workloads = sorted({cell.workload for cell in cells if cell.deployment == deployment})
            with bench.clock.phase("start"):
                found = _bring_up(bench, deployment, workloads)
            if found is not None:
                up[deployment] = found
        yield up


def _bring_up(bench: Bench, deployment: Deployment, workloads: Sequence[str]) -> _Up | None:
    """A frozen deployment that keeps its contract; None, with the reason in the journal, if it cannot be had."""
    run = bench.journal.run
    plan = deploy.prepare(
        bench.catalog,
        deployment,
        client=bench.client,
        budget=run.budget,
        machine=run.host,
        session=bench.session.id,
        name=f"lab-{bench.session.id}-{deployment.slug}",
        port=ports.free(),
        folder=bench.journal.folder.path / "deployments" / deployment.slug,
        with_load=True,
    )
    contract = bench.catalog.workloads
    try:
        rig, startup_s = bring_up.bring_up(plan, client=bench.client, ready=contract[READY])
        answers = bring_up.check(rig, [contract[name] for name in workloads])
    except Unhealthy as error:
        bench.observer.warn(str(error))
        bench.journal.add_facts(_failed(deployment, error))
        compose.down(plan.project)
        return None
    bench.journal.add_facts(bring_up.facts(plan, rig, startup_s=startup_s))
    rig.freeze()
    return _Up(rig=rig, answers=answers)


def _failed(deployment: Deployment, error: LabError) -> DeploymentFacts:
    return DeploymentFacts(
        deployment=deployment, startup_s=None, image_mib=None, images={}, versions={}, failure=error.what
    )


def _measure_round(bench: Bench, up: _Up, cell: Cell, number: int, *, again: bool) -> None:
    """One sample into the journal, or the reason why there is none; then the stack is frozen.

    A stack that is not needed `again` need not come to rest.
    """
    bench.observer.measuring(cell, number)
    try:
        with rounds.thawed(up.rig):
            _offer(bench, up, cell, number)
            if again and _settle(bench, up, cell):
                up.warm.clear()
                bench.journal.add_restart(cell)
    except LabError as error:
        bench.observer.warn(f"{cell.key}, round {number + 1}: {error}")
        bench.journal.add_failure(cell, error.what)
    finally:
        bench.observer.measured(cell, number)


def _offer(bench: Bench, up: _Up, cell: Cell, number: int) -> None:
    """Warm the stack if it is new to the workload, and measure."""
    rig, clock, workload = up.rig, bench.clock, bench.catalog.workloads[cell.workload]
    if workload.name not in up.warm:
        rounds.warm(rig, cell.load, workload, seconds=bench.journal.run.warmup_s, clock=clock)
        _settle(bench, up, cell)
        up.warm.add(workload.name)
    bench.journal.add_sample(rounds.measure(rig, cell, number, workload, answer=up.answers[workload.name], clock=clock))


def _settle(bench: Bench, up: _Up, cell: Cell) -> bool:
    workload, ready = bench.catalog.workloads[cell.workload], bench.catalog.workloads[READY]
    delay_s = bench.catalog.delay_s(cell.deployment, workload)
    with bench.clock.phase("settle"):
        return settle.settle(up.rig, workload, delay_s=delay_s, ready=ready)


def _take_down(bench: Bench) -> None:
    with uninterrupted(), bench.clock.phase("stop"):
        bench.observer.stopping()
        inventory.remove(bench.client, bench.session.id)
