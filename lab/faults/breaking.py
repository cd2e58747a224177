"""One break from the start of the stack to the verdict: offer, inject, undo, watch it recover, read the orders back."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.models.containers import Container

from lab.catalog import Catalog
from lab.deploy import compose, prepare, stack_up
from lab.deploy.compose import Project
from lab.deploy.prepare import Plan as Prepared
from lab.deploy.workplace import Workplace
from lab.engine import inventory
from lab.engine.client import in_words
from lab.errors import UsageError
from lab.faults import attack, promises, seen
from lab.faults import mix as mixes
from lab.faults.attack import AttackCourse, BreakTask
from lab.faults.fault import POSTGRES, Chosen, Ground, Site
from lab.faults.record import Break, Stretch
from lab.host import interrupts, ports
from lab.host.say import Say
from lab.measure import bring_up
from lab.measure.rig import Rig
from lab.model import Budget, Machine, Stack
from lab.orders import checking
from lab.orders.verdict import OrderFinding, verdict

READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a break is made: what all of a run share."""

    catalog: Catalog
    work: Workplace
    machine: Machine
    budget: Budget
    folder: Path
    say: Say


def services(catalog: Catalog) -> list[Stack]:
    """The stacks that can be broken: those that take orders."""
    return [stack for stack in catalog.stacks.values() if checking.ORDERS in stack.workloads]


def ground(catalog: Catalog, stack: Stack) -> Ground:
    """A stack for which faults are planned. Raises LabError if Compose cannot read it."""
    config = compose.config(Project(name=stack.name, files=(stack.path,)))
    return Ground(stack=stack, services=config["services"], compose=catalog.home / "compose")


def require_lasting(chosen: Chosen, *, for_s: float | None) -> None:
    """Raise UsageError where a length was asked for of a fault that has none."""
    if for_s is not None and not chosen.fault.lasts:
        raise UsageError(f"{chosen.fault.name} is over at once: it has no length", fix="leave --for out")


def carry_out(scene: Scene, task: BreakTask) -> tuple[Break, AttackCourse]:
    """Bring a stack up for one fault and take it down again. Raises Unhealthy, LabError."""
    stack = scene.catalog.stack(task.deployment.stack)
    with in_words(), _up(scene, task, ground(scene.catalog, stack)) as rig:
        site = Site(tier=task.chosen.tier, containers=inventory.containers_of(scene.work.client, rig.project))
        scene.say(f"{task.deployment.name}: signing users in")
        tokens = mixes.sign_in(rig.published_url)
        mix = mixes.draw(seed=task.plan.seed, prefix=f"break-{secrets.token_hex(4)}-", tokens=tokens)
        course = attack.carry_out(rig, site, mix, task, say=scene.say)
        scene.say("waiting until every order is finished")
        rows = checking.drained(_database(site, stack))
        findings = verdict(seen.history(mix, course.outcomes), rows, prefix=mix.prefix)
        images = {name: str(c.image.id) for name, c in rig.services.items() if c.image is not None}
    return recorded(task, course, findings, images=images), course


@contextmanager
def _up(scene: Scene, task: BreakTask, where: Ground) -> Iterator[Rig]:
    """The stack with what the fault needs beside it, in a project of its own; gone after the block."""
    deployment, chosen = task.deployment, task.chosen
    beside = chosen.fault.beside(where, chosen.tier)
    slug = f"{deployment.slug}-{chosen.fault.name}-{chosen.tier}"
    prepared = prepare.project(
        scene.catalog,
        deployment,
        client=scene.work.client,
        budget=scene.budget,
        machine=scene.machine,
        session=scene.work.session.id,
        name=f"lab-{scene.work.session.id}-{slug}",
        port=ports.free(),
        folder=scene.folder / "deployments" / slug,
        with_load=True,
        beside=beside,
    )
    stack_up.provide_images(scene.work.client, prepared, build="all", say=scene.say)
    scene.say(f"{deployment.name}: starting, for {chosen.words}")
    try:
        with interrupts.told(scene.say):
            yield _started(scene, prepared, [*beside.services])
    finally:
        with interrupts.uninterrupted():
            compose.down(prepared.project)


def _started(scene: Scene, prepared: Prepared, beside: Sequence[str]) -> Rig:
    for service in beside:  # before the stack: what it starts with leads through it, or lies in it
        compose.run_beside(prepared.project, service)
    ready = scene.catalog.workloads[READY]
    rig, _ = bring_up.bring_up(prepared, client=scene.work.client, ready=ready, say=scene.say)
    return rig


def _database(site: Site, stack: Stack) -> Container:
    return site.containers[next(tier for tier, what in stack.tiers.items() if what == POSTGRES)]


def recorded(
    task: BreakTask, course: AttackCourse, findings: Sequence[OrderFinding], *, images: Mapping[str, str]
) -> Break:
    """What is kept of a break."""
    chosen, happened, outcomes = task.chosen, course.happened, course.outcomes
    acknowledged = sum(outcome.part.what == "order" and outcome.failure is None for outcome in outcomes)
    judged = promises.judge(
        outcomes,
        findings,
        acknowledged=acknowledged,
        recovery_s=course.recovery_s,
        reloads=happened.times if chosen.fault.harmless else None,
    )
    return Break(
        target=task.deployment.name,
        fault=chosen.label,
        words=chosen.words,
        plan=task.plan,
        injected_s=round(happened.injected_s, 3),
        undone_s=round(happened.undone_s, 3),
        happened=happened.times,
        evidence=happened.evidence,
        phases=tuple(_phases(course)),
        seconds=tuple(seen.seconds(outcomes, end_s=course.end_s)),
        recovery_s=None if course.recovery_s is None else round(course.recovery_s, 3),
        sent_again=sum(outcome.ended.again for outcome in outcomes),
        acknowledged=acknowledged,
        promises=tuple(judged),
        by_itself=chosen.by_itself,
        images=images,
    )


def _phases(course: AttackCourse) -> Iterator[Stretch]:
    moments = (0.0, course.happened.injected_s, course.happened.undone_s, course.end_s)
    for name, begin_s, end_s in zip(("before", "during", "after"), moments[:-1], moments[1:], strict=True):
        yield seen.stretch(name, course.outcomes, begin_s, end_s)
