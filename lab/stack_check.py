"""`lab check` without the command line: every workload of a stack asked once, and the answers judged."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab import budget as budgets
from lab import compose, stack_up
from lab.catalog import Catalog
from lab.engine.client import connect
from lab.engine.inventory import Running
from lab.errors import UnknownName
from lab.interrupts import uninterrupted
from lab.measure import signing, verify
from lab.measure.verify import Verdict
from lab.model import Deployment, Machine
from lab.stack_up import Request

Say = Callable[[str], None]


def check(catalog: Catalog, deployment: Deployment, *, machine: Machine, wait_s: float, say: Say) -> list[Verdict]:
    """Ask a stack, which may be up already, every request of its contract. Raises Unhealthy, HostBusy."""
    with at_hand(catalog, deployment, machine=machine, wait_s=wait_s, say=say) as (_, url):
        return ask_all(catalog, deployment, url)


@contextmanager
def at_hand(
    catalog: Catalog, deployment: Deployment, *, machine: Machine, wait_s: float, say: Say
) -> Iterator[tuple[str, str]]:
    """The project and the address of the stack that is up; else bring it up on a free port for the block's length.

    A stack that is up is taken as it is, whichever variant that may be. Raises Unhealthy, HostBusy.
    """
    if (running := _running(deployment.stack)) is not None and running.url is not None:
        yield running.project, running.url
        return
    request = Request(catalog=catalog, deployment=deployment, machine=machine, budget=budgets.plan(machine), port=0)
    plan = stack_up.bring_up(request, build=False, wait_s=wait_s, say=say)
    try:
        yield plan.project.name, plan.url
    finally:
        with uninterrupted():
            compose.down(plan.project)


def _running(stack: str) -> Running | None:
    with connect() as client:
        try:
            return stack_up.find(client, stack)
        except UnknownName:
            return None


def ask_all(catalog: Catalog, deployment: Deployment, url: str) -> list[Verdict]:
    """The verdict on each workload of a stack, in the order of its Compose file."""
    stack = catalog.stack(deployment.stack)
    workloads = [catalog.workload(name, of=stack) for name in stack.workloads]
    return [verify.ask(url, signing.signed_in(url, workload)) for workload in workloads]
