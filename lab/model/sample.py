"""What is measured of a cell: samples of rounds in turn, of footprints, and of duets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.accounting import CoreSpeed, ForeignCpu, TierUse
from lab.model.round import ErrorCounts, HostCpu, LoadResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FootprintSample:
    """What a stack takes up, once: brought up from nothing, started again, and left alone."""

    cold_start_s: float
    """From `docker compose up`, with no container or network there and nothing in the page cache that the lab
    could drop, to the first correct answer."""
    warm_start_s: float
    """From starting the stopped containers again to the first correct answer."""
    idle_mib: Mapping[str, float | None]
    """Service → working set after a rest without requests; None where the engine does not tell."""
    processes: Mapping[str, int]
    """Service → processes, without the tiny init."""
    rebuild_s: float
    """To build the application's image again after one line of its source has changed."""
    cache_dropped: bool = False
    """Whether the lab could drop the page cache before the cold start: it takes root on the engine's host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What became of work that was accepted and not done, while a round counted."""

    finished: int
    seconds: float
    """In which they were finished: from when the ramp was over to when the load was."""
    waiting: int
    """Accepted and not finished, in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured round of one cell, as it is journalled."""

    cell: str
    round: int
    started_at: str
    result: LoadResult
    cpu_s: Mapping[str, float | None]
    """Service → CPU seconds used during the round; None, here and below, where the engine does not tell."""
    steady_cpu_s: Mapping[str, float | None]
    """Service → CPU seconds used between the end of the ramp and the end of the load."""
    load_cpu_s: float | None
    memory_mib: Mapping[str, float | None]
    """Service → highest working set seen during the round."""
    host: HostCpu
    footprint: FootprintSample | None = None
    use: Mapping[str, TierUse] = field(default_factory=dict)
    """Service → what it used in the round, as finely as the kernel counts."""
    foreign: ForeignCpu | None = None
    """What else ran on the stack's cores; None where the kernel does not tell."""
    load_thread_share: float | None = None
    """Of a core, what the busiest thread of the load used; None where it could not be watched."""
    core_speed: CoreSpeed = field(default_factory=CoreSpeed)
    """Of the counted part of the round."""
    backlog: Backlog | None = None
    """Where answers say that the work is kept for later, and a tier tells what became of it."""
    set_aside: str = ""
    """Why the round was measured again, if it was: then this one counts for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuetSlice:
    """Some time in which two stacks worked side by side: CPU seconds of each service for a second of it."""

    seconds: float
    cpu: Mapping[str, float]
    """Service of the row → CPU seconds for each second."""
    reference_cpu: Mapping[str, float]

    @property
    def total(self) -> float:
        """Of all services of the row."""
        return sum(self.cpu.values())

    @property
    def reference_total(self) -> float:
        """Of all services of the reference."""
        return sum(self.reference_cpu.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DuetSample:
    """One row and its reference, up at the same time on the same cores, each asked `rate` times a second."""

    cell: str
    reference: str
    """The key of the other cell."""
    number: int
    started_at: str
    rate: float
    first: Literal["cell", "reference"]
    """Who was asked first, by the load container of whom; they take turns."""
    slices: tuple[DuetSlice, ...]
    requests: int
    """Due in the counted part, of each of the two."""
    missing: int
    """Of both together: not sent, not answered, or answered wrongly."""
    errors: ErrorCounts
    """Of both together."""
    load_cpu_s: float | None
    core_speed: CoreSpeed = field(default_factory=CoreSpeed)
    """While its slices were counted."""
    idle: bool = False
    """Whether it is one of those at a low rate, which both serve idly."""
    foreign: ForeignCpu | None = None
    """What else ran on the cores while its slices were counted; None where the kernel does not tell."""
    set_aside: str = ""
    """Why the turn was played again, if it was: then this one counts for nothing."""
