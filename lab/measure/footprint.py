"""What a stack takes up: its times, its memory and its size, round by round.

Each round brings the stack up from nothing, starts it again, weighs it at rest, loads it, takes it down, and
builds its application anew. Only one stack is there at a time. The rounds of the rows take turns.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container

from lab.deploy import building, compose, config_lines, sources
from lab.deploy.prepare import Plan
from lab.engine import images, inventory, layers, pagecache, rebuild
from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.host.interrupts import uninterrupted
from lab.measure import bring_up, stage
from lab.measure.rig import Rig
from lab.measure.stage import Bench, Up
from lab.model import Cell, Deployment, DeploymentFacts, FootprintSample, Sample

REST_S = 2.0
"""Without requests, before a stack is weighed."""
INIT = ("docker-init", "tini")
"""The tiny process 1 of every container, which is the same for all."""
APPLICATION = "app"
"""The service that is built again; where it has several containers, the first that begins so."""

Configs = Mapping[Deployment, Mapping[str, Any]]
"""Deployment → its merged Compose project."""


def measure(bench: Bench, cells: Sequence[Cell]) -> None:
    """Measure what is missing of the rows that ask for a footprint."""
    if not cells:
        return
    # All rows of the run are compared, also those that an earlier call has measured.
    compared = dict.fromkeys(cell.deployment for cell in bench.journal.run.cells if cell.from_nothing)
    configs = building.merged(bench.catalog, compared)
    for number in range(max(map(bench.journal.run.rounds_of, cells))):
        for cell in cells:
            if number in bench.journal.missing_rounds(cell):
                _measure_round(bench, cell, number, configs)


def _measure_round(bench: Bench, cell: Cell, number: int, configs: Configs) -> None:
    """One sample into the journal, or the reason why there is none."""
    bench.observer.measuring(cell, number)
    try:
        with in_words():
            bench.journal.add_sample(_weigh(bench, cell, number, configs))
    except EngineUnavailable:
        raise
    except LabError as error:
        stage.give_up(bench, cell, number, error)
    finally:
        bench.observer.measured(cell, number)


def _weigh(bench: Bench, cell: Cell, number: int, configs: Configs) -> Sample:
    plan = stage.plan(bench, cell.deployment, cell.table)
    ready, workload = bench.catalog.ready(plan.stack), bench.catalog.workloads[cell.workload]
    with _gone_afterwards(bench):
        dropped = _forget_files(bench, plan)
        with bench.clock.phase("start"):
            rig, cold_s = bring_up.bring_up(plan, client=bench.client, ready=ready, say=bench.observer.warn)
        _note_facts(bench, plan, rig, configs, startup_s=cold_s)
        with bench.clock.phase("start"):
            warm_s = bring_up.start_again(plan, ready=ready, say=bench.observer.warn)
        # Not after the cold start: who reads a file into the page cache is charged for it, so that memory would
        # depend on whether the cache could be dropped.
        idle_mib, processes = _at_rest(bench, rig)
        up = Up(rig=rig, answers=bring_up.check(rig, [workload]))
        sample = stage.offer(bench, up, cell, number)
    with bench.clock.phase("build"):
        rebuild_s = _rebuild(bench, plan, configs[cell.deployment])
    weighed = FootprintSample(
        cold_start_s=round(cold_s, 3),
        warm_start_s=round(warm_s, 3),
        idle_mib=idle_mib,
        processes=processes,
        rebuild_s=round(rebuild_s, 3),
        cache_dropped=dropped,
    )
    return replace(sample, footprint=weighed)


@contextmanager
def _gone_afterwards(bench: Bench) -> Iterator[None]:
    """Remove all that the block starts, whatever happens in it."""
    try:
        yield
    finally:
        with uninterrupted(), bench.clock.phase("stop"):
            inventory.remove(bench.client, bench.session.id)


def _forget_files(bench: Bench, plan: Plan) -> bool:
    """Drop the page cache; what should be cold is the stack, so Docker's own command is read again at once."""
    dropped = pagecache.drop(bench.client)
    compose.config(plan.project)
    return dropped


def _at_rest(bench: Bench, rig: Rig) -> tuple[dict[str, float | None], dict[str, int]]:
    """Working set and number of processes of each service, some time after the last request."""
    with bench.clock.phase("settle"):
        time.sleep(REST_S)
    idle_mib = {service: usage.memory_mib for service, usage in rig.usage().items()}
    counts = {service: _processes(container) for service, container in rig.services.items()}
    return idle_mib, {service: count for service, count in counts.items() if count is not None}


def _processes(container: Container) -> int | None:
    """Processes of a container without its init; None where the engine's host has no `ps` to ask."""
    try:
        listed = container.top(ps_args="-eo pid,comm")
    except APIError:
        return None
    return sum(row[-1] not in INIT for row in listed["Processes"])


def _note_facts(bench: Bench, plan: Plan, rig: Rig, configs: Configs, *, startup_s: float) -> None:
    """Once in a run: what does not change from round to round."""
    if not any(_complete(known, plan.deployment) for known in bench.journal.run.deployments):
        own = _own_mib(bench, rig, configs, plan.deployment)
        lines = config_lines.count(plan.stack.path, configs[plan.deployment], tuple(plan.stack.tiers))
        facts = bring_up.facts(plan, rig, startup_s=startup_s)
        bench.journal.add_facts(replace(facts, unique_mib=own, config_lines=lines))


def _complete(facts: DeploymentFacts, deployment: Deployment) -> bool:
    return facts.deployment == deployment and facts.config_lines is not None


def _own_mib(bench: Bench, rig: Rig, configs: Configs, deployment: Deployment) -> float | None:
    """What the stack's images do not share with those of the other rows, nor with the load's, which has the base."""
    mine, load = _images(configs[deployment]), rig.load.image
    others = {name for config in configs.values() for name in _images(config)} - mine
    own = layers.own_bytes(
        (layers.layers(bench.client.images.get(name)) for name in sorted(mine)),
        [
            *(layers.layers(bench.client.images.get(name)) for name in sorted(others)),
            *([layers.layers(load)] if load is not None else []),
        ],
    )
    return round(own / 2**20, 1) if own is not None else None


def _images(config: Mapping[str, Any]) -> set[str]:
    return {service["image"] for service in config["services"].values()}


def _rebuild(bench: Bench, plan: Plan, config: Mapping[str, Any]) -> float:
    service = config["services"][application(tuple(plan.stack.tiers))]
    target = images.targets([config]).get(service["image"])
    if target is None:
        raise LabError("the application is not built here, so it cannot be built again", where=service["image"])
    build = partial(
        rebuild.seconds,
        bench.client,
        target,
        main=sources.main(service),
        session=bench.session.id,
        say=bench.observer.building,
    )
    build()  # not timed: whoever works on a program has its compiler in memory, from where the cold start dropped it
    return build()


def application(services: Sequence[str]) -> str:
    """The service that holds the application: `app`, else the first of several, else the innermost."""
    named = sorted(service for service in services if service.startswith(APPLICATION))
    return named[0] if named else services[-1]
