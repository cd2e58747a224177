"""What the kernel counted beside a load: what each tier used, who else ran on its cores, and how fast these were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class TierUse:
    """What one service used in a round; None for what neither the kernel nor the engine tells."""

    cpu_ns: int | None = None
    user_ns: int | None = None
    system_ns: int | None = None
    throttled_ns: int | None = None
    """For how long its CPU quota kept it from running, summed over its cores."""
    voluntary_switches: int | None = None
    """Of the threads that were alive at the end: they waited for something. Likewise the next."""
    involuntary_switches: int | None = None
    """Others took the core."""
    peak_memory_bytes: int | None = None
    """The most it ever held, page cache included: of the round where the peak can be set back (as root, cgroup v1),
    else since its container started."""
    oom_kills: int | None = None
    """Processes that the kernel killed for want of memory."""
    received_bytes: int | None = None
    sent_bytes: int | None = None
    pressure_us: Mapping[str, int] | None = None
    """`cpu`, `memory` and `io` → for how long some of its threads waited for it; only where control groups have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCpu:
    """CPU time of the stack's cores, in the counted part of a round, that no container of the run used."""

    capacity_s: float
    """Seconds × cores."""
    unexplained_s: float
    idle_share: float
    """Of the cores, what was used so while all stacks were frozen: the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreSpeed:
    """How fast the stack's cores did fixed work in some seconds: pieces of it for a second of CPU time."""

    readings: tuple[float, ...] = field(default=())

    @property
    def median(self) -> float | None:
        """The middle reading; None where there is none."""
        return median(self.readings) if self.readings else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRange:
    """Readings of the core speed in short: the middle one and the ends, in pieces of work for a second of CPU time."""

    median: float
    low: float
    high: float
    readings: int

    @property
    def spread(self) -> float:
        """The fastest over the slowest."""
        return self.high / self.low


def speed_range(readings: tuple[float, ...]) -> SpeedRange | None:
    """The range of some readings; None where there are none."""
    if not readings:
        return None
    return SpeedRange(median=median(readings), low=min(readings), high=max(readings), readings=len(readings))
