"""What can be seen inside the containers of a project that is up: processes, log lines, connections, CPU, memory.

Each function looks and changes nothing, but for the two context managers, which put back what they took.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from docker.models.containers import Container

from lab.engine import inventory
from lab.engine.client import connect
from lab.errors import LabError
from lab.measure import rig

LOG_POLL_S = 0.1
_TCP = "Tcp:"
_OPENED = "ActiveOpens"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideProcess:
    """One process of a container, by the numbers that the host gives it."""

    pid: int
    parent: int
    command: str


@contextmanager
def _container(project: str, service: str) -> Iterator[Container]:
    """The container of a service. Raises LabError for one that is not there."""
    with connect() as client:
        found = inventory.containers_of(client, project)
        if service not in found:
            there = ", ".join(sorted(found)) or "none is up"
            raise LabError(f"there is no service {service!r}", where=f"{project}: {there}")
        yield found[service]


def processes(project: str, service: str) -> list[InsideProcess]:
    """Every process of a service, the oldest first. Raises LabError for a service that is not running."""
    with _container(project, service) as container:
        told = container.top(ps_args="-eo pid,ppid,args")
    rows = [row for row in told["Processes"] or () if len(row) >= 3]  # noqa: PLR2004
    return [InsideProcess(pid=int(pid), parent=int(parent), command=" ".join(rest)) for pid, parent, *rest in rows]


def threads(project: str, service: str) -> int:
    """How many threads a service has now, those of all its processes. Raises LabError if the engine does not tell."""
    with _container(project, service) as container:
        stats = cast(rig.Stats, container.stats(stream=False, one_shot=True))
    count = (stats.get("pids_stats") or {}).get("current")
    if count is None:
        raise LabError("the engine does not say how many threads a container has", where=service)
    return int(count)


def cpu_s(project: str, services: Sequence[str]) -> float:
    """CPU seconds of some services since they started, together. Raises LabError if the engine does not tell."""
    return _total(project, services, lambda usage: usage.cpu_s, "the engine does not report the CPU time of containers")


def memory_mib(project: str, services: Sequence[str]) -> float:
    """The working set of some services in MiB, together. Raises LabError if the engine does not tell."""
    return _total(
        project, services, lambda usage: usage.memory_mib, "the engine does not report the memory of containers"
    )


def _total(project: str, services: Sequence[str], told: Callable[[rig.Usage], float | None], unless: str) -> float:
    total = 0.0
    for service in services:
        with _container(project, service) as container:
            used = told(rig.read_usage(container))
        if used is None:
            raise LabError(unless, where=service)
        total += used
    return total


def log_lines(project: str, service: str, matching: str, *, since_s: float, patience_s: float) -> list[str]:
    """Different lines that a service has written in the last `since_s` and that match, once no more of them come.

    Waits so long for the first one. What is written twice, as a logger does that hands on to another, is one line.
    """
    pattern, end = re.compile(matching), time.monotonic() + patience_s
    before: list[str] = []
    began = datetime.fromtimestamp(time.time() - since_s, UTC)
    while True:
        with _container(project, service) as container:
            written = container.logs(since=began.replace(tzinfo=None), stream=False)
        text = str(written, "utf-8", "replace") if isinstance(written, bytes) else ""
        found = [line for line in dict.fromkeys(text.splitlines()) if pattern.search(line)]
        if (found and found == before) or time.monotonic() > end:
            return found
        before = found
        time.sleep(LOG_POLL_S)


def opened_connections(project: str, service: str) -> int:
    """How many TCP connections a service has opened since it started. Raises LabError if it cannot be read."""
    with _container(project, service) as container:
        code, output = container.exec_run(["grep", _TCP, "/proc/net/snmp"])
    lines = [line.split() for line in str(output, "utf-8").splitlines()] if isinstance(output, bytes) else []
    if code != 0 or len(lines) != 2 or _OPENED not in lines[0]:  # noqa: PLR2004
        raise LabError("the container does not say how many connections it opened", where=service)
    return int(lines[1][lines[0].index(_OPENED)])


def address(project: str, service: str) -> str:
    """The address of a service in its project's first network: published ports have buffers of their own."""
    with _container(project, service) as container:
        container.reload()
        networks = container.attrs["NetworkSettings"]["Networks"]
    return str(networks[f"{project}_default"]["IPAddress"])


def stop(project: str) -> None:
    """Stop all services of a project at once, the data in them stays."""
    with connect() as client:
        for container in inventory.containers_of(client, project).values():
            container.stop(timeout=0)


def start(project: str) -> None:
    """Start all services of a project that were stopped."""
    with connect() as client:
        for container in inventory.containers_of(client, project).values():
            container.start()


def restart(project: str, service: str) -> None:
    """Restart a service: a proxy looks the names of others up when it starts."""
    with _container(project, service) as container:
        container.restart(timeout=2)


@contextmanager
def without(project: str, service: str) -> Iterator[None]:
    """A service is killed for the length of the block, and started again after it."""
    with _container(project, service) as container:
        container.kill()
        try:
            yield
        finally:
            container.start()


@contextmanager
def frozen(project: str, service: str) -> Iterator[None]:
    """A service stands still for the length of the block."""
    with _container(project, service) as container:
        container.pause()
        try:
            yield
        finally:
            container.unpause()
