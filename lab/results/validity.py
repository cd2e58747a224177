"""May a cell be believed? Reasons that make it invalid, and notes that a careful reader wants to see.

Every threshold is a named constant, so that it can be doubted in one place; docs/method.md argues for each.
"""

from collections.abc import Iterator, Sequence

from lab.figures import stats
from lab.figures.numbers import errors_text, setting_text
from lab.load import histogram
from lab.model import Budget, Errors, Latency, Load, Sample

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
CENSORED_SHARE = 0.05
"""Of the requests, still under way when the load ended: their latencies are not known."""
LITTLE_SHARE = 0.8
"""Of the connections, that must be accounted for by requests waiting for their answer (N = X·R)."""


def reasons(samples: Sequence[Sample], *, budget: Budget) -> tuple[str, ...]:
    """Why a cell's samples may not be ranked; empty if they may."""
    if not samples:
        return ("it has no sample",)
    return (*_incomplete(samples), *_wrong_answers(samples), *_disturbed(samples, budget))


def _incomplete(samples: Sequence[Sample]) -> Iterator[str]:
    if len(samples) < stats.FEWEST_ROUNDS:
        yield "one round gives no interval"
    if any(sample.result.requests == 0 for sample in samples):
        yield "a round ended without a single answer"
    for sample in samples:
        late = 0 if _is_burst(sample) else sample.result.errors.timeout  # wrk counts them as answers
        counted = histogram.count(sample.result.histogram) + late
        if counted != sample.result.requests:
            yield f"round {sample.round}: the histogram holds {counted} of {sample.result.requests} answers"


def _wrong_answers(samples: Sequence[Sample]) -> Iterator[str]:
    errors, requests = total_errors(samples), sum(sample.result.requests for sample in samples)
    if errors.status:
        yield f"{errors.status} of {requests} answers had the wrong status"
    if errors.body:
        yield f"{errors.body} of {requests} answers had the wrong body"
    lost = errors.connect + errors.read + errors.write + errors.timeout
    few = 0 if any(map(_is_burst, samples)) else FAILED_SHARE * max(requests, 1)
    if lost > few:
        yield f"{lost} requests were lost ({errors_text(errors)}) beside {requests} that were answered"


def _is_burst(sample: Sample) -> bool:
    """Of a burst every request is known: one that is lost is missed in the wall clock, and none is left under way."""
    return bool(sample.result.spans)


def _disturbed(samples: Sequence[Sample], budget: Budget) -> Iterator[str]:
    capacity = sum(sample.host.capacity_s for sample in samples)
    if capacity <= 0:
        return
    steal = sum(sample.host.steal_s for sample in samples) / capacity
    if steal > STEAL_SHARE:
        yield f"the hypervisor took {steal:.0%} of the host's CPU"
    ours = sum(sum(sample.cpu_s.values()) + sample.load_cpu_s for sample in samples)
    foreign = (sum(sample.host.busy_s for sample in samples) - ours) / capacity
    if foreign > FOREIGN_SHARE:
        yield f"other processes used {foreign:.0%} of the host's CPU"
    if budget.placement == "isolated" and not any(map(_is_burst, samples)) and _load_was_the_limit(samples, budget):
        yield f"the load generator was the limit: it used {_load_share(samples, budget):.0%} of its cores"


def _load_was_the_limit(samples: Sequence[Sample], budget: Budget) -> bool:
    elapsed = sum(sample.result.elapsed_s for sample in samples)
    stack = sum(sum(sample.cpu_s.values()) for sample in samples) / (elapsed * len(budget.stack_cpus))
    return _load_share(samples, budget) > LOAD_SATURATED and stack < STACK_SATURATED


def _load_share(samples: Sequence[Sample], budget: Budget) -> float:
    elapsed = sum(sample.result.elapsed_s for sample in samples)
    return sum(sample.load_cpu_s for sample in samples) / (elapsed * len(budget.load_cpus))


def notes(samples: Sequence[Sample], *, load: Load, latency: Latency | None, restarts: int) -> tuple[str, ...]:
    """What a careful reader should know of a cell although it may be ranked."""
    if not samples or latency is None:
        return ()
    return tuple(_notes(samples, load, latency, restarts))


def _notes(samples: Sequence[Sample], load: Load, latency: Latency, restarts: int) -> Iterator[str]:
    rates, errors = [sample.result.requests_per_second for sample in samples], total_errors(samples)
    if load.published_connections is not None:
        yield f"{load.connections} of {load.published_connections} connections: the host allows no more open files"
    if stats.spread(rates) > SPREAD:
        yield f"its rounds differ by {stats.spread(rates):.0%}"
    if errors.total:
        yield f"lost on the way: {errors_text(errors)}"
    if not any(map(_is_burst, samples)) and not load.think_s:  # clients that pause are seldom under way
        yield from _closed_loop_notes(samples, load, latency)
    if restarts:
        yield f"restarted after {restarts} of {len(samples)} rounds to clear its queue"


def _closed_loop_notes(samples: Sequence[Sample], load: Load, latency: Latency) -> Iterator[str]:
    rates = [sample.result.requests_per_second for sample in samples]
    requests = sum(sample.result.requests for sample in samples)
    under_way = load.connections * len(samples) / (requests + load.connections * len(samples))
    if under_way > CENSORED_SHARE:
        yield f"{under_way:.0%} of the requests were under way when the load ended: their latencies are not known"
    if load.ramp_s:
        ramp = f"the {setting_text(load.ramp_s)} of ramp with fewer clients"
        yield f"its latencies are those of the whole load, {ramp} included"
        return
    waiting = sum(rates) / len(rates) * latency.mean / 1000 / load.connections
    if under_way <= CENSORED_SHARE and waiting < LITTLE_SHARE:
        yield f"of {load.connections} connections {waiting:.0%} waited for an answer (N = X·R), the others to connect"


def total_errors(samples: Sequence[Sample]) -> Errors:
    """Errors of all rounds, by kind."""
    found = [sample.result.errors for sample in samples]
    return Errors(
        connect=sum(errors.connect for errors in found),
        read=sum(errors.read for errors in found),
        write=sum(errors.write for errors in found),
        timeout=sum(errors.timeout for errors in found),
        status=sum(errors.status for errors in found),
        body=sum(errors.body for errors in found),
    )
