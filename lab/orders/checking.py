"""A check of a stack's orders from its start to its verdict."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from docker.errors import APIError
from docker.models.containers import Container

from lab.catalog import Catalog
from lab.deploy.at_hand import at_hand
from lab.engine import inventory
from lab.engine.client import connect
from lab.errors import LabError, Unhealthy, UsageError
from lab.host.say import Say
from lab.measure.rig import wait_until
from lab.model import Deployment, Machine, Pins
from lab.orders import database, kills
from lab.orders.crowd import Crowd
from lab.orders.history import History
from lab.orders.kills import Kill
from lab.orders.verdict import OrderFinding, Rows, verdict

ORDERS = "orders"
"""The workload that a stack with orders offers."""
DATABASE = "postgres"
AT_WORK = 10
"""So many orders are acknowledged between one kill and the next: each kill meets a stack that works."""
BACK_WITHIN_S = 30.0
DRAINED_WITHIN_S = 30.0
"""Without one order finished: after that the rest is called unfinished."""
LOOK_EVERY_S = 0.2

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """What a check has found out."""

    seed: int
    history: History
    killed: Mapping[str, int]
    """Service → how often it was killed."""
    findings: tuple[OrderFinding, ...]

    @property
    def findings_by_kind(self) -> Mapping[str, int]:
        """Kind → how many."""
        return Counter(finding.kind for finding in self.findings)


def deployment_of(catalog: Catalog, target: str, *, pins: Pins, settings: Mapping[str, str]) -> Deployment:
    """What to bring up: where no variant is named, the first whose orders are finished by a worker.

    Raises UnknownName, and UsageError for a stack without orders.
    """
    deployment = catalog.deployment(target, pins=pins, settings=settings)
    stack = catalog.stack(deployment.stack)
    if ORDERS not in stack.workloads:
        offers = ", ".join(name for name, other in catalog.stacks.items() if ORDERS in other.workloads)
        raise UsageError(f"{stack.name} takes no orders", fix=f"stacks that do: {offers or 'none'}")
    waiting = (name for name, given in stack.variants.items() if given.get("ORDER_MODE") == "async")
    return deployment if "@" in target else replace(deployment, variant=next(waiting, deployment.variant))


def under_fire(
    catalog: Catalog,
    deployment: Deployment,
    *,
    exactly: bool = False,
    machine: Machine,
    count: int,
    seed: int,
    wait_s: float,
    say: Say,
) -> OrderCheck:
    """Check the stack that is up; else bring it up for as long as that takes.

    `exactly` says that its variant was named. Raises UsageError if another one is up then, Unhealthy, HostBusy.
    """
    with (
        at_hand(catalog, deployment, exactly=exactly, machine=machine, wait_s=wait_s, say=say) as (project, url),
        connect() as client,
    ):
        return check(inventory.containers_of(client, project), url, count=count, seed=seed, say=say)


def check(containers: Mapping[str, Container], url: str, *, count: int, seed: int, say: Say) -> OrderCheck:
    """Kill services of a running stack `count` times while clients order; then compare. All are up afterwards.

    Raises Unhealthy if the stack does not come back after a kill, LabError if the database cannot be read.
    """
    prefix = f"check-{secrets.token_hex(4)}-"
    crowd = Crowd(url, prefix=prefix, seed=seed)
    killed: Counter[str] = Counter()
    with crowd.at_work():
        _wait_until_at_work(crowd, after="the start")
        for kill in kills.draw(count, services=[name for name in kills.KILLED if name in containers], seed=seed):
            _carry_out(kill, containers[kill.service], crowd)
            killed[kill.service] += 1
            say(f"kill {killed.total()} of {count}: {kill.service}, {kill.down_s:.1f} s down")
            _wait_until_at_work(crowd, after=f"{kill.service} was killed and started again")
    say("waiting until every order is finished")
    rows = drained(containers[DATABASE])
    history = crowd.history
    return OrderCheck(
        seed=seed, history=history, killed=dict(killed), findings=tuple(verdict(history, rows, prefix=prefix))
    )


def _carry_out(kill: Kill, container: Container, crowd: Crowd) -> None:
    """Kill a service and start it again. Raises Unhealthy for one that has died by itself; it is started, too."""
    try:
        with crowd.in_a_hurry():
            time.sleep(kill.pause_s)
            _kill(container, kill.service)
        time.sleep(kill.down_s)
    finally:
        container.start()


def _kill(container: Container, service: str) -> None:
    try:
        container.kill("SIGKILL")
    except APIError as error:
        raise Unhealthy(
            f"{service} could not be killed: it had died before", where=str(error), fix="lab up the stack; lab logs"
        ) from None


def _wait_until_at_work(crowd: Crowd, *, after: str) -> None:
    wanted = crowd.history.acknowledged + AT_WORK
    if wait_until(lambda: crowd.history.acknowledged >= wanted, deadline_s=BACK_WITHIN_S, every_s=LOOK_EVERY_S):
        return
    told = ", ".join(f"{count} × {kind}" for kind, count in crowd.history.failures.items())
    raise Unhealthy(
        f"fewer than {AT_WORK} orders were acknowledged in the {BACK_WITHIN_S:.0f} s after {after}",
        where=f"what the clients were told since the check began: {told or 'nothing'}",
        fix="lab up the stack and look at lab logs",
    )


def drained(postgres: Container) -> Rows:
    """The tables once no order waits for a worker, or once none has been finished for a while. Raises LabError."""
    fewest, deadline = None, time.monotonic() + DRAINED_WITHIN_S
    while time.monotonic() < deadline:
        left = _patiently(database.waiting, postgres)
        if left == 0:
            break
        if fewest is None or left < fewest:
            fewest, deadline = left, time.monotonic() + DRAINED_WITHIN_S
        time.sleep(LOOK_EVERY_S)
    return _patiently(database.rows, postgres)


def _patiently(ask: Callable[[Container], Answer], postgres: Container) -> Answer:
    """What Postgres answers once it has recovered. Raises LabError if it does not."""
    deadline = time.monotonic() + BACK_WITHIN_S
    while True:
        try:
            return ask(postgres)
        except LabError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(LOOK_EVERY_S)
