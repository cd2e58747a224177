"""Stacks of a learner: up until they are taken down, in projects and from images that carry the learner's name."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from lab.deploy import building, compose, prepare, stack_up
from lab.deploy.compose import Project
from lab.deploy.prepare import Plan
from lab.deploy.stack_up import UpRequest
from lab.engine import images, inventory, leavings, probe
from lab.engine.client import connect
from lab.engine.inventory import Running
from lab.errors import HostBusy, LabError
from lab.host import session
from lab.host.say import Say


@contextmanager
def patient_turn(*, wait_s: float, say: Say) -> Iterator[None]:
    """Be the one lab process at work here; where another is, say so and wait. Raises HostBusy after `wait_s`."""
    with ExitStack() as held:
        try:
            held.enter_context(session.turn())
        except HostBusy as busy:
            say(f"{busy.what}: waiting for up to {wait_s:.0f} s ({busy.where or 'it does not say who it is'})")
            began = time.monotonic()
            held.enter_context(session.turn(wait_s=wait_s))
            say(f"waited {time.monotonic() - began:.0f} s")
        yield


def bring_up(requests: Sequence[UpRequest], *, wait_s: float, say: Say) -> list[Plan]:
    """Have all stacks up as their files say now: what has changed is built and started anew.

    Raises HostBusy, EngineUnavailable, Unhealthy; LabError where an image cannot be built.
    """
    probe.require()
    with patient_turn(wait_s=wait_s, say=say), connect() as client:
        stack_up.reap(client, say)
        targets = _targets(requests)
        with leavings.without_replaced(client, targets):
            images.bake(targets, say=say)
            return _all_up([stack_up.staying(request, client=client, build="none", say=say) for request in requests])


def _all_up(stacks: Sequence[AbstractContextManager[Callable[[], Plan]]]) -> list[Plan]:
    """Bring stacks up side by side. Where some fail, the others stay, and the first one's error is raised."""
    coming, plans, errors = [], [], []
    with ExitStack() as all_of_them:
        for stack in stacks:
            try:
                one = all_of_them.enter_context(ExitStack())
                coming.append((one, one.enter_context(stack)))
            except LabError as error:
                errors.append(error)
        for one, ready in coming:
            try:
                with one:
                    plans.append(ready())
            except LabError as error:
                errors.append(error)
    if errors:
        raise errors[0]
    return plans


def _targets(requests: Sequence[UpRequest]) -> dict[str, dict[str, Any]]:
    """How the images of all stacks are built, under the tags that `prepare` gives them."""
    targets: dict[str, dict[str, Any]] = {}
    for request in requests:
        merged = building.merged(request.catalog, [request.deployment])
        for image, target in images.targets(merged.values()).items():
            own = prepare.own_image(image, request.owner)
            targets[own] = {**target, "tags": [own]}
    return targets


def take_down(learner: str, *, only: Collection[str] | None = None, but: Collection[str] = ()) -> list[str]:
    """Stop and remove what a learner has up: all of it, or what has one of some names (`KEY-STACK`), `but` others.

    Returns the names of those stacks. Raises EngineUnavailable.
    """
    prefix = f"lab-of-{learner}-"
    with connect() as client:
        named = [(found.project.removeprefix(prefix), found) for found in inventory.projects(client)]
    mine = [
        found
        for name, found in named
        if found.project == f"{prefix}{name}" and name not in but and (only is None or name in only)
    ]
    with ThreadPoolExecutor() as pool:  # each waits for its containers to end
        for ended in [pool.submit(_remove, found) for found in mine]:
            ended.result()
    return [found.stack for found in mine]


def _remove(found: Running) -> None:
    compose.down(Project(name=found.project))
    session.forget(found.session)
