"""What every kind of round is made of: a deployment brought up for a run, warmed, loaded, and taken down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from docker import DockerClient

from lab.catalog import Catalog
from lab.deploy import compose, prepare
from lab.deploy.prepare import Plan
from lab.engine import inventory
from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError, Unhealthy
from lab.host import ports
from lab.host.interrupts import uninterrupted
from lab.host.session import Session
from lab.journal import Journal
from lab.measure import bring_up, rounds, settle, signing, warming
from lab.measure.clock import Clock
from lab.measure.cores import Cores
from lab.measure.progress import Observer
from lab.measure.rig import Rig
from lab.model import Cell, Deployment, DeploymentFacts, Load, Pins, Sample, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the stages of a run share: where they read, where they write, and whom they tell."""

    catalog: Catalog
    journal: Journal
    client: DockerClient
    session: Session
    clock: Clock
    observer: Observer
    cores: Cores
    unbuilt: Mapping[tuple[str, Pins], str] = field(default_factory=dict)
    """Stack and pins → why their images could not be built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """A deployment that is up, with the answers that were verified and the workloads that are warm."""

    rig: Rig
    answers: Mapping[str, tuple[str, ...]]
    warm: set[str] = field(default_factory=set)
    asked: dict[str, Workload] = field(default_factory=dict)
    """Workload → with the tokens of who signed in for the last round."""


def plan(bench: Bench, deployment: Deployment, table: str) -> Plan:
    """Say how a deployment is brought up for a table of the run; its override is kept with the run.

    Raises Unhealthy for a deployment whose images could not be built: older ones must not be measured for it.
    """
    if why := bench.unbuilt.get((deployment.stack, deployment.pins)):
        raise Unhealthy(why)
    run = bench.journal.run
    # A table with a budget of its own has overrides of its own: the same stack on other cores.
    folder = f"{table}-{deployment.slug}" if table in run.budgets else deployment.slug
    return prepare.project(
        bench.catalog,
        deployment,
        client=bench.client,
        budget=run.budget_of(table),
        machine=run.host,
        session=bench.session.id,
        name=f"lab-{bench.session.id}-{deployment.slug}",
        port=ports.free(),
        folder=bench.journal.folder.path / "deployments" / folder,
        with_load=True,
    )


def start(bench: Bench, deployment: Deployment, table: str, workloads: Sequence[str]) -> Up | None:
    """A frozen deployment that keeps its contract; None, with the reason in the journal, if it cannot be had."""
    try:
        planned = plan(bench, deployment, table)
    except Unhealthy as error:
        _note_failure(bench, deployment, error)
        return None
    try:
        with in_words():
            return _brought_up(bench, planned, workloads)
    except EngineUnavailable:
        raise
    except LabError as error:
        _note_failure(bench, deployment, error)
        compose.down(planned.project)
        return None


def _brought_up(bench: Bench, planned: Plan, workloads: Sequence[str]) -> Up:
    """The stack up, checked, noted and frozen. Raises LabError."""
    contract = bench.catalog.workloads
    ready, say = bench.catalog.ready(planned.stack), bench.observer.warn
    rig, startup_s = bring_up.bring_up(planned, client=bench.client, ready=ready, say=say)
    answers = bring_up.check(rig, [contract[name] for name in workloads])
    _note_facts(bench, bring_up.facts(planned, rig, startup_s=startup_s))
    rig.freeze()
    return Up(rig=rig, answers=answers)


def _note_facts(bench: Bench, facts: DeploymentFacts) -> None:
    """Keep what a footprint of the same deployment, in this table or another, has found out of it."""
    known = [before for before in bench.journal.run.deployments if before.deployment == facts.deployment]
    for before in known:
        facts = replace(facts, unique_mib=before.unique_mib, config_lines=before.config_lines)
    bench.journal.add_facts(facts)


def _note_failure(bench: Bench, deployment: Deployment, error: LabError) -> None:
    bench.observer.warn(str(error))
    failed = DeploymentFacts(
        deployment=deployment, startup_s=None, image_mib=None, images={}, versions={}, failure=error.what
    )
    bench.journal.add_facts(failed)


def offer(bench: Bench, up: Up, cell: Cell, number: int) -> Sample:
    """Warm a stack that runs, if it is new to the workload, and measure one round."""
    rig, clock = up.rig, bench.clock
    # Anew in each round: tokens grow old while the stack is frozen, too.
    workload = signing.signed_in(rig.published_url, bench.catalog.workloads[cell.workload])
    up.asked[workload.name] = workload
    if not rig.stack.pausable:
        up.warm.clear()  # it has been stopped since
    if workload.name not in up.warm:
        _warm(bench, up, cell, workload)
    return rounds.measure(
        rig, cell, number, workload, answers=up.answers[workload.name], clock=clock, cores=bench.cores
    )


def _warm(bench: Bench, up: Up, cell: Cell, workload: Workload) -> None:
    """Until it has settled, or for as long as its stack or the run allows; what was left out is noted."""
    most_s = bench.journal.run.warmup_of(cell)
    if most_s:
        delay_s = bench.catalog.delay_s(cell.deployment, workload)
        done = warming.warm(up.rig, cell.load, workload, most_s=most_s, delay_s=delay_s, clock=bench.clock)
        bench.journal.add_warmup(cell, seconds=done.seconds, settled=done.settled)
        come_to_rest(bench, up, cell, after=done.load)
    up.warm.add(workload.name)


def come_to_rest(bench: Bench, up: Up, cell: Cell, *, after: Load | None = None) -> bool:
    """Wait until nothing of the last load is left (the cell's, or the one `after` which it is asked).

    A row whose stack had to be restarted once is not waited for again. Returns whether it had to be restarted.
    """
    workload, ready = up.asked[cell.workload], bench.catalog.ready(up.rig.stack)
    delay_s = bench.catalog.delay_s(cell.deployment, workload)
    with bench.clock.phase("settle"):
        known = after is None and cell.key in bench.journal.run.restarts
        return settle.settle(up.rig, after or cell.load, workload, delay_s=delay_s, ready=ready, in_vain=known)


def give_up(bench: Bench, cell: Cell, number: int, error: LabError) -> None:
    """Note why a round could not be measured; its cell is not tried again."""
    bench.observer.warn(f"{cell.key}, round {number + 1}: {error}")
    bench.journal.add_failure(cell, error.what)


def take_down(bench: Bench) -> None:
    """Remove whatever this run has on the engine."""
    with uninterrupted(), bench.clock.phase("stop"):
        bench.observer.stopping()
        inventory.remove(bench.client, bench.session.id)
