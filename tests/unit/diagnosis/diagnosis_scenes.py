"""Stacks under load as `lab why` sees them: each test says only what is out of the ordinary."""

from collections.abc import Callable, Mapping
from typing import Any

from lab.model import ErrorCounts, Latency
from lab.model.evidence import Course, Evidence, Files, Link, Look, Sockets, Task, TierLook, Traits

LOOKS_AT_S = tuple(number / 4 for number in range(13))
COUNTERS = dict.fromkeys(
    ("ListenOverflows", "ListenDrops", "ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets"), 0
)
CALM = Latency(mean=100, p50=100, p90=110, p99=120, p999=130, max=140)
Seen = TierLook | Callable[[float], TierLook]
"""A tier that stays as it is, or what it is at a moment."""


def make_task(pid: int = 10, *, tid: int | None = None, call: str | None = "epoll_wait", **changes: Any) -> Task:
    return Task(pid=pid, tid=tid or pid, call=call, **{"state": "S" if call else "R", **changes})


def make_sockets(*, towards: Mapping[str, Link] | None = None, **changes: int) -> Sockets:
    given = {"listening": 1, "to_accept": 0, "accepted": 0, "unread": 0, "hung_up": 0}
    return Sockets(towards=towards or {}, **given | changes)


def make_tier(*, counters: Mapping[str, int] | None = None, **changes: Any) -> TierLook:
    given: dict[str, Any] = {
        "running": True,
        "tasks": (make_task(),),
        "sockets": make_sockets(),
        "files": Files(pid=10, open=20, limit=1000),
        "cpu_s": 0.0,
        "throttled_s": 0.0,
        "memory_mib": 50.0,
        "limit_mib": 1000.0,
    }
    return TierLook(counters={**COUNTERS, **(counters or {})}, **given | changes)


def make_course(**changes: Any) -> Course:
    """A hundred requests a second for three seconds, all answered at once."""
    given: dict[str, Any] = {
        "rate": 100.0,
        "duration_s": 3.0,
        "offered": 300,
        "answered": 300,
        "dropped": 0,
        "errors": ErrorCounts(),
        "refusals": {},
        "under_way": (10,) * 30,
        "answers": (10,) * 30,
        "failed_first_s": None,
        "latency": CALM,
        "lag_p50_ms": 0.1,
        "generator_share": 0.05,
    }
    return Course(**given | changes)


CROWDED = make_course(under_way=tuple(range(0, 240, 8)), answers=(2,) * 30)
"""Requests come faster than they go."""


def make_observed(
    *,
    course: Course | None = None,
    at_rest: Mapping[str, TierLook] | None = None,
    traits: Mapping[str, Traits] | None = None,
    alone_s: float = 0.1,
    cores: int = 1,
    **tiers: Seen,
) -> Evidence:
    seen: Mapping[str, Seen] = tiers or {"app": make_tier()}
    looks = tuple(
        Look(at_s=at_s, tiers={name: tier(at_s) if callable(tier) else tier for name, tier in seen.items()})
        for at_s in LOOKS_AT_S
    )
    resting = {name: make_tier() for name in seen} | dict(at_rest or {})
    return Evidence(
        tiers=tuple(seen),
        cores=cores,
        alone_s=alone_s,
        course=course or make_course(),
        at_rest=Look(at_s=-1.0, tiers=resting),
        looks=looks,
        traits={name: Traits() for name in seen} | dict(traits or {}),
    )


def sleeping(*, workers: int, call: str = "clock_nanosleep", peer: str = "", **changes: Any) -> TierLook:
    """Workers that all wait in the middle of a request."""
    tasks = tuple(make_task(100 + number, call=call, peer=peer) for number in range(workers))
    return make_tier(tasks=tasks, **changes)


def resting(*, workers: int, call: str = "accept4") -> TierLook:
    """The same workers with nothing to do."""
    return make_tier(tasks=tuple(make_task(100 + number, call=call) for number in range(workers)))


SLOTS = make_observed(
    course=CROWDED,
    at_rest={"app": resting(workers=4)},
    proxy=make_tier(),
    app=sleeping(workers=4, sockets=make_sockets(accepted=4, to_accept=80)),
)
"""Four workers behind a proxy, all of which wait."""
