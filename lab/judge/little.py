"""Can a published row be true? Its figures must agree with each other and with the load they were made under.

What its figures alone say is found by the checks of `lab audit`, so that a rerun gives the same reasons. What only the
workload tells, how long the handler sleeps and how many requests it holds at once, is asked here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from lab import load as loads
from lab.audit import checks
from lab.audit.finding import Cause
from lab.audit.readers import experiment
from lab.audit.row import Row
from lab.figures import bounds
from lab.figures.bounds import LimitFacts
from lab.figures.numbers import number_text, setting_text, time_text
from lab.model import Load, Published, Source, VerdictName

LIMIT_SHARE = 0.05
"""That a rate may lie above what the sleep allows: the sleep is exact, so this only forgives how time was taken."""
NO_LAW = "its load is no loop of so many clients from beginning to end"
"""Why rate × mean is not held against a load."""
LEFT_OUT: frozenset[Cause] = frozenset({"timeouts", "connect", "unfinished", "reconnects", "generator"})
"""Causes that say whom a mean leaves out; `unaccounted` is one where nothing printed speaks against it."""
ASIDE: frozenset[Cause] = frozenset({"waves", "failures", "lost", "offered"})
"""Causes that leave the printed figures possible and say what else they mean."""
NOT_THE_STACKS: frozenset[Cause] = frozenset(
    {"generator", "failures", "offered", "waves", "totals", "too-many", "units"}
)
"""Causes with which a printed rate is not, or may not be, what the stack can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What in a published row cannot be as it is printed."""

    said: str
    saved: bool = False
    """Whether a mean that leaves out those who timed out, or were never there, explains it."""
    cause: Cause | None = None
    """As `lab audit` calls it; None where it takes the workload to see it."""


def contradictions(
    published: Published, *, load: Load, source: Source, delay_s: float, slots: int | None
) -> tuple[Contradiction, ...]:
    """What in a published row cannot be, each with its figures; empty if nothing speaks against it."""
    given = loads.given(load, connections=source.connections, delay_s=delay_s, slots=slots)
    return (
        *_audited(published, load, source),
        *(Contradiction(said=said) for said in _too_fast(published, given)),
    )


def name_of(found: Sequence[Contradiction]) -> VerdictName:
    """What a row with contradictions is called: what no reading saves weighs more."""
    return "mean not of all clients" if all(one.saved for one in found) else "cannot be true"


def aside(published: Published, *, load: Load, source: Source) -> tuple[str, ...]:
    """What the printed figures mean beside what they seem to, though none of them is impossible."""
    return tuple(one.text for one in checks.of_row(row_of(published, load, source)) if one.cause in ASIDE)


def nothing(published: Published, *, load: Load, source: Source) -> str:
    """What to say of a rate of 0: what failed."""
    return "; ".join(one.text for one in checks.of_row(row_of(published, load, source)) if one.fault)


def rate_is_not_the_stacks(published: Published, *, load: Load, source: Source) -> bool:
    """Whether the printed rate says nothing of how fast the stack is."""
    return any(one.fault and one.cause in NOT_THE_STACKS for one in checks.of_row(row_of(published, load, source)))


def row_of(published: Published, load: Load, source: Source) -> Row:
    """A published row as an audit takes it, under the load of its source."""
    law = loads.kind(load).LITTLES_LAW
    printed = {key: float(value) for key, value in asdict(published).items() if value is not None}
    return Row(
        **experiment.figures(printed),
        name="",
        exempt=None if law == "all" else NO_LAW,
        at_most=law == "at most",
        tool=load.tool if law == "all" else None,
        connections=source.connections,
        threads=getattr(load, "threads", None),
        duration_s=source.duration_s or None,
    )


def _audited(published: Published, load: Load, source: Source) -> Iterator[Contradiction]:
    if published.requests_per_second == 0:
        return  # a failure, which contradicts nothing
    for one in checks.of_row(row_of(published, load, source)):
        if one.fault and one.cause not in ASIDE:
            perhaps = one.cause == "unaccounted" and published.timeouts != 0
            yield Contradiction(said=one.text, saved=perhaps or one.cause in LEFT_OUT, cause=one.cause)


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
