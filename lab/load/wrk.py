"""wrk: a closed loop of N connections, each sending its next request when the last one is answered.

The tool runs several processes when one cannot hold all connections; `stacks/load/wrk.lua` checks every
answer and prints the whole histogram, so the processes add up exactly.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import zip_longest

from lab.load import burst, histogram, protocol
from lab.load.protocol import Command
from lab.model import Errors, HostCpu, Load, LoadResult, Workload

MAY_LEAVE_A_QUEUE = True
RAMP_S = 1.0
"""Left out at the start of each round: 2000 clients that connect are not being served."""
RAMP_SHARE = 0.25
"""Of a short round, left out at most."""
WARM_CONNECTIONS = 64
"""Enough to touch every worker; few, so that a slow stack is not left with a queue."""
DESCRIPTORS_KEPT = 200
"""What a wrk process needs open beside its connections."""
UNKNOWN = 0
"""A limit of open files that could not be read."""
CONNECTIONS_PER_PROCESS = 10_000


def fit(load: Load, *, nofile: int) -> Load:
    """The load that this host allows, which remembers what the source had.

    The server too needs a descriptor a connection, all in one process, so a low hard limit of open files caps
    the connections however many load processes there are.
    """
    possible = max((nofile - DESCRIPTORS_KEPT) // 100 * 100, 1)
    if nofile == UNKNOWN or load.connections <= possible:
        return load
    return replace(load, connections=possible, published_connections=load.connections)


def processes_needed(connections: int) -> int:
    """One wrk process for each 10,000 connections."""
    return -(-connections // CONNECTIONS_PER_PROCESS)


def command(load: Load, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
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


def warming(load: Load, *, seconds: float, delay_s: float) -> Load:
    """Few connections for some seconds; where no answer could come in that time, one request."""
    if delay_s >= seconds:
        return burst.ONE_REQUEST
    return replace(
        load, tool="wrk", ramp_s=0.0, connections=min(load.connections, WARM_CONNECTIONS), duration_s=seconds
    )


def _whole_s(load: Load) -> int:
    """The duration as wrk takes it: whole seconds, at least one."""
    return max(1, round(load.duration_s))


def _ramp_tenths(load: Load) -> int:
    return round(min(RAMP_S, _whole_s(load) * RAMP_SHARE) * 10)


def parse(output: str, load: Load) -> tuple[LoadResult, HostCpu]:
    """Add up what the processes of one round printed. Raises LabError if a part is missing."""
    ramp_s = _ramp_tenths(load) / 10
    return added_up(output, ramp_s=ramp_s, steady_s=_whole_s(load) - ramp_s)


def added_up(output: str, *, ramp_s: float, steady_s: float) -> tuple[LoadResult, HostCpu]:
    """The same for any processes of wrk, of which so many seconds are ramp and so many count."""
    reports, host = protocol.read(output, tool="wrk")
    counts: Counter[int] = Counter()
    for report in reports:
        counts.update(dict(report["latency_us"]))
    errors = {kind: sum(report["errors"][kind] for report in reports) for kind in asdict(Errors())}
    result = LoadResult(
        requests=sum(report["requests"] for report in reports),
        elapsed_s=max(report["duration_us"] for report in reports) / 1e6,
        bytes_read=sum(report["bytes"] for report in reports),
        errors=Errors(**errors),
        per_100ms=tuple(map(sum, zip_longest(*(report["per_100ms"] for report in reports), fillvalue=0))),
        ramp_s=ramp_s,
        steady_s=steady_s,
        histogram=histogram.encode(sorted(counts.items())),
    )
    return result, host
