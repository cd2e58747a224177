"""Looks at all tiers of a stack, some times a second, for as long as a load lasts."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from docker.models.containers import Container

from lab.errors import LabError
from lab.host.machine import cpu_list
from lab.measure.evidence import engine, files, said, sockets, tasks, traits
from lab.model.evidence import Look, Said, TierLook, Traits

LOOK_EVERY_S = 0.25
BLIND_TO_CALLS = "in which system calls threads wait: only root sees that"
BLIND_TO_FILES = "how many files and sockets are open: only root sees that"
BLIND_TO_LOGS = "what a tier writes to its log: the engine keeps none of it"
BLIND_TO_PROCESSES = "the containers' processes: they are not this system's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The containers of a stack, by tier."""

    containers: Mapping[str, Container]
    pids: dict[str, int] = field(default_factory=dict)
    """Tier → its container's first process, as of the first look."""
    addresses: dict[str, str] = field(default_factory=dict)
    """Address → tier."""
    cpus: set[int] = field(default_factory=set)
    """The cores that the containers are pinned to; empty if they are not."""

    @classmethod
    def of(cls, containers: Mapping[str, Container], everywhere: Iterable[tuple[str, Container]]) -> "Watched":
        """Find out where the processes of each container are, and the addresses of all. Raises LabError."""
        watched = cls(containers=containers)
        for tier, container in everywhere:
            container.reload()
            watched.pids.setdefault(tier, int(container.attrs["State"]["Pid"]))
            for network in container.attrs["NetworkSettings"]["Networks"].values():
                watched.addresses[network["IPAddress"]] = tier
            watched.cpus.update(cpu_list(container.attrs["HostConfig"].get("CpusetCpus") or ""))
        return watched

    def look(self, *, at_s: float) -> Look:
        """All tiers, one after the other. Raises EngineUnavailable."""
        return Look(at_s=at_s, tiers={tier: self._tier(tier) for tier in self.containers})

    def _tier(self, tier: str) -> TierLook:
        told = engine.ask(self.containers[tier])
        if not told.running:
            return TierLook(running=False, killed_for_memory=told.killed_for_memory)
        pid = self.pids[tier]
        rows = sockets.table(pid)
        others = {address: name for address, name in self.addresses.items() if name != tier}
        pids = tasks.processes(pid)
        return TierLook(
            running=True,
            tasks=tasks.read(pids, sockets.peers(rows or [], others)) or None,
            sockets=None if rows is None else sockets.summed(rows, others),
            counters=sockets.counters(pid),
            files=files.fullest(pids),
            cpu_s=told.cpu_s,
            throttled_s=told.throttled_s,
            memory_mib=told.memory_mib,
            limit_mib=told.limit_mib,
            killed_for_memory=told.killed_for_memory,
        )

    def traits(self) -> dict[str, Traits]:
        """What each tier is made of."""
        return {
            tier: traits.read(tasks.processes(self.pids[tier]), container.attrs["HostConfig"].get("Sysctls") or {})
            for tier, container in self.containers.items()
        }

    def said(self, *, since: float) -> dict[str, tuple[Said, ...] | None]:
        """What each tier wrote of limits since a moment, in seconds since 1970; None where its log is not kept."""
        return {tier: said.read(container, since=since) for tier, container in self.containers.items()}


def blind(look: Look) -> tuple[str, ...]:
    """What a look at a stack at rest did not see, in words."""
    tiers = [tier for tier in look.tiers.values() if tier.running]
    if any(not tier.tasks for tier in tiers):
        return (BLIND_TO_PROCESSES,)
    words = []
    if any(all(task.call is None for task in tier.tasks or ()) for tier in tiers):
        words.append(BLIND_TO_CALLS)
    if any(tier.files is None for tier in tiers):
        words.append(BLIND_TO_FILES)
    return tuple(words)


class Looks:
    """The looks of one load so far."""

    def __init__(self, watched: Watched) -> None:
        self.taken: list[Look] = []
        self._watched = watched
        self._over = threading.Event()
        self._failed: LabError | None = None

    def end(self) -> None:
        """The load is over: what is seen from now on is its end."""
        self._over.set()

    def all(self) -> Iterator[Look]:
        """Those that were taken. Raises LabError if the engine stopped telling."""
        if self._failed is not None:
            raise self._failed
        yield from self.taken

    def watch(self) -> None:
        """Look until the load is over."""
        began = time.monotonic()
        try:
            while not self._over.is_set():
                self.taken.append(self._watched.look(at_s=time.monotonic() - began))
                self._over.wait(LOOK_EVERY_S)
        except LabError as error:
            self._failed = error


@contextmanager
def watching(watched: Watched) -> Iterator[Looks]:
    """Take looks while the block runs, or until it says that the load is over."""
    looks = Looks(watched)
    thread = threading.Thread(target=looks.watch, name="looks", daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        looks.end()
        thread.join()
