"""wrk: a closed loop of N connections, each sending its next request when the last one is answered.

The tool runs several processes when one cannot hold all connections; `stacks/load/wrk.lua` checks every
answer and prints the whole histogram, so the processes add up exactly.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Literal

from lab.errors import LabError
from lab.load import histogram
from lab.model import Errors, HostCpu, Load, LoadResult, Workload

RAMP_S = 1.0
"""Left out at the start of each round: 2000 clients that connect are not being served."""
RAMP_SHARE = 0.25
"""Of a short round, left out at most."""
RAMP_OVER, LOAD_OVER = "ramp", "over"
"""Lines that `offer` prints at the very moment."""
DESCRIPTORS_KEPT = 200
"""What a wrk process needs open beside its connections."""
UNKNOWN = 0
"""A limit of open files that could not be read."""
CONNECTIONS_PER_PROCESS = 10_000
CLOCK_TICKS_PER_S = 100
"""USER_HZ, the unit of /proc/stat: 100 on every architecture that Linux supports today."""

Match = Literal["exact", "contains", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to execute in the load container."""

    argv: tuple[str, ...]
    environment: dict[str, str]


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


def command(load: Load, workload: Workload, *, url: str, answer: str | None, match: Match) -> Command:
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
        environment={
            "LAB_METHOD": workload.method,
            "LAB_STATUS": str(workload.status),
            "LAB_MATCH": match,
            **({"LAB_EXPECT": answer} if answer is not None else {}),
        },
    )


def _whole_s(load: Load) -> int:
    """The duration as wrk takes it: whole seconds, at least one."""
    return max(1, round(load.duration_s))


def _ramp_tenths(load: Load) -> int:
    return round(min(RAMP_S, _whole_s(load) * RAMP_SHARE) * 10)


def parse(output: str, load: Load) -> tuple[LoadResult, HostCpu]:
    """Add up what the processes of one round printed. Raises LabError if a part is missing."""
    lines = output.splitlines()
    try:
        reports = [json.loads(line) for line in lines if line.startswith("{")]
    except json.JSONDecodeError:
        reports = []
    host = [line for line in lines if line.startswith("cpu ")]
    if not reports or len(host) != 2:  # noqa: PLR2004 - one line before, one after
        raise LabError("wrk printed no whole result", where=output[-500:] or "no output at all")
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
        ramp_s=_ramp_tenths(load) / 10,
        steady_s=_whole_s(load) - _ramp_tenths(load) / 10,
        histogram=histogram.encode(sorted(counts.items())),
    )
    return result, host_cpu(*host)


def host_cpu(before: str, after: str) -> HostCpu:
    """CPU time between two first lines of /proc/stat, in seconds of one core.

    The fields are user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); guest time is in user.
    """
    first, second = ([int(field) for field in line.split()[1:9]] for line in (before, after))
    spent = [(b - a) / CLOCK_TICKS_PER_S for a, b in zip(first, second, strict=True)]
    idle, steal = spent[3] + spent[4], spent[7]
    return HostCpu(capacity_s=sum(spent), busy_s=sum(spent) - idle - steal, steal_s=steal)
