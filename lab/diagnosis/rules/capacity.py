"""What lets only so many requests be in service: workers and threads, a blocked event loop, a pool of connections."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from statistics import median, quantiles

from lab.diagnosis import facts
from lab.diagnosis.finding import Cause, Clue
from lab.diagnosis.symptoms import CROWD, FEW, asked, expected
from lab.figures.numbers import count_text, whole_text
from lab.model.evidence import Evidence, Task, TierLook

BLOCKED_SHARE = 0.5
"""Of the late looks, in which a loop that should wait for anybody waits for one."""
STEADY = 0.25
"""Of slots: so much may the middle half of the looks differ."""
WAITING_SHARE = 0.5
"""Of the threads at work, in the looks together: with fewer waiting they want CPU, not more of them."""
LOCKED = 1.0
"""Times as many threads as are at work wait for another thread: no accident of a moment."""
HEADROOM = 1.25
"""Over what is busy on average."""


def blocking(observed: Evidence) -> Iterator[Clue]:
    """An event loop waits inside a handler, and with it everybody."""
    for tier in observed.tiers:
        tasks = [(look.at_s, task) for look in facts.late(observed) for task in look.tiers[tier].tasks or ()]
        for key in sorted(facts.loops(observed, tier)):
            mine = [(at_s, task) for at_s, task in tasks if (task.pid, task.tid) == key]
            stuck = [task for _, task in mine if _is_stuck(task)]
            if mine and len(stuck) >= BLOCKED_SHARE * len(mine):
                yield _blocked(observed, tier, stuck, looks=len(mine))
                break  # its other processes are like it


def _is_stuck(task: Task) -> bool:
    return (
        task.state != facts.RUNNING
        and task.call is not None
        and not task.call.startswith((facts.EPOLL, facts.ACCEPT))
        and task.call != facts.LOCK
    )


def _blocked(observed: Evidence, tier: str, stuck: list[Task], *, looks: int) -> Clue:
    calls = sorted({task.call or "" for task in stuck})
    peers = sorted({task.peer for task in stuck if task.peer})
    parts = observed.traits[tier].parts
    cause: Cause = "blocking-gevent" if parts & {"gevent", "eventlet"} else "blocking-async"
    key = stuck[0].pid, stuck[0].tid
    began_s = next(
        look.at_s
        for look in observed.looks
        if any((task.pid, task.tid) == key and _is_stuck(task) for task in look.tiers[tier].tasks or ())
    )
    whom = f" for {' and '.join(peers)}" if peers else ""
    behind = [peer for peer in peers if peer in observed.tiers[observed.tiers.index(tier) :]]
    for_client = bool(peers) and not behind
    whose = ", which asked it," if for_client else ""
    return Clue(
        cause=cause,
        tier=tier,
        since_s=began_s,
        other=next(iter(behind or peers), ""),
        for_client=for_client,
        evidence=(
            (
                f"In {len(stuck)} of {looks} looks the event loop of {tier} waited{whom}{whose} "
                f"in {' or '.join(calls)}, not in epoll for whoever comes next: nobody else is served meanwhile."
            ),
            *_idle(observed, tier),
        ),
    )


def pool(observed: Evidence) -> Iterator[Clue]:
    """A tier has taken more requests in than it has connections to the next one, and opens no more."""
    for place, tier in enumerate(observed.tiers):
        if "nginx" in observed.traits[tier].parts:
            continue  # it opens as many as it wants
        for inner in observed.tiers[place + 1 :]:
            found = [
                look.sockets.towards[inner].open
                for look in facts.seen(observed, tier)
                if look.sockets is not None and inner in look.sockets.towards
            ]
            inside = facts.taken_in(observed, tier)
            if not found or min(found) < 1 or max(found) - min(found) > 1:
                continue
            at_once = round(median(found))
            if inside >= CROWD * at_once + FEW and not facts.of_sockets(observed, inner, lambda one: one.queue):
                yield _pool(observed, tier, inner, at_once=at_once, inside=inside)


def _pool(observed: Evidence, tier: str, inner: str, *, at_once: int, inside: float) -> Clue:
    began_s = facts.since_s(
        observed, tier, lambda look: look.sockets is not None and look.sockets.accepted >= CROWD * at_once + FEW
    )
    needed = _needed(observed)
    return Clue(
        cause="pool",
        tier=tier,
        other=inner,
        since_s=began_s or 0.0,
        at_once=at_once,
        needed=needed if needed > at_once else None,
        evidence=(
            (
                f"{tier} had {count_text(at_once, 'connection')} to {inner} in every look, and had taken in "
                f"{whole_text(round(inside))} requests: the others wait inside of {tier}."
            ),
            *_idle(observed, tier, inner),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Full:
    """A tier that has only so many requests in service, while more wait."""

    tier: str
    at_once: int
    tasks: list[Task]
    """Those in the middle of a request, in all looks."""
    queue: float
    free: int
    """Of those in the middle of a request, how many wait for no other thread."""
    held: int
    """Threads that have read a request and wait for another thread."""
    behind: Mapping[str, int]
    """Tier behind this one → how many of `tasks` wait for it."""

    @property
    def is_locked(self) -> bool:
        """Whether more wait for a thread than are at work, so that more threads would wait with them."""
        return self.held >= max(FEW, LOCKED * self.free)

    @property
    def other(self) -> str:
        """The first tier behind this one that is waited for."""
        return min(self.behind, default="")

    def waits_in(self, *, but: str = "") -> str:
        """For whom, and in which calls."""
        calls = sorted({task.call for task in self.tasks if task.call and task.call != but})
        peers = sorted({task.peer for task in self.tasks if task.peer})
        whom = f" for {' and '.join(peers)}" if peers else ""
        return f"{whom} in {' or '.join(calls)}"


def _full(observed: Evidence) -> Iterator[_Full]:
    for place, tier in enumerate(observed.tiers):
        looks = facts.seen(observed, tier)
        busy = [facts.serving(observed, tier, look) for look in looks]
        counts = [len(tasks) for tasks in busy]
        at_once = _at_once(counts, [len(look.tasks or ()) for look in looks])
        if not at_once:
            continue
        at_work = [task for tasks in busy for task in tasks if task.call != facts.LOCK]
        if sum(task.call is not None for task in at_work) < WAITING_SHARE * len(at_work):
            continue  # they compute
        queue = facts.of_sockets(observed, tier, lambda one: one.queue)
        if queue >= 1 or facts.inside(observed, tier) >= CROWD * at_once + FEW:
            free = round(median(sum(task.call != facts.LOCK for task in tasks) for tasks in busy))
            parked = median(facts.parked(observed, tier, look) for look in looks)
            tasks = [task for tasks in busy for task in tasks]
            yield _Full(
                tier=tier,
                at_once=at_once,
                tasks=tasks,
                behind=Counter(task.peer for task in tasks if task.peer in observed.tiers[place + 1 :]),
                queue=queue,
                free=free,
                held=max(round(min(parked, facts.taken_in(observed, tier) - free)), 0),
            )


def in_service(observed: Evidence) -> Iterator[Clue]:
    """All workers or threads of a tier are in the middle of a request, while more requests wait for them.

    Where some have read theirs and wait for another thread, it is a lock and no want of slots; and where there are as
    many as the time of one asks for, they wait for one another.
    """
    for full in _full(observed):
        if full.is_locked:
            yield _lock(observed, full)
        else:
            yield (_slots if full.at_once < _needed(observed) else _contention)(observed, full)


def _lock(observed: Evidence, full: _Full) -> Clue:
    tier = full.tier
    began_s = facts.since_s(observed, tier, lambda look: facts.parked(observed, tier, look) >= full.held)
    at_work = f"{count_text(full.free, 'request')} of {tier} at a time waited{full.waits_in(but=facts.LOCK)}"
    return Clue(
        cause="lock",
        tier=tier,
        other=full.other,
        since_s=began_s or 0.0,
        at_once=full.free or None,
        evidence=(
            (
                f"{at_work if full.free else f'No thread of {tier} was at work'}, while "
                f"{count_text(full.held, 'thread')} had read a request too and waited in {facts.LOCK}, for another "
                "thread: more threads would wait with them."
            ),
            *_idle(observed, tier),
        ),
    )


def _at_once(counts: list[int], threads: list[int]) -> int:
    """How many threads are in a request when all are, by the looks; 0 where their number has no limit to be seen.

    Threads that wait for a core do not all wait at the same moment. But where no new ones come, there are no more.
    """
    if len(counts) < FEW:
        return 0
    low, middle, high = quantiles(counts, n=4, method="inclusive")
    if high - low <= max(1, STEADY * middle):
        return round(middle)
    return sorted(counts)[-2] if max(threads) - min(threads) <= 1 else 0


def _slots(observed: Evidence, full: _Full) -> Clue:
    tier, at_once = full.tier, full.at_once
    needed = _needed(observed)
    return Clue(
        cause="slots",
        tier=tier,
        other=full.other,
        since_s=_full_since_s(observed, full),
        at_once=at_once,
        needed=needed,
        evidence=(
            _in_line(observed, full),
            f"At {asked(observed)}, {whole_text(needed)} have to be in service at once.",
            *_idle(observed, tier),
        ),
    )


def _contention(observed: Evidence, full: _Full) -> Clue:
    """As many as the rate asks for, or more, are in service, and each takes longer there than one alone does."""
    most = max(full.behind, key=lambda tier: full.behind[tier], default="")
    inner = most if full.behind.get(most, 0) >= WAITING_SHARE * len(full.tasks) else ""
    whom = (
        f"{inner} takes longer for several at once than for one" if inner else "each takes longer than one alone does"
    )
    return Clue(
        cause="contention",
        tier=inner or full.tier,
        other=full.tier if inner else "",
        since_s=_full_since_s(observed, full),
        at_once=full.at_once,
        evidence=(
            _in_line(observed, full),
            f"At {asked(observed)}, {whole_text(_needed(observed))} would do: there are enough, and {whom}.",
            *_idle(observed, full.tier),
        ),
    )


def _full_since_s(observed: Evidence, full: _Full) -> float:
    def is_full(look: TierLook) -> bool:
        return len(facts.serving(observed, full.tier, look)) >= full.at_once

    return facts.since_s(observed, full.tier, is_full) or 0.0


def _in_line(observed: Evidence, full: _Full) -> str:
    waiting = max(full.queue, facts.inside(observed, full.tier) - full.at_once)
    return (
        f"{count_text(full.at_once, 'request')} of {full.tier} at a time waited{full.waits_in()}, while "
        f"{whole_text(round(waiting))} more waited for their turn."
    )


def _needed(observed: Evidence) -> int:
    return max(ceil(expected(observed) * HEADROOM), 1)


def _idle(observed: Evidence, *tiers: str) -> Iterator[str]:
    """That it is not for want of CPU."""
    parts = ", ".join(f"{tier} {facts.cores_used(observed, tier):.0%}" for tier in tiers)
    yield f"CPU meanwhile: {parts} of a core."
