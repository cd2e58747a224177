"""A stack at hand for the length of a block: the one that is up, else one brought up for it and taken down again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab.catalog import Catalog
from lab.deploy import compose, stack_up
from lab.deploy.stack_up import Request
from lab.engine.client import connect
from lab.engine.inventory import Running
from lab.errors import UnknownName
from lab.host import budget as budgets
from lab.host.interrupts import uninterrupted
from lab.model import Deployment, Machine

Say = Callable[[str], None]


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
