"""A stack on the bench: its containers, frozen while others are measured, and the load container beside it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from docker.models.containers import Container

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError
from lab.figures import known
from lab.host import cgroups, ports
from lab.host.cgroups import Counted
from lab.load import Command
from lab.measure import verify
from lab.model import Stack, Workload

Stats = Mapping[str, Any]
STOP_S = 5
"""To end by itself, before it is killed."""
ANSWER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds since a container started, and its working set just now; None for what the engine does not tell."""

    cpu_s: float | None
    memory_mib: float | None
    counted: Counted = field(default_factory=Counted)
    """What else the engine counts: for where the lab cannot see the kernel's own counters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """The running containers of one deployment; `services` in the order of the tiers."""

    stack: Stack
    port: int
    services: Mapping[str, Container]
    load: Container
    jobs: Mapping[str, Container] = field(default_factory=dict)
    """Those that did their work before the services started."""
    replicas: Mapping[str, tuple[Container, ...]] = field(default_factory=dict)
    """Further containers of services that have several."""
    project: str = ""
    """What Compose calls it."""
    network_name: str = "default"
    """What its Compose files call the network in which its entry is reached."""
    ready: Workload | None = None
    """What it is asked until it answers, where it was stopped and not frozen."""

    @property
    def network(self) -> str:
        """The network in which its entry is reached."""
        return f"{self.project}_{self.network_name}"

    @property
    def containers(self) -> list[tuple[str, Container]]:
        """Every container with its service, in the order of the tiers."""
        return [(service, one) for service in self.services for one in self.of(service)]

    def of(self, service: str) -> tuple[Container, ...]:
        """The containers of a service."""
        return (self.services[service], *self.replicas.get(service, ()))

    @property
    def url(self) -> str:
        """Where the load container reaches the stack, inside its own network."""
        entry = self.stack.entry
        return f"{entry.scheme}://{entry.service}:{entry.port}"

    @property
    def published_url(self) -> str:
        """Where the lab itself reaches it, on the loopback."""
        return ports.url(self.port, self.stack.entry.scheme)

    def freeze(self) -> None:
        """Stop the stack's clock: it uses no CPU until it is thawed. Raises LabError as `_each` does.

        A stack that does not bear that is stopped.
        """
        if self.stack.pausable:
            _each(self.containers, lambda container: container.pause(), "frozen")
        else:
            _each(self.containers, lambda container: container.stop(timeout=STOP_S), "stopped")

    def thaw(self) -> None:
        """Let the stack go on, the innermost tier first, so that nobody asks one that is still frozen.

        Raises LabError as `_each` does.
        """
        if self.stack.pausable:
            _each(self.containers[::-1], lambda container: container.unpause(), "thawed")
            return
        _each(self.containers[::-1], lambda container: container.start(), "started")
        if self.ready is not None and not wait_until(self._answers, deadline_s=self.stack.start_within_s):
            raise LabError(f"{self.stack.name} was stopped for others and does not answer again")

    def _answers(self) -> bool:
        return self.ready is None or verify.ask(self.published_url, self.ready, timeout_s=ANSWER_S).ok

    @in_words()
    def restart(self) -> None:
        """Kill and start the stack's processes, the innermost tier first: what was queued is gone."""
        for _, container in self.containers[::-1]:
            container.restart(timeout=0)

    def usage(self) -> dict[str, Usage]:
        """CPU and memory of every service."""
        return {service: self.usage_of(service) for service in self.services}

    def usage_of(self, service: str) -> Usage:
        """The same of one service, all its containers together."""
        readings = [read_usage(container) for container in self.of(service)]
        return Usage(
            cpu_s=known.total(reading.cpu_s for reading in readings),
            memory_mib=known.total(reading.memory_mib for reading in readings),
            counted=cgroups.together([reading.counted for reading in readings]),
        )

    @in_words()
    def offer(self, command: Command, *, on_line: Callable[[str], None] = lambda _: None) -> str:
        """Run a load to its end in the load container, telling each line as it comes; returns all of them.

        Raises LabError if the load tool fails.
        """
        engine = self.load.client.api  # type: ignore[union-attr]
        execution = engine.exec_create(self.load.id, list(command.argv), environment=dict(command.environment))["Id"]
        lines: list[str] = []
        for line in whole_lines(engine.exec_start(execution, stream=True)):
            lines.append(line)
            on_line(line)
        if engine.exec_inspect(execution)["ExitCode"] != 0:
            raise LabError("the load tool failed", where="\n".join(lines).strip()[-500:])
        return "\n".join(lines)


def _each(services: Sequence[tuple[str, Container]], act: Callable[[Container], None], done: str) -> None:
    """Act on every container, also after one that has died: the others would run beside the rounds of other stacks.

    Raises one LabError for all that failed, EngineUnavailable at once.
    """
    failed: list[str] = []
    for service, container in services:
        try:
            with in_words():
                act(container)
        except EngineUnavailable:
            raise
        except LabError as error:
            failed.append(f"{service}: {error.where}")
    if failed:
        raise LabError(
            f"{len(failed)} of {len(services)} containers could not be {done}: a container has died",
            where="; ".join(failed),
        )


def whole_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines out of a stream that is cut anywhere."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if rest:
        yield rest.decode("utf-8", "replace")


@in_words()
def read_usage(container: Container) -> Usage:
    """One reading of the engine's statistics (the same source as `docker stats`), without its one-second wait."""
    return usage_told(cast(Stats, container.stats(stream=False, one_shot=True)))


def usage_told(stats: Stats) -> Usage:
    """The same, out of statistics that have been read."""
    used_ns = ((stats.get("cpu_stats") or {}).get("cpu_usage") or {}).get("total_usage")
    return Usage(
        cpu_s=None if used_ns is None else used_ns / 1e9, memory_mib=working_set_mib(stats), counted=_counted(stats)
    )


def _counted(stats: Stats) -> Counted:
    cpu = stats.get("cpu_stats") or {}
    used, throttled = cpu.get("cpu_usage") or {}, cpu.get("throttling_data") or {}
    networks = [one for one in (stats.get("networks") or {}).values() if one]
    return Counted(
        cpu_ns=used.get("total_usage"),
        user_ns=used.get("usage_in_usermode"),
        system_ns=used.get("usage_in_kernelmode"),
        throttled_ns=throttled.get("throttled_time"),
        peak_memory_bytes=(stats.get("memory_stats") or {}).get("max_usage"),
        received_bytes=sum(one["rx_bytes"] for one in networks) if networks else None,
        sent_bytes=sum(one["tx_bytes"] for one in networks) if networks else None,
    )


def working_set_mib(stats: Stats) -> float | None:
    """Memory in use less the page cache that the kernel could drop, as `docker stats` shows it; None if not told."""
    memory = stats.get("memory_stats") or {}
    if "usage" not in memory:
        return None
    detail = memory.get("stats") or {}
    inactive = detail.get("total_inactive_file", detail.get("inactive_file", 0))  # cgroup v1, else v2
    return float(max(memory["usage"] - inactive, 0)) / 2**20


def wait_until(condition: Callable[[], bool], *, deadline_s: float, every_s: float = 0.01) -> bool:
    """Ask until the condition holds or the time is up; returns whether it held."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(every_s)
    return True
