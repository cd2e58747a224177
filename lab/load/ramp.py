"""ramp: a closed loop whose clients come one after the other, as JMeter's thread groups do with a ramp-up time.

Up to `STEPS` wrk processes begin one after the other, each with its share of the connections, and end together. What
counts is the time after the ramp, when all clients are there; the latencies are those of the whole load.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from lab.figures.bounds import LimitFacts
from lab.figures.numbers import setting_text
from lab.load import closed, protocol
from lab.load.protocol import Command
from lab.model import HostCpu, Latency, Load, LoadResult, Ramp, Sample, Workload

SCORE: Literal["rate"] = "rate"
MAY_LEAVE_A_QUEUE = True
DUETS = True
CHECKED_BY_THE_LAB = True
KNOWS_EVERY_REQUEST = False
LITTLES_LAW: Literal["at most"] = "at most"
"""Clients that were added over a ramp were not all there from the start, and whether they paused is not printed."""
STEPS = 20
"""So many groups of clients at most: near enough to even, and few enough processes for the load's cores."""


def steps(load: Ramp) -> tuple[int, int]:
    """Into how many groups the clients fall, and how many seconds lie between them; wrk knows whole seconds only."""
    ramp_s, _ = _whole_s(load)
    every_s = -(-ramp_s // min(STEPS, load.connections))
    return ramp_s // every_s, every_s


def command(load: Ramp, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
    """The call of `offer` for one round against `url`."""
    groups, every_s = steps(load)
    ramp_s, counted_s = _whole_s(load)
    plain = str(groups), "1", str(load.connections), str(ramp_s + counted_s), str(ramp_s * 10)
    return Command(
        argv=("offer", *plain, f"{url}{workload.path}", str(every_s)),
        environment=protocol.environment(workload, answers),
    )


def parse(output: str, load: Ramp) -> tuple[LoadResult, HostCpu]:
    """Add up what the processes printed. Raises LabError if a part is missing."""
    ramp_s, counted_s = _whole_s(load)
    return closed.added_up(output, ramp_s=ramp_s, steady_s=counted_s)


def _whole_s(load: Ramp) -> tuple[int, int]:
    """Ramp and what counts after it."""
    return max(1, round(load.ramp_s)), max(1, round(load.duration_s))


def warming(load: Ramp, *, seconds: float, delay_s: float) -> Load:
    """As for a loop that has no ramp."""
    return closed.warming(load, seconds=seconds, delay_s=delay_s)


def offered_s(load: Ramp) -> float:
    """The ramp, and what counts after it."""
    return load.ramp_s + load.duration_s


def bounded(load: Ramp, given: LimitFacts) -> LimitFacts:  # noqa: ARG001 - the shape of a kind
    """Nothing but the connections: what counts begins when all are there."""
    return given


def reasons(load: Ramp, samples: Sequence[Sample]) -> Iterator[str]:  # noqa: ARG001 - the shape of a kind
    """None of its own."""
    yield from ()


def notes(load: Ramp, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:  # noqa: ARG001 - likewise
    """Whose latencies these are."""
    share = closed.under_way(load, samples)
    if share > closed.CENSORED_SHARE:
        yield closed.censored(share)
    ramp = f"the {setting_text(load.ramp_s)} of ramp with fewer clients"
    yield f"its latencies are those of the whole load, {ramp} included"


def words(load: Ramp, *, workload: str, count: Callable[[str], str]) -> str:
    """`orders by wrk, closed loop, 200 connections, added over 60 s, then 20 s that count`."""
    added = f"added over {setting_text(load.ramp_s)}, then {setting_text(load.duration_s)} that count"
    return f"{workload} by wrk, closed loop, {count('connection')}, {added}"


def asked(load: Ramp) -> str:
    """A loop that grows."""
    added = f"{load.connections:,} connections in a closed loop, added over {setting_text(load.ramp_s)}"
    return f"{added}: each waits for its answer before it asks again"
