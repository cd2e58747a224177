"""Bring a deployment up for a run: time it, check its contract, note what is inside, put the load beside it."""

import shlex
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial

from docker import DockerClient
from docker.models.containers import Container

from lab.deploy import compose, starting
from lab.deploy.prepare import LOAD_SERVICE, Plan
from lab.engine import inventory
from lab.errors import Unhealthy
from lab.host.say import Say, aloud
from lab.measure import signing, verify
from lab.measure.rig import Rig
from lab.model import DeploymentFacts, Workload


def bring_up(plan: Plan, *, client: DockerClient, ready: Workload, say: Say = aloud) -> tuple[Rig, float]:
    """Start the stack, then the load container; returns the rig and the stack's start-up time in seconds.

    The time runs from the call of `docker compose up` to the first correct answer through the published port.
    Raises Unhealthy if the stack does not come up.
    """
    services = tuple(plan.stack.tiers)
    starting.provide(client, plan)
    startup_s = _until_answered(plan, lambda: compose.start(plan.project, *services), ready, say)
    starting.run_jobs(client, plan)
    compose.run_beside(plan.project, LOAD_SERVICE)
    return rig_of(plan, client=client, ready=ready), startup_s


def start_again(plan: Plan, *, ready: Workload, say: Say = aloud) -> float:
    """Stop the stack's containers, and start the same ones; returns the seconds as for `bring_up`.

    The load container stays as it is.
    """
    services = tuple(plan.stack.tiers)
    compose.halt(plan.project, *services)
    return _until_answered(plan, lambda: compose.start_again(plan.project, *services), ready, say)


def _until_answered(
    plan: Plan, start: Callable[[], AbstractContextManager[subprocess.Popen[str]]], ready: Workload, say: Say
) -> float:
    """Seconds from the call of Compose to the first correct answer. Raises Unhealthy if it fails or none comes."""
    began = time.monotonic()
    with start() as process:
        wrong = starting.until_answered(plan, process, ready.path, partial(_wrong, plan, ready), say=say)
        answered_s = time.monotonic() - began
        compose.finish(plan.project, process)
    if wrong is not None:
        raise Unhealthy(
            f"{plan.deployment.name} started, but did not answer {ready.path} within "
            f"{plan.stack.start_within_s:g} s: {wrong.complaint}",
            where=f"{plan.stack.entry.service}:{plan.stack.entry.port}",
            fix=f"lab up {shlex.quote(plan.stack.typed)} shows its last lines; if it needs longer, start_within_s; "
            "if another path answers sooner, ready",
        )
    return answered_s


def _wrong(plan: Plan, ready: Workload, patience_s: float) -> starting.Wrong | None:
    """What is wrong with the answer of a stack; None if it is the right one."""
    answered = verify.ask(plan.url, ready, timeout_s=patience_s)
    return None if answered.complaint is None else starting.Wrong(answered.complaint, answered.status)


def rig_of(plan: Plan, *, client: DockerClient, ready: Workload) -> Rig:
    """The containers of a project that is up, its load container among them."""
    name = plan.project.name
    containers = inventory.containers_of(client, name)
    services = {service: containers[service] for service in plan.stack.tiers}
    jobs = {job: containers[job] for job in plan.stack.jobs}
    return Rig(
        stack=plan.stack,
        port=plan.port,
        services=services,
        load=containers[LOAD_SERVICE],
        jobs=jobs,
        replicas=inventory.replicas_of(client, name) if plan.stack.adopted else {},
        ready=ready,
        project=plan.project.name,
        network_name=plan.network,
    )


def check(rig: Rig, workloads: Iterable[Workload]) -> dict[str, tuple[str, ...]]:
    """Ask each workload once; returns workload → the verified answers. Raises Unhealthy naming all that fail."""
    url = rig.published_url
    verdicts = [signing.check(url, workload) for workload in workloads]
    wrong = [f"{verdict.workload}: {verdict.complaint}" for verdict in verdicts if not verdict.ok]
    if wrong:
        raise Unhealthy(
            f"{rig.stack.name} does not keep its contract: {'; '.join(wrong)}",
            fix=f"lab check {shlex.quote(rig.stack.typed)} asks for each, and says what to do",
        )
    return {verdict.workload: verdict.answers for verdict in verdicts}


def facts(plan: Plan, rig: Rig, *, startup_s: float) -> DeploymentFacts:
    """What a run records of a deployment: image ids and sizes, and the versions that are inside."""
    images = {service: container.image for service, container in {**rig.services, **rig.jobs}.items()}
    sizes = {image.id: image.attrs["Size"] for image in images.values() if image is not None}
    return DeploymentFacts(
        deployment=plan.deployment,
        startup_s=round(startup_s, 3),
        image_mib=round(sum(sizes.values()) / 2**20, 1),
        images={service: str(image.id) for service, image in images.items() if image is not None},
        versions=dict(sorted(_versions({**rig.services, LOAD_SERVICE: rig.load}))),
        environment={name: str(value) for name, value in sorted(plan.project.environment.items())},
    )


def _versions(services: Mapping[str, Container]) -> Iterable[tuple[str, str]]:
    """Every image of the lab offers `versions`: one `name version` line for each part inside."""
    for service, container in services.items():
        code, output = container.exec_run(["versions"])
        lines = output.decode("utf-8", "replace").splitlines() if code == 0 and isinstance(output, bytes) else []
        for name, _, version in (line.partition(" ") for line in lines):
            yield f"{service}: {name}", version
