"""May a cell be believed? Reasons that make it invalid, and notes that a careful reader wants to see.

Every threshold is a named constant, so that it can be doubted in one place; docs/method.md argues for each.
"""

from collections.abc import Iterator, Sequence

from lab.figures import stats
from lab.figures.numbers import chosen_text, count_text, errors_text, number_text, whole_text
from lab.load import histogram, kind, rate
from lab.model import Budget, ErrorCounts, Latency, Load, Sample, SpeedRange
from lab.results import disturbance

FAILED_SHARE = 0.01
"""Of the requests, lost in connect, read, write or time-out."""
SPREAD = 0.15
"""Largest less smallest round, over their mean."""


def reasons(samples: Sequence[Sample], *, load: Load) -> tuple[str, ...]:
    """Why a cell's samples may not be ranked; empty if they may."""
    if not samples:
        return ("it has no sample",)
    known = kind(load).KNOWS_EVERY_REQUEST
    return (
        *_incomplete(samples, known=known),
        *_wrong_answers(samples, known=known),
        *disturbance.reasons(samples),
        *kind(load).reasons(load, samples),
    )


def at_least(samples: Sequence[Sample], *, load: Load, budget: Budget, ceiling: float | None = None) -> bool:
    """Whether the load generator was the limit, so that the rate is the least that the stack can do.

    `ceiling` is how many requests a second it can offer, where that is known.
    """
    return _load_was_the_limit(samples, load, budget, ceiling) is not None


def _load_was_the_limit(samples: Sequence[Sample], load: Load, budget: Budget, ceiling: float | None) -> str | None:
    """Of loads in which each request is known only if they were told to ask for more than can be offered."""
    asked = rate(load)
    if samples and ceiling is not None and asked is not None and asked > ceiling:
        return (
            f"{chosen_text(asked)}/s are more than the load generator's ceiling here, {number_text(ceiling)}/s: "
            "requests/s is the least that the stack can do"
        )
    if kind(load).KNOWS_EVERY_REQUEST or not samples:
        return None
    return disturbance.load_was_the_limit(samples, budget)


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


def notes(
    samples: Sequence[Sample],
    *,
    load: Load,
    budget: Budget,
    latency: Latency | None,
    restarts: int = 0,
    speed: SpeedRange | None = None,
    ceiling: float | None = None,
) -> tuple[str, ...]:
    """What a careful reader should know of a cell although it may be ranked; `speed` is that of the whole run."""
    if not samples or latency is None:
        return ()
    limit = _load_was_the_limit(samples, load, budget, ceiling)
    return (
        *_notes(samples, load, latency),
        *disturbance.notes(samples, run=speed),
        *([limit] if limit else []),
        *([f"restarted after {restarts} of {len(samples)} rounds to clear its queue"] if restarts else []),
    )


def _notes(samples: Sequence[Sample], load: Load, latency: Latency) -> Iterator[str]:
    rates, errors = [sample.result.requests_per_second for sample in samples], total_errors(samples)
    if load.published_connections is not None:
        most = f"{whole_text(load.connections)} of {whole_text(load.published_connections)} connections"
        yield f"{most}: the host allows no more open files"
    if stats.spread(rates) > SPREAD:
        yield f"its rounds differ by {stats.spread(rates):.0%}"
    if None in disturbance.cpu_s(samples):
        yield "the engine does not report CPU time: nobody knows whether the load or other processes were in the way"
    if errors.total:
        yield f"lost on the way: {errors_text(errors)}"
    yield from kind(load).notes(load, samples, latency)


def total_errors(samples: Sequence[Sample]) -> ErrorCounts:
    """Errors of all rounds, by kind."""
    return ErrorCounts.summed([sample.result.errors for sample in samples])
