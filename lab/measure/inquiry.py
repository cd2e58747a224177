"""A stack is asked at a fixed rate while it is looked at: what `lab why` judges by."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab.deploy import at_hand, compose, prepare
from lab.deploy.prepare import LOAD_SERVICE, Plan
from lab.deploy.stack_up import UpRequest
from lab.deploy.workplace import Workplace
from lab.engine import inventory
from lab.engine.inventory import Running
from lab.errors import Unhealthy
from lab.figures.numbers import time_text
from lab.host import ports
from lab.host.interrupts import uninterrupted
from lab.load import course, protocol
from lab.load.pace import Target
from lab.measure import alone, bring_up, signing, verify
from lab.measure.cores import off_the_stacks_cores
from lab.measure.evidence import watch
from lab.measure.evidence.watch import Watched
from lab.measure.rig import Rig
from lab.measure.verify import Answered
from lab.model import Budget, Workload
from lab.model.evidence import GIVEN_UP, Evidence, Look

LOOKS_FOR_REST = 20
PAUSE_S = 0.05
FOLDER = "why"


def observe(
    rig: Rig, workload: Workload, *, rate: float, duration_s: float, timeout_s: float, budget: Budget
) -> Evidence:
    """Ask a stack that is up `rate` times a second, and look at its tiers meanwhile.

    Raises Unhealthy for a stack that answers wrongly before any load, LabError for one that cannot be asked or seen.
    """
    asked = signing.signed_in(rig.published_url, workload)
    patience_s = max(verify.patience_of(asked), timeout_s)
    answers = _answers(rig, asked, patience_s)
    taken = alone.measured(rig.published_url, asked, timeout_s=patience_s)
    watched = Watched.of(rig.services, rig.containers)
    at_rest = _at_rest(watched)
    traits = watched.traits()
    target = Target(url=rig.url, workload=asked, answers=answers)
    command = course.command(target, rate=rate, duration_s=duration_s, timeout_s=timeout_s)
    began = time.time()
    with off_the_stacks_cores(budget), watch.watching(watched) as looks:
        output = rig.offer(command, on_line=lambda line: looks.end() if line == protocol.LOAD_OVER else None)
    said = watched.said(since=began)
    return Evidence(
        tiers=tuple(rig.services),
        cores=len(watched.cpus or budget.stack_cpus),
        alone_s=taken.mean_s,
        slowest_alone_s=taken.slowest_s,
        course=course.parse(output, rate=rate, duration_s=duration_s),
        at_rest=at_rest,
        looks=tuple(looks.all()),
        traits=traits,
        said={tier: lines for tier, lines in said.items() if lines},
        blind=(
            *watch.blind(at_rest),
            *((watch.BLIND_TO_LOGS,) if None in said.values() else ()),
            *_left_out(rig),
        ),
    )


def images(rig: Rig) -> dict[str, str]:
    """Service → the id of the image that its first container runs."""
    return {service: str(container.attrs["Image"]) for service, container in rig.services.items()}


def _left_out(rig: Rig) -> tuple[str, ...]:
    """Of a tier of several containers the first is looked at."""
    several = [service for service in rig.services if len(rig.of(service)) > 1]
    return tuple(f"all but the first of the {len(rig.of(service))} containers of {service}" for service in several)


def _answers(rig: Rig, workload: Workload, patience_s: float) -> tuple[str, ...]:
    """The verified answers. Raises Unhealthy."""
    answered = verify.ask(rig.published_url, workload, timeout_s=patience_s)
    if not answered.ok:
        after = f", after {time_text(answered.took_s)}" if answered.status else ""
        raise Unhealthy(
            f"{rig.stack.name} answers wrongly before any load",
            where=f"{workload.name}: {answered.complaint}{after}{_gave_up(answered)}",
            fix=f"lab check {shlex.quote(rig.stack.typed)}",
        )
    return answered.answers


def _gave_up(answered: Answered) -> str:
    """What the status says of who answered: a proxy that did not wait, rather than the application."""
    late = answered.status in GIVEN_UP
    return ": a proxy says so, of the tier behind it" if late else ""


def _at_rest(watched: Watched) -> Look:
    """A look at a stack in which nothing runs any more; the last one, if that never comes."""
    for _ in range(LOOKS_FOR_REST):
        look = watched.look(at_s=-1.0)
        if not any(task.state == "R" for tier in look.tiers.values() for task in tier.tasks or ()):
            break
        time.sleep(PAUSE_S)
    return look


@contextmanager
def brought_up(request: UpRequest, *, place: Workplace) -> Iterator[Rig]:
    """The stack in a project of its own, with the load container beside it; the workplace removes both."""
    session = place.session.id
    name = f"lab-{session}-{request.deployment.slug}"
    planned = _planned(request, place, session=session, name=name, port=ports.free())
    rig, _ = bring_up.bring_up(planned, client=place.client, ready=_ready(request))
    yield rig


@contextmanager
def beside(request: UpRequest, running: Running, *, place: Workplace) -> Iterator[Rig]:
    """The stack that `lab up` has up, as it is, with a load container beside it for the length of the block.

    Raises Unhealthy for one whose containers have been stopped.
    """
    at_hand.address(running)
    # In the stack's own session, whose label its networks carry: they stay as they are.
    planned = _planned(request, place, session=running.session, name=running.project, port=running.port or 0)
    try:
        compose.run_beside(planned.project, LOAD_SERVICE)
        yield bring_up.rig_of(planned, client=place.client, ready=_ready(request))
    finally:
        with uninterrupted():
            for container in inventory.containers_of(place.client, running.project).values():
                if container.labels[inventory.LABEL_SERVICE] == LOAD_SERVICE:
                    container.remove(force=True)


def _ready(request: UpRequest) -> Workload:
    return request.catalog.ready(request.catalog.stack(request.deployment.stack))


def _planned(request: UpRequest, place: Workplace, *, session: str, name: str, port: int) -> Plan:
    return prepare.project(
        request.catalog,
        request.deployment,
        client=place.client,
        budget=request.budget,
        machine=request.machine,
        session=session,
        name=name,
        port=port,
        folder=request.catalog.root / "results" / FOLDER / request.deployment.stack,
        with_load=True,
    )
