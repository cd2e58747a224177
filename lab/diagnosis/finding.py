"""What a rule finds, and which finding explains which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Cause = Literal[
    "memory",
    "throttling",
    "max-connections",
    "restarts",
    "reconnects",
    "cpu",
    "blocking-async",
    "blocking-gevent",
    "pool",
    "lock",
    "worker-timeout",
    "slots",
    "contention",
    "files",
    "connections",
    "ports",
    "keep-alive",
    "accept-queue",
    "refused",
    "time-out",
    "configured-limit",
    "neighbours",
    "load",
]
"""From what explains most to what explains least."""
CAUSES: tuple[Cause, ...] = get_args(Cause)

_QUEUES: frozenset[Cause] = frozenset({"files", "connections", "accept-queue", "time-out"})
"""What follows where requests wait."""
_SLOW: frozenset[Cause] = _QUEUES | {"pool", "lock", "slots", "contention", "worker-timeout"}
"""What follows where all take longer."""
EXPLAINS: Mapping[Cause, frozenset[Cause]] = {
    "memory": _SLOW | {"cpu", "refused", "keep-alive", "restarts", "configured-limit"},
    "throttling": _SLOW | {"cpu", "blocking-async", "blocking-gevent"},
    "max-connections": frozenset({"keep-alive", "refused", "configured-limit"}),
    "restarts": _SLOW | {"cpu", "keep-alive", "refused"},
    "reconnects": _SLOW | {"cpu", "ports"},
    "cpu": _SLOW | {"keep-alive"},
    "blocking-async": _SLOW | {"keep-alive"},
    "blocking-gevent": _SLOW | {"keep-alive"},
    "pool": _QUEUES | {"lock", "slots", "contention", "worker-timeout"},
    "lock": _QUEUES | {"slots", "contention", "worker-timeout"},
    "slots": _QUEUES | {"contention"},
    "contention": _QUEUES,
    "worker-timeout": _QUEUES | {"slots", "contention", "keep-alive", "refused"},
    "files": frozenset({"keep-alive", "accept-queue", "refused", "time-out"}),
    "connections": frozenset({"keep-alive", "accept-queue", "refused", "time-out", "configured-limit"}),
    "configured-limit": frozenset(),
    "ports": frozenset({"refused", "time-out", "configured-limit"}),
    "keep-alive": frozenset({"configured-limit"}),
    "accept-queue": frozenset({"refused", "time-out", "configured-limit"}),
    "refused": frozenset({"time-out", "configured-limit"}),
    "time-out": frozenset({"configured-limit"}),
    "neighbours": frozenset(),
    "load": frozenset(),
}
"""Cause → what is a consequence of it, where both are found."""
TOLD_LATE: frozenset[Cause] = frozenset({"worker-timeout"})
"""They are told when they have lasted for a while: what follows from them may be seen before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """Something that gave way, with what was seen of it."""

    cause: Cause
    tier: str
    since_s: float
    """When it was first seen, since the load began."""
    evidence: tuple[str, ...]
    """Sentences with figures."""
    other: str = ""
    """The tier at the other end, where there is one."""
    at_once: int | None = None
    """Of slots, pools and contention: how many are in service, or open."""
    needed: int | None = None
    """Of slots and pools: how many would be busy at this rate."""
    for_client: bool = False
    """Of a blocked loop: whether what it waits for is the tier that asked it."""
    leaks: bool = False
    """Of memory and files: whether every request left some, so that more of it would only last longer."""
    cores_full: bool = False
    """Of CPU: whether all cores that there are have been used, so that more processes would share the same."""
