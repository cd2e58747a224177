"""`lab up` and `lab down` without the command line: one stack that stays, in a project named after it."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen
from typing import Literal

from docker import DockerClient

from lab.catalog import Catalog, places
from lab.deploy import compose, prepare, prometheus, starting, tier_words
from lab.deploy.compose import Project
from lab.deploy.override import NOTHING_BESIDE, Beside
from lab.deploy.prepare import Plan
from lab.engine import images, inventory, probe
from lab.engine.client import connect
from lab.engine.inventory import Running
from lab.errors import UnknownName, UsageError
from lab.host import interrupts, ports, session
from lab.host.say import Say
from lab.host.session import Session
from lab.model import Budget, Deployment, Machine, project_name

Build = Literal["missing", "all", "none"]
"""Which of a stack's images are built first; `none` where the caller has built them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """What a user asked to have up."""

    catalog: Catalog
    deployment: Deployment
    machine: Machine
    budget: Budget
    port: int
    owner: str = ""
    """A learner whose stack it is, beside the one that `lab up` has of that name."""
    with_data: bool = False
    """Give an adopted stack copies of the volumes that its owner has."""
    metrics: bool = False
    """Put Prometheus and its exporters beside it."""

    @property
    def project(self) -> str:
        """One project a stack and an owner: another variant of it takes its place."""
        if self.owner:
            return f"lab-of-{self.owner}-{self.deployment.stack}"
        return self.catalog.stack(self.deployment.stack).project


def plan(request: UpRequest) -> Plan:
    """What `bring_up` would do, with the override file written; touches no engine."""
    return _prepare(request, client=None, identity="none", port=request.port)


def rehearse(request: UpRequest) -> list[str]:
    """The commands that `bring_up` would run."""
    plan_ = plan(request)
    project = plan_.project
    return [
        f"# budget: {request.budget.label}",
        project.shown(*compose.up_arguments(*plan_.services, wait_s=project.start_within_s)),
    ]


def bring_up(request: UpRequest, *, build: Build, wait_s: float, say: Say) -> Plan:
    """Have the stack up and healthy, to stay.

    Raises HostBusy while another lab process measures, and what `coming_up` raises.
    """
    tier_words.tell(request.catalog.stack(request.deployment.stack), request.catalog.stacks.values(), say=say)
    probe.require()
    with session.turn(wait_s=wait_s), connect() as client:
        reap(client, say)
        with staying(request, client=client, build=build, say=say) as ready:
            return ready()


@contextmanager
def staying(request: UpRequest, *, client: DockerClient, build: Build, say: Say) -> Iterator[Callable[[], Plan]]:
    """The same as `coming_up`, in a session that is kept after the block."""
    earlier = before(request, client)
    with (
        session.open_session("up") as mine,
        coming_up(request, earlier, client=client, mine=mine, build=build, say=say) as ready,
    ):
        yield ready
        if not earlier:
            mine.keep()


@contextmanager
def coming_up(
    request: UpRequest, earlier: Running | None, *, client: DockerClient, mine: Session, build: Build, say: Say
) -> Iterator[Callable[[], Plan]]:
    """Begin to bring the stack up, for whoever has the turn; what the block gets waits until it is.

    It is in a session, or in that of the same stack as it was up `earlier`. If it fails or is interrupted, what this
    call started is gone. But a stack that was up before is left, with its data: another variant has taken its place,
    and may not work. Raises PortTaken, EngineUnavailable, Unhealthy.
    """
    port = _port(request, earlier)
    identity = earlier.session if earlier else mine.id  # the same label, or Compose makes all anew
    plan_ = _prepare(request, client=client, identity=identity, port=port)
    if plan_.stack.adopted:
        starting.require_own(client, plan_.project.name)
    provide_images(client, plan_, build=build, say=say)
    with _left_on_failure(request, earlier, say) if earlier else _gone_on_failure(plan_, say):
        if earlier:
            inventory.revive(client, plan_.project.name)
        else:
            starting.provide(client, plan_)
        with compose.start(plan_.project, *plan_.services) as process:
            yield lambda: _up(plan_, process, client, say)


def _up(plan_: Plan, process: Popen[str], client: DockerClient, say: Say) -> Plan:
    """Wait for what has been started."""
    starting.await_up(plan_, process, say=say)
    starting.run_jobs(client, plan_)
    return plan_


def before(request: UpRequest, client: DockerClient) -> Running | None:
    """The same stack as it is up now, whichever variant."""
    return next((p for p in inventory.projects(client) if p.project == request.project), None)


@contextmanager
def _gone_on_failure(plan_: Plan, say: Say) -> Iterator[None]:
    """Whatever goes wrong in the block, what it started is taken down; whoever pressed Ctrl-C is told so."""
    with prepare.taken_down_on_failure(plan_), interrupts.told(say):
        yield


@contextmanager
def _left_on_failure(request: UpRequest, earlier: Running, say: Say) -> Iterator[None]:
    """Whatever goes wrong in the block, a stack that was up before keeps its containers and its data."""
    try:
        yield
    except BaseException:
        back = "lab lesson check" if request.owner else f"lab up {earlier.again}"
        say(
            f"{earlier.target} was up before: its data is kept, its containers may have been replaced. "
            f"`{back}` brings it back, `lab down {earlier.stack}` removes it with its data"
        )
        raise


def _prepare(request: UpRequest, *, client: DockerClient | None, identity: str, port: int) -> Plan:
    return prepare.project(
        request.catalog,
        request.deployment,
        client=client,
        budget=request.budget,
        machine=request.machine,
        session=identity,
        name=request.project,
        port=port,
        folder=request.catalog.root / "results" / "up" / request.project.removeprefix("lab-"),
        owner=request.owner,
        with_data=request.with_data,
        beside=_beside(request),
    )


def _beside(request: UpRequest) -> Beside:
    if not request.metrics:
        return NOTHING_BESIDE
    stack = request.catalog.stack(request.deployment.stack)
    return prometheus.beside(stack, compose=request.catalog.home / "compose", budget=request.budget)


def _port(request: UpRequest, running: Running | None) -> int:
    """The port to publish on; the stack's own one, if it is up already, counts as free."""
    if request.port == 0:
        return running.port if running and running.port else ports.free()
    if not running or running.port != request.port:
        ports.require_free(request.port)
    return request.port


def provide_images(client: DockerClient, plan: Plan, *, build: Build, say: Say) -> None:
    """Have the images that a plan needs; those of somebody's own project as its files are now. Raises LabError."""
    if build == "none":
        return
    targets = images.targets([compose.config(plan.project)])
    anew = build == "all" or plan.stack.adopted is not None
    wanted = [*targets] if anew else images.missing(client, targets)
    if wanted:
        say(f"building {', '.join(wanted)}")
        images.bake({name: targets[name] for name in wanted}, say=say)


def take_down(names: Iterable[str], *, everything: bool = False) -> list[str]:
    """Stop and remove stacks by name, or all that the lab has up; returns those that were up.

    Raises UnknownName for one that is not up.
    """
    with connect() as client:
        up = (
            [p for p in inventory.projects(client) if _is_kept(p)]
            if everything
            else [find(client, name) for name in names]
        )
        for project in up:
            _remove(client, project)
            session.forget(project.session)
        if everything:
            inventory.reap(client)
        return [project.stack for project in up]


def _remove(client: DockerClient, running: Running) -> None:
    """Take one project down; where somebody has a part in it that the lab did not make, by the lab's label only."""
    if inventory.strangers(client, running.project):
        inventory.remove(client, running.session)
    else:
        compose.down(Project(name=running.project))


def find(client: DockerClient, target: str) -> Running:
    """The project that `lab up` made of a stack, by its name or path.

    Raises UnknownName if it is not up, UsageError if another variant of it is.
    """
    wanted = places.find(target)
    name = project_name(wanted.name, wanted.place.folder if wanted.place else None)
    kept = [project for project in inventory.projects(client) if _is_kept(project)]
    up = {project.stack: project for project in kept} | {project.project: project for project in kept}
    if name in up or (wanted.name in up and wanted.place is None):
        found = up[name] if name in up else up[wanted.name]
        require_variant(found, target, wanted.variant)
        return found
    raise UnknownName("stack that is up", target, {project.stack for project in kept})


def require_variant(running: Running, target: str, variant: str) -> None:
    """Raise UsageError if a variant is named that is not the one that is up, UnknownName if there is none such."""
    if variant in ("", running.variant, running.target.partition("@")[2]):
        return
    catalog, (name,) = places.catalog_of([target])
    catalog.deployment(name)
    raise UsageError(
        f"{target} is not up: {running.target} is",
        fix=f"leave the variant out to mean what is up, or let the other take its place: lab up {shlex.quote(target)}",
    )


def project_of(target: str, services: Iterable[str] = ()) -> Project:
    """What `docker compose` calls a stack that is up. Raises UnknownName if it is not, or lacks a service."""
    with connect() as client:
        found = find(client, target)
    for name in services:
        if name not in found.services:
            raise UnknownName("service", name, found.services, where=found.target)
    return Project(name=found.project)


def running() -> list[Running]:
    """All that the lab has on the engine, benchmarks included."""
    with connect() as client:
        return inventory.projects(client)


def _is_kept(project: Running) -> bool:
    """Projects of a benchmark belong to their process, which takes them down itself."""
    return project.session.startswith("up-")


def reap(client: DockerClient, say: Say) -> None:
    """Remove what killed lab processes have left, and say so."""
    for identity in inventory.reap(client):
        say(f"removed what a killed lab process had left behind ({identity})")
