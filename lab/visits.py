"""Users who visit a stack: as a cell of a run, or on Locust's own page for as long as somebody looks at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from time import sleep

import requests
import yaml
from docker import DockerClient

from lab import building, deploy, ports, session
from lab.catalog import Catalog
from lab.deploy import LOAD_SERVICE, Plan
from lab.engine import inventory, probe
from lab.engine.client import connect
from lab.errors import LabError, UsageError
from lab.interrupts import uninterrupted
from lab.load import locust
from lab.measure import bring_up
from lab.measure.rig import Rig, wait_until
from lab.measure.verify import loopback_session
from lab.model import Budget, Cell, Deployment, Load, Machine, Pins
from lab.ports import LOOPBACK
from lab.session import Session

TABLE = "load"
"""What the rows of `lab load` are filed under."""
READY = "ready"
PAGE_WITHIN_S = 30.0
LOOK_EVERY_S = 0.5

Say = Callable[[str], None]


def deployment_of(catalog: Catalog, target: str, *, pins: Pins, settings: Mapping[str, str]) -> Deployment:
    """What to visit. Raises UnknownName, and UsageError for a stack that lacks the operations of a visit."""
    deployment = catalog.deployment(target, pins=pins, settings=settings)
    if locust.WORKLOAD not in catalog.stack(deployment.stack).workloads:
        able = ", ".join(name for name, stack in catalog.stacks.items() if locust.WORKLOAD in stack.workloads)
        raise UsageError(
            f"{deployment.stack} cannot be visited: nobody can sign in, look at items and order there",
            where=f"its workloads lack {locust.WORKLOAD!r}",
            fix=f"stacks that can: {able or 'none'}",
        )
    return deployment


def cell(deployment: Deployment, load: Load) -> Cell:
    """The one row of a run of `lab load`."""
    return Cell(table=TABLE, row=deployment.name, deployment=deployment, workload=locust.WORKLOAD, load=load)


def show_page(
    catalog: Catalog,
    deployment: Deployment,
    load: Load,
    *,
    machine: Machine,
    budget: Budget,
    port: int,
    wait_s: float,
    say: Say,
) -> None:
    """Bring the stack up with Locust's page beside it on 127.0.0.1, until Ctrl-C; nothing is left then.

    Raises HostBusy, PortTaken, EngineUnavailable, Unhealthy, and LabError if Locust ends by itself.
    """
    probe.require()
    port = port or ports.free()
    ports.require_free(port)
    with session.turn(wait_s=wait_s), connect() as client, session.open_session("bench") as mine:
        inventory.reap(client)
        building.bake(catalog, [deployment.stack], pins=[deployment.pins], say=say)
        with suppress(KeyboardInterrupt), _nothing_left(client, mine, say):
            plan = _plan(catalog, deployment, client=client, machine=machine, budget=budget, session=mine, port=port)
            rig, _ = bring_up.bring_up(plan, client=client, ready=catalog.workloads[READY])
            _serve(rig, load, url=f"http://{LOOPBACK}:{port}", say=say)


def _plan(
    catalog: Catalog,
    deployment: Deployment,
    *,
    client: DockerClient,
    machine: Machine,
    budget: Budget,
    session: Session,
    port: int,
) -> Plan:
    """As for a benchmark, with the page of the load container published too."""
    plan = deploy.prepare(
        catalog,
        deployment,
        client=client,
        budget=budget,
        machine=machine,
        session=session.id,
        name=f"lab-{session.id}-{deployment.slug}",
        port=ports.free(),
        folder=catalog.root / "results" / "load" / deployment.stack,
        with_load=True,
    )
    page = _publish(plan.override.with_name("page.yaml"), port)
    return replace(plan, project=replace(plan.project, files=(*plan.project.files, page)))


def _publish(path: Path, port: int) -> Path:
    published = {"services": {LOAD_SERVICE: {"ports": [f"{LOOPBACK}:{port}:{locust.PAGE_PORT}"]}}}
    path.write_text(yaml.safe_dump(published), "utf-8")
    return path


@contextmanager
def _nothing_left(client: DockerClient, mine: Session, say: Say) -> Iterator[None]:
    try:
        yield
    finally:
        with uninterrupted():
            say("taking everything down")
            inventory.remove(client, mine.id)


def _serve(rig: Rig, load: Load, *, url: str, say: Say) -> None:
    """Run Locust until it ends, which it only does by itself if something is wrong."""
    engine = rig.load.client.api  # type: ignore[union-attr]
    execution = engine.exec_create(rig.load.id, list(locust.page(load, url=rig.url).argv))["Id"]
    engine.exec_start(execution, detach=True)
    if wait_until(lambda: _answers(url), deadline_s=PAGE_WITHIN_S, every_s=LOOK_EVERY_S):
        say(f"Locust's page: {url}   (Ctrl-C takes everything down)")
    while engine.exec_inspect(execution)["Running"]:
        sleep(LOOK_EVERY_S)
    raise LabError("locust has ended by itself", where=f"exit code {engine.exec_inspect(execution)['ExitCode']}")


def _answers(url: str) -> bool:
    with loopback_session() as client:
        try:
            return client.get(url, timeout=LOOK_EVERY_S).ok
        except requests.RequestException:
            return False
