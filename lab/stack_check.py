"""`lab check` without the command line: every workload of a stack asked once, and the answers judged."""

from collections.abc import Callable

from lab import budget as budgets
from lab import compose, stack_up
from lab.catalog import Catalog
from lab.engine.client import connect
from lab.errors import UnknownName
from lab.interrupts import uninterrupted
from lab.measure import verify
from lab.measure.verify import Verdict
from lab.model import Deployment, Machine
from lab.stack_up import Request

Say = Callable[[str], None]


def check(catalog: Catalog, deployment: Deployment, *, machine: Machine, wait_s: float, say: Say) -> list[Verdict]:
    """Ask the stack that is up; else bring it up on a free port for as long as the check takes.

    A stack that is up is asked as it is, whichever variant that may be. Raises Unhealthy, HostBusy.
    """
    port = _port_of(deployment.stack)
    if port is not None:
        return ask_all(catalog, deployment, port)
    request = Request(catalog=catalog, deployment=deployment, machine=machine, budget=budgets.plan(machine), port=0)
    plan = stack_up.bring_up(request, build=False, wait_s=wait_s, say=say)
    try:
        return ask_all(catalog, deployment, plan.port)
    finally:
        with uninterrupted():
            compose.down(plan.project)


def _port_of(stack: str) -> int | None:
    with connect() as client:
        try:
            return stack_up.find(client, stack).port
        except UnknownName:
            return None


def ask_all(catalog: Catalog, deployment: Deployment, port: int) -> list[Verdict]:
    """The verdict on each workload of a stack, in the order of its Compose file."""
    stack = catalog.stack(deployment.stack)
    return [verify.ask(port, catalog.workload(name, of=stack)) for name in stack.workloads]
