"""What `lab top` sees of a stack: two readings of counters, and what they say of the time between. Unknown is None."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWord:
    """What a tier itself tells at the address that its label `lab.metrics` names."""

    requests: float | None = None
    """Answered since it started; those of operators (/metrics, /live, /ready) are left out where it tells routes."""
    errors: float | None = None
    """Of these, with a status of 500 or above."""
    pool_wait_s: float | None = None
    """For which requests have waited for a connection to a database, all together."""
    finished: float | None = None
    """Orders that a worker has finished since it started, the rejected ones among them."""
    queued: float | None = None
    """Orders that wait for a worker."""
    queued_for_s: float | None = None
    """For how long the oldest of them has waited."""
    silent: tuple[str, ...] = ()
    """The stores that it does not ask, since they did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReading:
    """One tier at one moment; of several containers the sum."""

    at_s: float = 0.0
    """When its counters stood so: a store that is silent holds up the reading of the tiers that come later."""
    state: str = "running"
    """As the engine calls it; of several containers the first that does not run."""
    cpu_ns: int | None = None
    memory_bytes: int | None = None
    limit_bytes: int | None = None
    """Above which the kernel kills; None for no limit."""
    at_the_door: int | None = None
    """Connections and requests that no process of it has read yet."""
    connections: int | None = None
    """That a process of it has taken."""
    told: OwnWord = field(default_factory=OwnWord)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReading:
    """All tiers, each at a moment of its own."""

    tiers: Mapping[str, TierReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierVitals:
    """What a tier did between two readings, and how it was at the second."""

    tier: str
    state: str
    cpu_cores: float | None
    memory_mib: float | None
    limit_mib: float | None
    requests_per_s: float | None
    errors_per_s: float | None
    waiting: float | None
    """At its door, in the mean for a connection of its pool, and in its queue."""
    connections: int | None
    notes: tuple[str, ...]
