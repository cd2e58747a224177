"""A reading of a stack that is up: control groups, sockets, and what the tiers tell of themselves."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from lab.deploy import stack_up
from lab.engine import inventory
from lab.engine.client import connect, in_words
from lab.errors import LabError
from lab.figures import known
from lab.figures.vitals import RUNNING
from lab.host import cgroups
from lab.measure import own_word, rig
from lab.measure.evidence import sockets
from lab.model.evidence import Sockets
from lab.model.vitals import OwnWord, StackReading, TierReading

BYTES_PER_MIB = 2**20


@contextmanager
def looking(target: str) -> "Iterator[tuple[str, Looker]]":
    """The name of a stack that is up, and who looks at it. Raises UnknownName if it is not up, EngineUnavailable."""
    with connect() as client:
        running = stack_up.find(client, target)
        yield running.target, Looker(client, running.project)


class Looker:
    """Looks at the containers of one project, again and again."""

    def __init__(self, client: DockerClient, project: str) -> None:
        self._client = client
        self._project = project
        self._asked: dict[str, int] = {}
        """Container → how often its page was asked for: Nginx counts that, too."""

    @in_words()
    def read(self) -> StackReading:
        """All tiers now. Raises LabError where there is none any more, EngineUnavailable."""
        first = inventory.containers_of(self._client, self._project)
        if not first:
            raise LabError(f"{self._project} is no longer up")
        replicas = inventory.replicas_of(self._client, self._project)
        containers = {tier: (one, *replicas.get(tier, ())) for tier, one in first.items() if not _has_ended_well(one)}
        addresses = {address: tier for tier, several in containers.items() for address in own_word.addresses(several)}
        tiers = {
            tier: summed([self._container(one, tier, addresses) for one in several])
            for tier, several in sorted(containers.items())
        }
        return StackReading(tiers=tiers)

    def _container(self, container: Container, tier: str, addresses: Mapping[str, str]) -> TierReading:
        state = container.attrs["State"]
        limit = container.attrs["HostConfig"].get("Memory") or None
        if state["Status"] != RUNNING:
            return TierReading(at_s=time.monotonic(), state=str(state["Status"]), limit_bytes=limit)
        found = _at_the_door(int(state["Pid"]), {at: name for at, name in addresses.items() if name != tier})
        cpu_ns, memory_bytes = _used(container)
        at_s = time.monotonic()  # its page is as it counts when it is asked, and may take a second to come
        return TierReading(
            at_s=at_s,
            cpu_ns=cpu_ns,
            memory_bytes=memory_bytes,
            limit_bytes=limit,
            at_the_door=found.queue if found else None,
            connections=found.accepted if found else None,
            told=self._told(container),
        )

    def _told(self, container: Container) -> OwnWord:
        """What it says at the address of its label; nothing where there is none, or no answer."""
        asked = self._asked.get(str(container.id), 0)
        self._asked[str(container.id)] = asked + 1
        return own_word.ask(container, asked_before=asked) or OwnWord()


def summed(parts: Sequence[TierReading]) -> TierReading:
    """The containers of one tier together; what is unknown of one is unknown of all."""
    if len(parts) == 1:
        return parts[0]
    told = [part.told for part in parts]
    running = [part.state for part in parts if part.state != RUNNING]
    return TierReading(
        at_s=fmean(part.at_s for part in parts),
        state=running[0] if running else RUNNING,
        cpu_ns=_whole(known.total(part.cpu_ns for part in parts)),
        memory_bytes=_whole(known.total(part.memory_bytes for part in parts)),
        limit_bytes=_whole(known.total(part.limit_bytes for part in parts)),
        at_the_door=_whole(known.total(part.at_the_door for part in parts)),
        connections=_whole(known.total(part.connections for part in parts)),
        told=replace(
            told[0],  # of a queue that all share, each tells the whole
            requests=known.total(one.requests for one in told),
            errors=known.total(one.errors for one in told),
            pool_wait_s=known.total(one.pool_wait_s for one in told),
            silent=tuple(sorted({store for one in told for store in one.silent})),
        ),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _has_ended_well(container: Container) -> bool:
    """Whether it was a job, which is done."""
    state: Mapping[str, Any] = container.attrs["State"]
    return bool(state["Status"] == "exited" and state["ExitCode"] == 0)


def _at_the_door(pid: int, others: Mapping[str, str]) -> Sockets | None:
    rows = sockets.table(pid)
    return None if rows is None else sockets.summed(rows, others)


def _used(container: Container) -> tuple[int | None, int | None]:
    """CPU time in ns and memory in bytes, by the kernel; by the engine where the lab does not see its control group."""
    group = cgroups.find(str(container.id))
    cpu_ns, memory_bytes = (group.cpu_ns(), group.memory_bytes()) if group else (None, None)
    if cpu_ns is not None and memory_bytes is not None:
        return cpu_ns, memory_bytes
    usage = rig.read_usage(container)
    return usage.counted.cpu_ns, _whole(None if usage.memory_mib is None else usage.memory_mib * BYTES_PER_MIB)
