"""burst: N requests at once, each on a connection of its own, and the wall clock until all are answered.

That is how a thread pool of `requests.get` shows who waits for whom: with two workers the answers come in pairs.
`stacks/load/burst` makes the requests; docs/decisions/0016-bursts.md says why it is the lab's own.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from lab.figures.bounds import LimitFacts
from lab.figures.numbers import count_text
from lab.load import histogram, protocol
from lab.load.protocol import Command
from lab.model import Burst, ErrorCounts, HostCpu, Latency, Load, LoadResult, Sample, Span, Workload

SCORE: Literal["wall"] = "wall"
DUETS = False
CHECKED_BY_THE_LAB = True
KNOWS_EVERY_REQUEST = True
"""One that is lost is missed in the wall clock, and none is left under way."""
LITTLES_LAW: Literal["silent"] = "silent"
MAY_LEAVE_A_QUEUE = False
"""It is over when every request has its answer."""
TIMEOUT_S = 180
"""Of one request. Ten that sleep 5 s, one after the other, need 50 s."""
ONE_REQUEST = Burst(connections=1)

Report = Mapping[str, Any]


def command(load: Burst, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
    """The call of the script for one burst against `url`."""
    return Command(
        argv=("burst", str(load.connections), str(TIMEOUT_S), url), environment=protocol.environment(workload, answers)
    )


def warming(load: Burst, *, seconds: float, delay_s: float) -> Load:  # noqa: ARG001 - the shape of a kind
    """One request: a burst is short, and many of its handlers are slow on purpose."""
    return ONE_REQUEST


def parse(output: str, load: Burst) -> tuple[LoadResult, HostCpu]:  # noqa: ARG001 - the shape of a kind
    """The requests of one burst as they went. Raises LabError if a part is missing."""
    (report, *_), host = protocol.read(output, tool="burst")
    with protocol.whole(output, tool="burst"):
        requests: list[Report] = sorted(report["requests"], key=lambda one: (one["start_s"], one["end_s"]))
        answered = [one for one in requests if one["status"] is not None]
        wall_s = max(one["end_s"] for one in requests)
        result = LoadResult(
            requests=len(answered),
            elapsed_s=wall_s,
            bytes_read=sum(one["bytes"] for one in answered),
            errors=_errors(requests),
            per_100ms=_per_100ms(answered),
            ramp_s=0,
            steady_s=wall_s,
            histogram=histogram.encode((round((one["end_s"] - one["start_s"]) * 1e6), 1) for one in answered),
            spans=tuple(Span(start_s=one["start_s"], end_s=one["end_s"], worker=one["worker"]) for one in requests),
        )
    return result, host


def _errors(requests: Sequence[Report]) -> ErrorCounts:
    return ErrorCounts(**Counter(one["error"] for one in requests if one["error"] is not None))


def _per_100ms(answered: Sequence[Report]) -> tuple[int, ...]:
    tenths = Counter(int(one["end_s"] * 10) for one in answered)
    return tuple(tenths[tenth] for tenth in range(max(tenths, default=-1) + 1))


def offered_s(load: Burst) -> None:  # noqa: ARG001 - the shape of a kind
    """It is over when all is answered."""
    return


def bounded(load: Burst, given: LimitFacts) -> LimitFacts:  # noqa: ARG001 - likewise
    """Whole waves count."""
    return replace(given, burst=True)


def reasons(load: Burst, samples: Sequence[Sample]) -> Iterator[str]:  # noqa: ARG001 - the shape of a kind
    """None of its own."""
    yield from ()


def notes(load: Burst, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:  # noqa: ARG001 - likewise
    """None: every request is known."""
    yield from ()


def words(load: Burst, *, workload: str, count: Callable[[str], str]) -> str:  # noqa: ARG001 - likewise
    """`io-bound, 10 requests at once`."""
    return f"{workload}, {count('request')} at once"


def asked(load: Burst) -> str:
    """All at once, and when the clock stops."""
    return f"{count_text(load.connections, 'request')} at once, and the clock stops when the last has its answer"
