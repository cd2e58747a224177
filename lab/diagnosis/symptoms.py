"""Did anything give way? Requests that failed, that were not sent, that wait, or that were sent late."""

from collections.abc import Iterator

from lab.diagnosis import facts
from lab.figures.numbers import chosen_text, number_text, time_text, whole_text
from lab.model.evidence import Course, Evidence

PATIENCE_S = 0.25
"""So many seconds' requests may be under way beyond what the time of one asks for: a stall of the machine is no limit
of the stack."""
SLOWER = 5
"""Times as long as alone, and ..."""
SLOW_S = 0.5
"""... so much more than that: no stall of the machine, if a tenth of all requests take it."""
GROWN = 1.25
"""Times what the time of one asks for: under it a load that is young has not filled the stack yet."""
FEW = 3
CROWD = 1.5
"""Times what is in service, or passed on: so many must be there for a line to have formed."""
LATE_MS = 10.0
"""Half of the requests sent later than this: it is not the stack that was asked too slowly."""


def symptoms(observed: Evidence) -> tuple[str, ...]:
    """Sentences on all that gave way; none for a healthy stack."""
    return (
        *_ended(observed),
        *_failed(observed.course),
        *_dropped(observed.course),
        *_waiting(observed),
        *_slow(observed),
        *_late(observed.course),
    )


def expected(observed: Evidence) -> float:
    """Requests under way at this rate if each took as long as one alone: Little's law."""
    return observed.course.rate * observed.alone_s


def asked(observed: Evidence) -> str:
    """The rate, and how long one request takes alone: `40/s of 54.3 ms each`."""
    return f"{chosen_text(observed.course.rate)}/s of {time_text(observed.alone_s)} each"


def _ended(observed: Evidence) -> Iterator[str]:
    """A tier that ended, or lost a process for want of memory, whatever became of the requests."""
    for tier in observed.tiers:
        if not observed.at_rest.tiers[tier].running:
            continue
        looks = [look.tiers[tier] for look in observed.looks]
        if any(not look.running for look in looks):
            yield f"{tier} ended under the load."
        elif any(look.killed_for_memory for look in looks) and not observed.at_rest.tiers[tier].killed_for_memory:
            yield f"A process of {tier} was killed for want of memory under the load."


def _failed(course: Course) -> Iterator[str]:
    if not course.errors.total:
        return
    statuses = [f"{whole_text(one.count)} × {status}" for status, one in sorted(course.refusals.items())]
    counts = {words: getattr(course.errors, kind) for kind, words in _KINDS.items()}
    kinds = [*statuses, *(f"{whole_text(count)} × {words}" for words, count in counts.items() if count)]
    lost, since_s = whole_text(course.errors.total), course.failed_first_s or 0.0
    yield (
        f"{lost} of {whole_text(course.offered)} requests failed ({', '.join(kinds)}), the first after {since_s:.1f} s."
    )


_KINDS = {
    "connect": "no connection",
    "read": "connection lost",
    "write": "not to be sent",
    "timeout": "given up",
    "body": "wrong body",
}


def _dropped(course: Course) -> Iterator[str]:
    if course.dropped:
        yield (
            f"{whole_text(course.dropped)} of {whole_text(course.offered)} requests were not sent, because so many "
            "were under way already."
        )


def _waiting(observed: Evidence) -> Iterator[str]:
    base, found = expected(observed), facts.under_way(observed)
    if found > 2 * base + _patience(observed):
        yield f"{whole_text(round(found))} requests were under way, {_where(observed)}: they wait."
    else:
        yield from _growing(observed)


def _where(observed: Evidence) -> str:
    return f"where {asked(observed)} make {number_text(expected(observed))}"


def _growing(observed: Evidence) -> Iterator[str]:
    """More come than go: it shows before many wait, so that a load need not be long."""
    early, late = facts.under_way_then(observed)
    if late - early > _patience(observed) and late > GROWN * expected(observed) + _patience(observed):
        yield (
            f"{whole_text(round(early))} requests were under way at first, and {whole_text(round(late))} in the end, "
            f"{_where(observed)}: more come than go."
        )


def _patience(observed: Evidence) -> float:
    """So many requests may be under way beyond what the time of one asks for."""
    return max(FEW, PATIENCE_S * observed.course.rate)


def _slow(observed: Evidence) -> Iterator[str]:
    latency = observed.course.latency
    if latency is None:
        return
    alone_s = max(observed.alone_s, observed.slowest_alone_s)
    tenth, hundredth = latency.p90 / 1000, latency.p99 / 1000
    slow_s = SLOWER * alone_s + SLOW_S
    alone = f"where the slowest alone takes {time_text(alone_s)}"
    if tenth > slow_s:
        yield f"A tenth of the requests took longer than {time_text(tenth)}, {alone}."
    elif hundredth > slow_s and _turned_away(observed) >= FEW:
        yield (
            f"A hundredth of the requests took longer than {time_text(hundredth)}, {alone}: "
            f"{whole_text(_turned_away(observed))} connections found no place in an accept queue and were tried again."
        )


def _turned_away(observed: Evidence) -> int:
    return sum(facts.grown(observed, tier, "ListenOverflows") for tier in observed.tiers)


def _late(course: Course) -> Iterator[str]:
    if course.lag_p50_ms >= LATE_MS:
        yield f"Half of the requests were sent more than {time_text(course.lag_p50_ms / 1000)} late."
