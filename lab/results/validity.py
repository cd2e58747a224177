"""May a cell be believed? Reasons that make it invalid, and notes that a careful reader wants to see.

Every threshold is a named constant, so that it can be doubted in one place; docs/method.md argues for each.
"""

from collections.abc import Iterator, Sequence

from lab.figures import known, stats
from lab.figures.numbers import count_text, errors_text, whole_text
from lab.load import histogram, kind
from lab.model import Budget, ErrorCounts, Latency, Load, Sample

FAILED_SHARE = 0.01
"""Of the requests, lost in connect, read, write or time-out."""
LOAD_SATURATED = 0.95
"""Of the load's cores: above it, and with the stack's cores not used up, the load was the limit."""
STACK_SATURATED = 0.95
STEAL_SHARE = 0.05
"""Of the host's CPU time, taken by its hypervisor."""
FOREIGN_SHARE = 0.15
"""Of the host's CPU time, used by what is neither stack nor load."""
SPREAD = 0.15
"""Largest less smallest round, over their mean."""


def reasons(samples: Sequence[Sample], *, load: Load, budget: Budget) -> tuple[str, ...]:
    """Why a cell's samples may not be ranked; empty if they may."""
    if not samples:
        return ("it has no sample",)
    known = kind(load).KNOWS_EVERY_REQUEST
    return (
        *_incomplete(samples, known=known),
        *_wrong_answers(samples, known=known),
        *_disturbed(samples),
        *kind(load).reasons(load, samples),
        *(() if known else _load_was_the_limit(samples, budget)),
    )


def _incomplete(samples: Sequence[Sample], *, known: bool) -> Iterator[str]:
    if len(samples) < stats.FEWEST_ROUNDS:
        yield "one round gives no interval"
    if any(sample.result.requests == 0 for sample in samples):
        yield "a round ended without a single answer"
    for sample in samples:
        late = 0 if known else sample.result.errors.timeout  # wrk counts them as answers
        counted = histogram.count(sample.result.histogram) + late
        if counted != sample.result.requests:
            held = f"{whole_text(counted)} of {whole_text(sample.result.requests)} answers"
            yield f"round {sample.round}: the histogram holds {held}"


def _wrong_answers(samples: Sequence[Sample], *, known: bool) -> Iterator[str]:
    errors, requests = total_errors(samples), sum(sample.result.requests for sample in samples)
    if errors.status:
        yield f"{whole_text(errors.status)} of {whole_text(requests)} answers had the wrong status"
    if errors.body:
        yield f"{whole_text(errors.body)} of {whole_text(requests)} answers had the wrong body"
    lost = errors.connect + errors.read + errors.write + errors.timeout
    few = 0 if known else FAILED_SHARE * max(requests, 1)
    if lost > few:
        beside = f"beside {whole_text(requests)} that were answered"
        yield f"{count_text(lost, 'request')} lost ({errors_text(errors)}) {beside}"


def _disturbed(samples: Sequence[Sample]) -> Iterator[str]:
    capacity = sum(sample.host.capacity_s for sample in samples)
    if capacity <= 0:
        return
    steal = sum(sample.host.steal_s for sample in samples) / capacity
    if steal > STEAL_SHARE:
        yield f"the hypervisor took {steal:.0%} of the host's CPU"
    stack_s, load_s = _cpu_s(samples)
    if stack_s is None or load_s is None:
        return
    foreign = (sum(sample.host.busy_s for sample in samples) - stack_s - load_s) / capacity
    if foreign > FOREIGN_SHARE:
        yield f"other processes used {foreign:.0%} of the host's CPU"


def _cpu_s(samples: Sequence[Sample]) -> tuple[float | None, float | None]:
    """What the stack and what the load used in all rounds; None where the engine does not tell."""
    stack_s = known.total(spent for sample in samples for spent in sample.cpu_s.values())
    return stack_s, known.total(sample.load_cpu_s for sample in samples)


def _load_was_the_limit(samples: Sequence[Sample], budget: Budget) -> Iterator[str]:
    """Only where the load has cores of its own, and where it is not over before it could saturate them."""
    if budget.placement != "isolated":
        return
    stack_s, load_s = _cpu_s(samples)
    if stack_s is None or load_s is None:
        return
    elapsed = sum(sample.result.elapsed_s for sample in samples)
    stack, offered = stack_s / (elapsed * len(budget.stack_cpus)), load_s / (elapsed * len(budget.load_cpus))
    if offered > LOAD_SATURATED and stack < STACK_SATURATED:
        yield f"the load generator was the limit: it used {offered:.0%} of its cores"


def notes(samples: Sequence[Sample], *, load: Load, latency: Latency | None, restarts: int) -> tuple[str, ...]:
    """What a careful reader should know of a cell although it may be ranked."""
    if not samples or latency is None:
        return ()
    return tuple(_notes(samples, load, latency, restarts))


def _notes(samples: Sequence[Sample], load: Load, latency: Latency, restarts: int) -> Iterator[str]:
    rates, errors = [sample.result.requests_per_second for sample in samples], total_errors(samples)
    if load.published_connections is not None:
        most = f"{whole_text(load.connections)} of {whole_text(load.published_connections)} connections"
        yield f"{most}: the host allows no more open files"
    if stats.spread(rates) > SPREAD:
        yield f"its rounds differ by {stats.spread(rates):.0%}"
    if None in _cpu_s(samples):
        yield "the engine does not report CPU time: nobody knows whether the load or other processes were in the way"
    if errors.total:
        yield f"lost on the way: {errors_text(errors)}"
    yield from kind(load).notes(load, samples, latency)
    if restarts:
        yield f"restarted after {restarts} of {len(samples)} rounds to clear its queue"


def total_errors(samples: Sequence[Sample]) -> ErrorCounts:
    """Errors of all rounds, by kind."""
    return ErrorCounts.summed([sample.result.errors for sample in samples])
