"""Figures that several rules need, derived from looks."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf
from statistics import median

from lab.model.evidence import Evidence, Look, Sockets, Task, TierLook

LATE_SHARE = 0.4
"""Of the load's duration: looks after it show a stack that has filled up."""
AWAKE_SHARE = 0.9
"""Of its time, in which a thread that never sleeps ran or could have run."""
AS_LATER = 0.8
"""Of the CPU that is used later: so much makes a beginning."""
RUNNING = "R"
EPOLL = "epoll"
ACCEPT = "accept"
"""Who waits there waits for whoever comes next, as in epoll."""
LOCK = "futex"
"""A thread that waits for another one: a pool's when it rests, too."""


def late(observed: Evidence) -> list[Look]:
    """The looks at a stack that has filled up."""
    after_s = LATE_SHARE * observed.course.duration_s
    return [look for look in observed.looks if look.at_s >= after_s]


def seen(observed: Evidence, tier: str) -> list[TierLook]:
    """A tier in the late looks, as long as it ran."""
    return [look.tiers[tier] for look in late(observed) if look.tiers[tier].running]


def middle(observed: Evidence, tier: str, read: Callable[[TierLook], float | None]) -> float | None:
    """The median of a figure over the late looks; None where it was never seen."""
    found = [value for look in seen(observed, tier) if (value := read(look)) is not None]
    return median(found) if found else None


def of_sockets(observed: Evidence, tier: str, read: Callable[[Sockets], float]) -> float:
    """The median of a figure of the sockets; 0 where they are not seen, for nothing can be said of them then."""
    found = middle(observed, tier, lambda look: None if look.sockets is None else read(look.sockets))
    return found or 0.0


def since_s(observed: Evidence, tier: str, holds: Callable[[TierLook], bool]) -> float | None:
    """When something was first seen of a tier; None if never."""
    return next((look.at_s for look in observed.looks if holds(look.tiers[tier])), None)


def grown(observed: Evidence, tier: str, counter: str) -> int:
    """By how much a counter of the kernel grew from rest to the last look; 0 where it is not told."""
    before = observed.at_rest.tiers[tier].counters.get(counter)
    values = [found for look in observed.looks if (found := look.tiers[tier].counters.get(counter)) is not None]
    return values[-1] - before if before is not None and values else 0


def grown_since_s(observed: Evidence, tier: str, counter: str) -> float:
    """When that counter was first higher than at rest."""
    before = observed.at_rest.tiers[tier].counters.get(counter, 0)
    found = since_s(observed, tier, lambda look: look.counters.get(counter, before) > before)
    return found if found is not None else 0.0


def per_second(observed: Evidence, tier: str, read: Callable[[TierLook], float | None]) -> float | None:
    """By how much a total grew each second of the late looks."""
    points = [
        (look.at_s, value)
        for look in late(observed)
        if look.tiers[tier].running and (value := read(look.tiers[tier])) is not None
    ]
    if len(points) < 2 or points[-1][0] == points[0][0]:  # noqa: PLR2004 - a difference has two ends
        return None
    return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])


def cores_used(observed: Evidence, tier: str) -> float:
    """How many cores a tier used; 0 where it is not told."""
    return per_second(observed, tier, lambda look: look.cpu_s) or 0.0


def used_since_s(observed: Evidence, *tiers: str) -> float:
    """When these tiers first used about as much CPU as they did later; the first late look where that is not told."""
    usual = sum(cores_used(observed, tier) for tier in tiers)
    for before, after in pairwise(observed.looks):
        used = [(before.tiers[tier].cpu_s, after.tiers[tier].cpu_s) for tier in tiers]
        spent_s = sum(then - now for now, then in used if now is not None and then is not None)
        if usual and spent_s >= AS_LATER * usual * (after.at_s - before.at_s):
            return before.at_s
    return late(observed)[0].at_s if late(observed) else 0.0


def answered_per_s(observed: Evidence) -> float:
    """How many answers came each second, right or wrong ones, once the stack had filled up."""
    tenths = _late_tenths(observed.course.answers)
    return sum(tenths) / (len(tenths) / 10) if tenths else 0.0


def _late_tenths(figures: Sequence[int]) -> Sequence[int]:
    """Of a figure for each tenth of a second: those in which the stack had filled up."""
    return figures[round(LATE_SHARE * len(figures)) :]


def cores_needed(observed: Evidence, tier: str) -> float:
    """How many cores a tier would use at this rate, by what an answer cost it; infinitely many without an answer."""
    per_s = answered_per_s(observed)
    return cores_used(observed, tier) / per_s * observed.course.rate if per_s else inf


def processes(observed: Evidence, tier: str) -> list[set[int]]:
    """Those of a tier in each look."""
    return [{task.pid for task in look.tiers[tier].tasks or ()} for look in observed.looks]


def awake(observed: Evidence, tier: str) -> list[tuple[Task, float]]:
    """The threads that never slept while the stack was full, each with the share of the time that it ran."""
    first: dict[tuple[int, int], tuple[float, Task]] = {}
    last: dict[tuple[int, int], tuple[float, Task]] = {}
    for look in late(observed):
        for task in look.tiers[tier].tasks or ():
            first.setdefault((task.pid, task.tid), (look.at_s, task))
            last[task.pid, task.tid] = (look.at_s, task)
    return [*_awake(first, last)]


def _awake(
    first: dict[tuple[int, int], tuple[float, Task]], last: dict[tuple[int, int], tuple[float, Task]]
) -> Iterator[tuple[Task, float]]:
    longest_s = max((last[key][0] - first[key][0] for key in first), default=0.0)
    for key, (began_s, before) in first.items():
        ended_s, after = last[key]
        span_s = ended_s - began_s
        # One that came late or went early was not at work all the time.
        if span_s and span_s == longest_s:
            ran_s, waited_s = after.cpu_s - before.cpu_s, after.waited_s - before.waited_s
            if ran_s + waited_s >= AWAKE_SHARE * span_s:
                yield after, ran_s / span_s


def serving(observed: Evidence, tier: str, look: TierLook) -> list[Task]:
    """Threads that are in the middle of a request: they run, or wait in another call than at rest.

    Go moves its work between threads, and an event loop serves many at once: theirs tell nothing.
    """
    if "go" in observed.traits[tier].parts:
        return []
    resting, loop = observed.at_rest.tiers[tier].tasks or (), loops(observed, tier)
    known = {(task.pid, task.tid) for task in resting}
    return [
        task
        for task in look.tasks or ()
        if (task.pid, task.tid) not in loop
        and (
            task.state == RUNNING
            or (
                task.call is not None
                and task.call not in _calls_at_rest(resting, task.pid)
                and not (task.call == LOCK and (task.pid, task.tid) not in known)
            )
        )
    ]


def parked(observed: Evidence, tier: str, look: TierLook) -> int:
    """Threads that wait for another one, in processes that have some in the middle of a request."""
    busy = {task.pid for task in serving(observed, tier, look)}
    return sum(task.pid in busy and task.call == LOCK for task in look.tasks or ())


def taking_turns(observed: Evidence, tier: str) -> list[float]:
    """Of each process whose threads together always wanted a core: the share of the time in which they ran.

    So it is with those of Python, one of which holds the interpreter's lock while the others wait for it.
    """
    threads: dict[int, dict[int, list[tuple[float, Task]]]] = {}
    for look in late(observed):
        for task in look.tiers[tier].tasks or ():
            threads.setdefault(task.pid, {}).setdefault(task.tid, []).append((look.at_s, task))
    found = [_together([*series.values()]) for series in threads.values() if len(series) > 1]
    return [ran for ran, wanted in found if wanted >= AWAKE_SHARE]


def _together(threads: list[list[tuple[float, Task]]]) -> tuple[float, float]:
    """The shares of the time in which the threads of a process ran, and in which they ran or could have run."""
    moments = [at_s for series in threads for at_s, _ in series]
    span_s = max(moments) - min(moments)
    ends = [(series[0][1], series[-1][1]) for series in threads]
    ran_s = sum(last.cpu_s - first.cpu_s for first, last in ends)
    waited_s = sum(last.waited_s - first.waited_s for first, last in ends)
    return (ran_s / span_s, (ran_s + waited_s) / span_s) if span_s else (0.0, 0.0)


def loops(observed: Evidence, tier: str) -> set[tuple[int, int]]:
    """Process and thread of each event loop: it rests in epoll."""
    return {
        (task.pid, task.tid)
        for task in observed.at_rest.tiers[tier].tasks or ()
        if task.call and task.call.startswith(EPOLL)
    }


def _calls_at_rest(resting: Sequence[Task], pid: int) -> set[str]:
    """Those that a process waits in when it has nothing to do; of one that is new, its neighbours'."""
    own = {task.call for task in resting if task.pid == pid and task.call}
    return own or {task.call for task in resting if task.call}


def under_way(observed: Evidence) -> float:
    """How many requests were under way in the middle of the time in which the stack was full."""
    full = _late_tenths(observed.course.under_way)
    return median(full) if full else 0.0


def under_way_then(observed: Evidence) -> tuple[float, float]:
    """How many requests were under way at the beginning and at the end of that time: of a fifth of it each."""
    full = _late_tenths(observed.course.under_way)
    fifth = max(len(full) // 5, 1)
    return (median(full[:fifth]), median(full[-fifth:])) if full else (0.0, 0.0)


def inside(observed: Evidence, tier: str) -> float:
    """Requests that have come as far as a tier: all of them at the entry, elsewhere one for each connection at most."""
    before = observed.tiers[: observed.tiers.index(tier)]
    if not before:
        return under_way(observed)
    links = sum(_open(observed, outer, tier) for outer in before)
    return min(under_way(observed), links)


def _open(observed: Evidence, outer: str, inner: str) -> float:
    return of_sockets(observed, outer, lambda found: found.towards[inner].open if inner in found.towards else 0)


def taken_in(observed: Evidence, tier: str) -> float:
    """Requests that a tier has read and not answered."""
    read = of_sockets(observed, tier, lambda found: found.in_hand)
    return min(inside(observed, tier), read)
