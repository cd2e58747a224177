"""Locust with its own page beside a stack that is up, for as long as somebody looks at it."""

from dataclasses import replace
from pathlib import Path
from time import sleep

import requests
import yaml

from lab.catalog import Catalog
from lab.deploy import prepare
from lab.deploy.prepare import LOAD_SERVICE, Plan
from lab.deploy.workplace import Workplace
from lab.errors import LabError
from lab.host import ports
from lab.host.ports import LOOPBACK
from lab.host.say import Say
from lab.load import visits
from lab.measure import bring_up
from lab.measure.rig import Rig, wait_until
from lab.measure.verify import loopback_session
from lab.model import Budget, Deployment, Machine, Visits

PAGE_WITHIN_S = 30.0
LOOK_EVERY_S = 0.5


def serve(
    catalog: Catalog,
    deployment: Deployment,
    load: Visits,
    *,
    place: Workplace,
    machine: Machine,
    budget: Budget,
    port: int,
    say: Say,
) -> None:
    """Bring the stack up with Locust's page beside it on 127.0.0.1:`port`, until Ctrl-C.

    Raises Unhealthy, and LabError if Locust ends by itself.
    """
    plan = _plan(catalog, deployment, place=place, machine=machine, budget=budget, port=port)
    rig, _ = bring_up.bring_up(plan, client=place.client, ready=catalog.ready(plan.stack), say=say)
    try:
        _run(rig, load, url=f"http://{LOOPBACK}:{port}", say=say)
    finally:
        say("taking everything down")


def _plan(
    catalog: Catalog, deployment: Deployment, *, place: Workplace, machine: Machine, budget: Budget, port: int
) -> Plan:
    """As for a benchmark, with the page of the load container published too."""
    plan = prepare.project(
        catalog,
        deployment,
        client=place.client,
        budget=budget,
        machine=machine,
        session=place.session.id,
        name=f"lab-{place.session.id}-{deployment.slug}",
        port=ports.free(),
        folder=catalog.root / "results" / "load" / deployment.stack,
        with_load=True,
    )
    published = _publish(plan.override.with_name("page.yaml"), port)
    return replace(plan, project=replace(plan.project, files=(*plan.project.files, published)))


def _publish(path: Path, port: int) -> Path:
    published = {"services": {LOAD_SERVICE: {"ports": [f"{LOOPBACK}:{port}:{visits.PAGE_PORT}"]}}}
    path.write_text(yaml.safe_dump(published), "utf-8")
    return path


def _run(rig: Rig, load: Visits, *, url: str, say: Say) -> None:
    """Run Locust until it ends, which it only does by itself if something is wrong."""
    engine = rig.load.client.api  # type: ignore[union-attr]
    execution = engine.exec_create(rig.load.id, list(visits.page(load, url=rig.url).argv))["Id"]
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
