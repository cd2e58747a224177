"""closed: a loop of N connections by wrk, each sending its next request when the last one is answered.

The tool runs several processes when one cannot hold all connections; `stacks/load/wrk.lua` checks every
answer and prints the whole histogram, so the processes add up exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import zip_longest
from typing import Literal

from lab.figures.bounds import LimitFacts
from lab.figures.numbers import count_text, setting_text, whole_text
from lab.load import burst, histogram, protocol
from lab.load.protocol import Command
from lab.model import Closed, ErrorCounts, HostCpu, Latency, Load, LoadResult, Open, Ramp, Sample, Visits, Workload

SCORE: Literal["rate"] = "rate"
MAY_LEAVE_A_QUEUE = True
DUETS = True
CHECKED_BY_THE_LAB = True
KNOWS_EVERY_REQUEST = False
LITTLES_LAW: Literal["all"] = "all"
CENSORED_SHARE = 0.05
"""Of the requests, still under way when the load ended: their latencies are not known."""
LITTLE_SHARE = 0.8
"""Of the connections, that must be accounted for by requests waiting for their answer (N = X·R)."""
RAMP_S = 1.0
"""Left out at the start of each round: 2000 clients that connect are not being served."""
RAMP_SHARE = 0.25
"""Of a short round, left out at most."""
WARM_CONNECTIONS = 64
"""Enough to touch every worker; few, so that a slow stack is not left with a queue."""
CONNECTIONS_PER_PROCESS = 10_000


def processes_needed(connections: int) -> int:
    """One wrk process for each 10,000 connections."""
    return -(-connections // CONNECTIONS_PER_PROCESS)


def command(load: Closed, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
    """The call of `offer` for one round against `url`; it spreads the connections over the processes."""
    processes = processes_needed(load.connections)
    return Command(
        argv=(
            "offer",
            str(processes),
            str(min(load.threads, load.connections // processes)),
            str(load.connections),
            str(_whole_s(load)),
            str(_ramp_tenths(load)),
            f"{url}{workload.path}",
        ),
        environment=protocol.environment(workload, answers),
    )


def opened(load: Closed) -> int:
    """How many connections wrk opens when it is told that: each of its threads opens as many as the others."""
    processes = processes_needed(load.connections)
    threads = min(load.threads, load.connections // processes)
    shares = (load.connections // processes + (place < load.connections % processes) for place in range(processes))
    return sum(share // threads * threads for share in shares)


def warming(load: Closed | Ramp | Visits | Open, *, seconds: float, delay_s: float) -> Load:
    """Few connections for some seconds; where no answer could come in that time, one request."""
    if delay_s >= seconds:
        return burst.ONE_REQUEST
    threads = load.threads if isinstance(load, Closed) else 1
    return Closed(connections=min(load.connections, WARM_CONNECTIONS), threads=threads, duration_s=seconds)


def _whole_s(load: Closed) -> int:
    """The duration as wrk takes it: whole seconds, at least one."""
    return max(1, round(load.duration_s))


def _ramp_tenths(load: Closed) -> int:
    return round(min(RAMP_S, _whole_s(load) * RAMP_SHARE) * 10)


def parse(output: str, load: Closed) -> tuple[LoadResult, HostCpu]:
    """Add up what the processes of one round printed. Raises LabError if a part is missing."""
    ramp_s = _ramp_tenths(load) / 10
    return added_up(output, ramp_s=ramp_s, steady_s=_whole_s(load) - ramp_s)


def added_up(output: str, *, ramp_s: float, steady_s: float) -> tuple[LoadResult, HostCpu]:
    """The same for any processes of wrk, whose ramp and counted part last that long."""
    reports, host = protocol.read(output, tool="wrk")
    with protocol.whole(output, tool="wrk"):
        counts: Counter[int] = Counter()
        for report in reports:
            counts.update(dict(report["latency_us"]))
        errors = {kind: sum(report["errors"][kind] for report in reports) for kind in asdict(ErrorCounts())}
        result = LoadResult(
            requests=sum(report["requests"] for report in reports),
            elapsed_s=max(report["duration_us"] for report in reports) / 1e6,
            bytes_read=sum(report["bytes"] for report in reports),
            errors=ErrorCounts(**errors),
            per_100ms=tuple(map(sum, zip_longest(*(report["per_100ms"] for report in reports), fillvalue=0))),
            ramp_s=ramp_s,
            steady_s=steady_s,
            histogram=histogram.encode(sorted(counts.items())),
        )
    return result, host


def offered_s(load: Closed) -> float:
    """As it was told."""
    return load.duration_s


def bounded(load: Closed, given: LimitFacts) -> LimitFacts:
    """The connections that are opened; those of another run are taken as they are told."""
    return replace(given, connections=opened(load)) if given.connections == load.connections else given


def reasons(load: Closed, samples: Sequence[Sample]) -> Iterator[str]:  # noqa: ARG001 - the shape of a kind
    """None of its own."""
    yield from ()


def notes(load: Closed, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:
    """What of the latencies is not known, and connections that never came to ask."""
    there = opened(load)
    if there < load.connections:
        each = f"each of its {count_text(load.threads, 'thread')} opens as many as the others"
        yield f"wrk opened {whole_text(there)} of the {whole_text(load.connections)} connections it was told: {each}"
    share = under_way(load, samples)
    if share > CENSORED_SHARE:
        yield censored(share)
        return
    rates = [sample.result.requests_per_second for sample in samples]
    waiting = sum(rates) / len(rates) * latency.mean / 1000 / there
    if waiting < LITTLE_SHARE:
        yield f"of {there} connections {waiting:.0%} waited for an answer (N = X·R), the others to connect"


def under_way(load: Closed | Ramp, samples: Sequence[Sample]) -> float:
    """The share of the requests that were still under way when the load ended, at most."""
    requests = sum(sample.result.requests for sample in samples)
    return load.connections * len(samples) / (requests + load.connections * len(samples))


def censored(share: float) -> str:
    """The note on such requests."""
    return f"{share:.0%} of the requests were under way when the load ended: their latencies are not known"


def words(load: Closed, *, workload: str, count: Callable[[str], str]) -> str:
    """`health by wrk, closed loop, 2,000 connections, 2 threads, 10 s a round`."""
    return (
        f"{workload} by wrk, closed loop, {count('connection')}, {count_text(load.threads, 'thread')}, "
        f"{setting_text(load.duration_s)} a round"
    )


def asked(load: Closed) -> str:
    """One connection is a latency, several are a loop."""
    if load.connections == 1:
        return "one connection, which asks again when it has its answer: requests/s is 1 ÷ the time of one request"
    return f"{load.connections:,} connections in a closed loop: each waits for its answer before it asks again"
