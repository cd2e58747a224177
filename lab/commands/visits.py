"""`lab load`: users who visit a stack, as a cell of a run, or on Locust's own page while somebody looks at it."""

from collections.abc import Mapping
from contextlib import suppress

from lab import plan
from lab.catalog import Catalog
from lab.deploy import building
from lab.deploy.workplace import workplace
from lab.errors import UsageError
from lab.host import ports
from lab.host.say import Say
from lab.load import visits
from lab.measure import page
from lab.model import Budget, Cell, Deployment, Machine, Pins, Visits

TABLE = "load"
"""What the rows of `lab load` are filed under."""


def deployment_of(catalog: Catalog, target: str, *, pins: Pins, settings: Mapping[str, str]) -> Deployment:
    """What to visit. Raises UnknownName, and UsageError for a stack that lacks the operations of a visit."""
    deployment = catalog.deployment(target, pins=pins, settings=settings)
    if visits.WORKLOAD not in catalog.stack(deployment.stack).workloads:
        able = ", ".join(name for name, stack in catalog.stacks.items() if visits.WORKLOAD in stack.workloads)
        raise UsageError(
            f"{deployment.stack} cannot be visited: nobody can sign in, look at items and order there",
            where=f"its workloads lack {visits.WORKLOAD!r}",
            fix=f"stacks that can: {able or 'none'}",
        )
    return deployment


def cell(catalog: Catalog, deployment: Deployment, load: Visits) -> Cell:
    """The one row of a run of `lab load`."""
    return plan.cell(catalog, deployment, table=TABLE, row=deployment.name, workload=visits.WORKLOAD, load=load)


def show_page(
    catalog: Catalog,
    deployment: Deployment,
    load: Visits,
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
    port = port or ports.free()
    ports.require_free(port)
    with suppress(KeyboardInterrupt), workplace(wait_s=wait_s, say=say) as place:
        building.bake(catalog, [deployment.stack], pins=[deployment.pins], say=say)
        page.serve(catalog, deployment, load, place=place, machine=machine, budget=budget, port=port, say=say)
