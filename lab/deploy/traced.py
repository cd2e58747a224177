"""A stack with Zipkin beside it: where both answer, and what Nginx has written. What is added, zipkin.py says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docker import DockerClient
from docker.models.containers import Container

from lab.catalog import Catalog
from lab.deploy import at_hand, stack_up
from lab.deploy.zipkin import SETTING, ZIPKIN
from lab.engine import inventory
from lab.engine.client import connect, in_words
from lab.engine.inventory import Running
from lab.errors import Unhealthy, UsageError
from lab.figures.vitals import RUNNING
from lab.model import Stack

NGINX = "nginx"
LINES = 2000
"""Of Nginx's log are read at most."""


def require_able(stack: Stack, catalog: Catalog) -> None:
    """Raise UsageError, with the names of those that can, for a stack whose services cannot trace."""
    if SETTING not in stack.settings:
        able = ", ".join(each.name for each in catalog.stacks.values() if SETTING in each.settings)
        raise UsageError(
            f"{stack.name} has no traces", where=f"it has no setting {SETTING}", fix=f"stacks that have: {able}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedStack:
    """A stack that is up with Zipkin beside it."""

    stack: Stack
    url: str
    zipkin: str
    """Where Zipkin answers."""
    nginx: Container | None
    """None where requests go to the app itself."""

    @in_words()
    def nginx_lines(self) -> list[str]:
        """The last lines of Nginx, oldest first; none where there is no Nginx."""
        if self.nginx is None:
            return []
        return self.nginx.logs(stderr=False, tail=LINES).decode("utf-8", "replace").splitlines()


@contextmanager
def site(catalog: Catalog, target: str) -> Iterator[TracedStack]:
    """The stack that is up, for the length of the block.

    Raises UsageError for a stack that cannot trace, is not up, is up as another variant or without traces; Unhealthy
    where it or Zipkin has stopped.
    """
    stack = catalog.stack(target.partition("@")[0])
    require_able(stack, catalog)
    with connect() as client:
        running = next((each for each in inventory.projects(client) if each.project == stack.project), None)
        if running is None:
            raise UsageError(f"{stack.name} is not up", fix=f"lab up {target} --trace")
        stack_up.require_variant(running, target, target.partition("@")[2])
        zipkin = _zipkin(client, running)
        nginx = inventory.containers_of(client, stack.project).get(NGINX)
        yield TracedStack(stack=stack, url=at_hand.address(running), zipkin=zipkin, nginx=nginx)


def _zipkin(client: DockerClient, running: Running) -> str:
    """Where the Zipkin beside a stack answers. Raises UsageError where there is none, Unhealthy if it has stopped."""
    state = running.services.get(ZIPKIN)
    if state is None:
        named = f"{running.stack}@{running.variant}"
        raise UsageError(f"{running.target} is up without traces", fix=f"lab up {named} --trace")
    page = inventory.page_url(client, running.project, ZIPKIN)
    if page is None or state != RUNNING:
        raise Unhealthy(
            f"{running.target} is up with traces, and Zipkin, which keeps them, does not run",
            where=f"{ZIPKIN} {state}",
            fix=f"lab up {running.again} starts it again; lab logs {running.stack} {ZIPKIN} says why it ended",
        )
    return page
