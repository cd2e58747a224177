"""A stack on the bench: its containers, frozen while others are measured, and the load container beside it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from docker.errors import APIError
from docker.models.containers import Container

from lab.errors import LabError
from lab.host import ports
from lab.load import Command
from lab.model import Stack

Stats = Mapping[str, Any]


@contextmanager
def _costs_its_round_only() -> Iterator[None]:
    """Tell in words what the engine refuses, as when a container has died: one row fails then, and not the run."""
    try:
        yield
    except APIError as error:
        raise LabError("the engine refused, which it does when a container has died", where=str(error)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds since a container started, and its working set just now."""

    cpu_s: float
    memory_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """The running containers of one deployment; `services` in the order of the tiers."""

    stack: Stack
    port: int
    services: Mapping[str, Container]
    load: Container
    jobs: Mapping[str, Container] = field(default_factory=dict)
    """Those that did their work before the services started."""

    @property
    def url(self) -> str:
        """Where the load container reaches the stack, inside its own network."""
        entry = self.stack.entry
        return f"{entry.scheme}://{entry.service}:{entry.port}"

    @property
    def published_url(self) -> str:
        """Where the lab itself reaches it, on the loopback."""
        return ports.url(self.port, self.stack.entry.scheme)

    @_costs_its_round_only()
    def freeze(self) -> None:
        """Stop the stack's clock: it uses no CPU until it is thawed."""
        for container in self.services.values():
            container.pause()

    @_costs_its_round_only()
    def thaw(self) -> None:
        """Let the stack go on, the innermost tier first, so that nobody asks one that is still frozen."""
        for container in self._inwards_out():
            container.unpause()

    @_costs_its_round_only()
    def restart(self) -> None:
        """Kill and start the stack's processes, the innermost tier first: what was queued is gone."""
        for container in self._inwards_out():
            container.restart(timeout=0)

    def _inwards_out(self) -> list[Container]:
        return [*self.services.values()][::-1]

    def usage(self) -> dict[str, Usage]:
        """CPU and memory of every service."""
        return {service: read_usage(container) for service, container in self.services.items()}

    @_costs_its_round_only()
    def offer(self, command: Command, *, on_line: Callable[[str], None] = lambda _: None) -> str:
        """Run a load to its end in the load container, telling each line as it comes; returns all of them.

        Raises LabError if the load tool fails.
        """
        engine = self.load.client.api  # type: ignore[union-attr]
        execution = engine.exec_create(self.load.id, list(command.argv), environment=dict(command.environment))["Id"]
        lines: list[str] = []
        for line in _lines(engine.exec_start(execution, stream=True)):
            lines.append(line)
            on_line(line)
        if engine.exec_inspect(execution)["ExitCode"] != 0:
            raise LabError("the load tool failed", where="\n".join(lines).strip()[-500:])
        return "\n".join(lines)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines out of a stream that is cut anywhere."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if rest:
        yield rest.decode("utf-8", "replace")


@_costs_its_round_only()
def read_usage(container: Container) -> Usage:
    """One reading of the engine's statistics (the same source as `docker stats`), without its one-second wait."""
    stats = cast(Stats, container.stats(stream=False, one_shot=True))
    return Usage(cpu_s=stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9, memory_mib=working_set_mib(stats))


def working_set_mib(stats: Stats) -> float:
    """Memory in use less the page cache that the kernel could drop, as `docker stats` shows it."""
    memory = stats.get("memory_stats") or {}
    detail = memory.get("stats") or {}
    inactive = detail.get("total_inactive_file", detail.get("inactive_file", 0))  # cgroup v1, else v2
    return float(max(memory.get("usage", 0) - inactive, 0)) / 2**20


def wait_until(condition: Callable[[], bool], *, deadline_s: float, every_s: float = 0.01) -> bool:
    """Ask until the condition holds or the time is up; returns whether it held."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(every_s)
    return True
