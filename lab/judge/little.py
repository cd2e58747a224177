"""Can a published row be true? Its figures must agree with each other and with the load they were made under."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lab import load as loads
from lab.audit.checks.missing import CONNECT_SHARE, limit
from lab.figures import bounds
from lab.figures.bounds import LimitFacts
from lab.figures.numbers import number_text, setting_text, time_text
from lab.model import Load, Published, Source, VerdictName

LITTLE_SHARE = 0.10
"""Of the connections, that N = X·R may leave over: connecting and the last unanswered requests take some percent
of a minute; the sound rows of the published tables are within 8%."""
LIMIT_SHARE = 0.05
"""That a rate may lie above what the sleep allows: the sleep is exact, so this only forgives how time was taken."""
TOTAL_SHARE = 0.05
"""By which total ÷ rate may miss the duration: the load tools stop within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What in a published row cannot be as it is printed."""

    said: str
    saved: bool = False
    """Whether a mean that leaves out those who timed out, or were never there, explains it."""


def contradictions(
    published: Published, *, load: Load, source: Source, delay_s: float, slots: int | None
) -> tuple[Contradiction, ...]:
    """What in a published row cannot be, each with its figures; empty if nothing speaks against it."""
    given = loads.given(load, connections=source.connections, delay_s=delay_s, slots=slots)
    return (
        *_little(published, load, source.connections),
        *(Contradiction(said=said) for said in _too_fast(published, given)),
        *(Contradiction(said=said) for said in _total(published, source.duration_s)),
    )


def name_of(found: Sequence[Contradiction]) -> VerdictName:
    """What a row with contradictions is called: what no reading saves weighs more."""
    return "mean not of all clients" if all(one.saved for one in found) else "cannot be true"


def accounted(published: Published, load: Load) -> float | None:
    """How many connections N = X·R accounts for; None where it says nothing of the load, or a figure is missing."""
    rate, mean_ms = published.requests_per_second, published.mean_ms
    return rate * mean_ms / 1000 if _law(load) != "silent" and rate and mean_ms else None


def off(published: Published, load: Load, connections: int) -> bool:
    """Whether Little's law is broken by more than its tolerance; where it says "at most", only by too many."""
    found = accounted(published, load)
    if found is None:
        return False
    over = found / connections - 1
    return over > LITTLE_SHARE if _law(load) == "at most" else abs(over) > LITTLE_SHARE


def _law(load: Load) -> str:
    return loads.kind(load).LITTLES_LAW


def _little(published: Published, load: Load, connections: int) -> Iterator[Contradiction]:
    found = accounted(published, load)
    if found is None or not off(published, load, connections):
        return
    rate, mean = number_text(published.requests_per_second or 0), time_text((published.mean_ms or 0) / 1000)
    said = f"{rate}/s × {mean} accounts for {number_text(found)} of {connections:,} connections"
    failed = published.connect_errors or 0
    if found > connections:
        yield Contradiction(said=f"{said}, more than there were")
    elif failed >= CONNECT_SHARE * connections:
        yield Contradiction(said=f"{said}: {_never_there(published, failed, connections)}", saved=True)
    elif published.timeouts == 0:
        yield Contradiction(said=f"{said}, and no time-out accounts for the others")
    else:
        yield Contradiction(said=f"{said}: {_left_out(published)}", saved=True)


def _never_there(published: Published, failed: int, connections: int) -> str:
    there = max(connections - failed, 0)
    late = f"; {published.timeouts:,} answers came too late for the mean" if published.timeouts else ""
    return f"{failed:,} attempts to connect failed, which left {there:,}{limit(there)}{late}"


def _left_out(published: Published) -> str:
    late = f" ({published.timeouts:,} of them)" if published.timeouts else ""
    return (
        "the others waited and were not counted, because wrk leaves out of its mean the answers that came after its "
        f"time-out{late} and all connecting"
    )


def _too_fast(published: Published, given: LimitFacts) -> Iterator[str]:
    bound = bounds.ceiling(given)
    if bound is None:
        return
    most = bound.requests_per_second
    rate = published.requests_per_second
    if rate and rate > most * (1 + LIMIT_SHARE):
        yield f"{number_text(rate)}/s is {rate / most - 1:.0%} more than {bound.formula} allows on any machine"
    shortest_s = given.connections / most
    if given.burst and published.wall_ms and published.wall_ms / 1000 < shortest_s * (1 - LIMIT_SHARE):
        taken = time_text(published.wall_ms / 1000)
        yield f"{taken} is less than the {time_text(shortest_s)} that the sleep alone takes ({bound.formula})"
    if published.mean_ms and published.mean_ms / 1000 < given.delay_s * (1 - LIMIT_SHARE):
        mean, sleep = time_text(published.mean_ms / 1000), setting_text(given.delay_s)
        yield f"a mean of {mean} is shorter than the sleep of {sleep}"


def _total(published: Published, duration_s: float) -> Iterator[str]:
    total, rate = published.total_requests, published.requests_per_second
    if total and rate and duration_s and abs(total / rate / duration_s - 1) > TOTAL_SHARE:
        yield (
            f"{total:,} requests at {number_text(rate)}/s take {time_text(total / rate)}, "
            f"and the load lasted {setting_text(duration_s)}"
        )
