"""A stack at hand for the length of a block: the one that is up, else one brought up for it and taken down again."""

from collections.abc import Iterator
from contextlib import contextmanager

from lab.catalog import Catalog
from lab.deploy import compose, stack_up, tier_words
from lab.deploy.stack_up import UpRequest
from lab.engine import probe
from lab.engine.client import connect
from lab.engine.inventory import Running
from lab.errors import Unhealthy
from lab.host import budget as budgets
from lab.host import session
from lab.host.interrupts import uninterrupted
from lab.host.say import Say
from lab.model import Deployment, Machine


@contextmanager
def at_hand(
    catalog: Catalog,
    deployment: Deployment,
    *,
    exactly: bool = False,
    machine: Machine,
    wait_s: float,
    say: Say,
) -> Iterator[tuple[str, str]]:
    """The project and the address of the stack that is up; else bring it up on a free port for the block's length.

    A stack that is up is taken as it is, whichever variant that may be, unless `exactly` says that this one was asked
    for: then another one raises UsageError. It is this process's turn until the block
    ends: nobody measures beside it, and no other check takes the stack away. Raises Unhealthy, HostBusy.
    """
    tier_words.tell(catalog.stack(deployment.stack), catalog.stacks.values(), say=say)
    probe.require()
    with session.turn(wait_s=wait_s), connect() as client:
        stack_up.reap(client, say)
        request = UpRequest(
            catalog=catalog, deployment=deployment, machine=machine, budget=budgets.plan(machine), port=0
        )
        if (running := stack_up.before(request, client)) is not None:
            if exactly:
                asked = f"{catalog.stack(deployment.stack).typed}@{deployment.variant}"
                stack_up.require_variant(running, asked, deployment.variant)
            yield running.project, address(running)
            return
        with session.open_session("bench") as mine:
            with stack_up.coming_up(request, None, client=client, mine=mine, build="missing", say=say) as ready:
                plan = ready()
            try:
                yield plan.project.name, plan.url
            finally:
                with uninterrupted():
                    compose.down(plan.project)


def address(running: Running) -> str:
    """Where a stack that is up answers. Raises Unhealthy for one whose containers have been stopped."""
    if running.url is None:
        raise Unhealthy(
            f"{running.target} is there and publishes no port",
            where=", ".join(f"{service} {state}" for service, state in running.services.items()),
            fix=f"lab up {running.again} starts it again, lab down {running.stack} removes it with its data",
        )
    return running.url
