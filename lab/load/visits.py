"""visits: users who make the whole visit of `stacks/load/journey.py`, with pauses between their requests.

`stacks/load/visit` runs Locust, with a worker for each core of the load where there are several. Every request is
reported with its time; what counts is what was answered after the last user has come.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, NamedTuple

from lab.errors import LabError
from lab.figures.bounds import LimitFacts
from lab.figures.numbers import setting_text
from lab.load import closed, histogram, protocol
from lab.load.protocol import Command
from lab.model import ErrorCounts, HostCpu, Latency, Load, LoadResult, Sample, Visits, Workload

SCORE: Literal["rate"] = "rate"
MAY_LEAVE_A_QUEUE = True
DUETS = False
CHECKED_BY_THE_LAB = True
KNOWS_EVERY_REQUEST = False
LITTLES_LAW: Literal["silent"] = "silent"
"""Users who pause are seldom under way."""
WORKLOAD = "journey"
"""What a stack offers whose service knows all operations of a visit."""
THINK_S = 2.0
"""Users pause for 1 to 3 seconds."""
PAGE_PORT = 8089
"""Of Locust's own page, inside the load container."""
_FAILED = frozenset(asdict(ErrorCounts())) - {"status", "body"}
"""The kinds of requests that have no answer."""


class _Request(NamedTuple):
    end_s: float
    latency_us: int
    wrong: str | None
    size_bytes: int


def load(*, users: int, users_per_s: float, counted_s: float, processes: int) -> Visits:
    """So many users, of whom `users_per_s` come each second, for `counted_s` after the last one has come."""
    return Visits(
        connections=users,
        processes=processes,
        duration_s=counted_s,
        ramp_s=users / users_per_s,
        think_s=THINK_S,
    )


def command(load: Visits, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:  # noqa: ARG001 - a tool's
    """The call of `visit` for one round against `url`."""
    argv = ("visit", str(load.processes), str(load.connections), _users_per_s(load), f"{load.duration_s:g}", url)
    return Command(argv=argv, environment={})


def page(load: Visits, *, url: str) -> Command:
    """Locust with its own page, on which somebody starts and stops it."""
    several = ("--processes", str(load.processes)) if load.processes > 1 else ()
    return Command(
        argv=(
            *("locust", "--locustfile", "/opt/lab/journey.py", "--host", url, *several),
            *("--users", str(load.connections), "--spawn-rate", _users_per_s(load)),
            *("--web-host", "0.0.0.0", "--web-port", str(PAGE_PORT)),  # noqa: S104 - of the container, not of the host
        ),
        environment={},
    )


def _users_per_s(load: Visits) -> str:
    return f"{load.connections / load.ramp_s:g}"


def warming(load: Visits, *, seconds: float, delay_s: float) -> Load:
    """The requests of the workload without pauses: users who pause would take minutes to warm anything."""
    return closed.warming(load, seconds=seconds, delay_s=delay_s)


def parse(output: str, load: Visits) -> tuple[LoadResult, HostCpu]:  # noqa: ARG001 - the shape of a tool
    """Put together what the processes of one round printed. Raises LabError if a part is missing."""
    reports, host = protocol.read(output, tool="locust")
    marks: dict[str, float] = {name: at for report in reports for name, at in report["marks"].items()}
    if not marks.keys() >= {"start", *protocol.MARKS}:
        raise LabError("locust ended before all its users had come and visited", where=output[-500:])
    begun_s = marks["start"]
    ramp, over = (round((marks[name] - begun_s) * 10) for name in protocol.MARKS)
    requests = [_Request(end - begun_s, *rest) for end, *rest in _all(reports)]
    answered = [request for request in requests if request.wrong not in _FAILED]
    counted = [request for request in answered if ramp <= int(request.end_s * 10) < over]
    errors = ErrorCounts(**Counter(request.wrong for request in requests if request.wrong is not None))
    result = LoadResult(
        requests=len(counted) + errors.timeout,  # as wrk has it: one that came too late is a request
        elapsed_s=over / 10,
        bytes_read=sum(request.size_bytes for request in counted),
        errors=errors,
        per_100ms=_per_100ms(answered, over),
        ramp_s=ramp / 10,
        steady_s=(over - ramp) / 10,
        histogram=histogram.encode((request.latency_us, 1) for request in counted),
    )
    return result, host


def _all(reports: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [request for report in reports for request in report["requests"]]


def _per_100ms(answered: Sequence[_Request], tenths: int) -> tuple[int, ...]:
    found = Counter(int(request.end_s * 10) for request in answered)
    return tuple(found[tenth] for tenth in range(tenths))


def offered_s(load: Visits) -> float:
    """Until the last user has come, and what counts after that."""
    return load.ramp_s + load.duration_s


def bounded(load: Visits, given: LimitFacts) -> LimitFacts:
    """A user who pauses keeps nobody busy meanwhile."""
    return replace(given, think_s=load.think_s)


def reasons(load: Visits, samples: Sequence[Sample]) -> Iterator[str]:  # noqa: ARG001 - the shape of a kind
    """None of its own."""
    yield from ()


def notes(load: Visits, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:  # noqa: ARG001 - a kind's
    """None of its own."""
    yield from ()


def words(load: Visits, *, workload: str, count: Callable[[str], str]) -> str:
    """`journey by locust, closed loop, 50 connections, each pausing 2 s …`."""
    pausing = f"each pausing {setting_text(load.think_s)} after an answer on average"
    added = f"added over {setting_text(load.ramp_s)}, then {setting_text(load.duration_s)} that count"
    return f"{workload} by locust, closed loop, {count('connection')}, {pausing}, {added}"


def asked(load: Visits) -> str:
    """Users, and what they do."""
    pausing = f"pause {setting_text(load.think_s)} after an answer on average"
    return f"{load.connections:,} users, who come over {setting_text(load.ramp_s)} and {pausing}"
