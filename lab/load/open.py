"""open: requests go out at a fixed rate by pace, each when it is due, whether or not those before were answered.

A latency counts from when its request was due, so what a slow moment does to all who came in it is seen. All rows are
asked the same, so they are ranked by how long their slowest hundredth waits: docs/decisions/0029-open-loops.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from lab.figures.bounds import LimitFacts
from lab.figures.numbers import chosen_text, setting_text, time_text, whole_text
from lab.load import closed, histogram, pace, protocol
from lab.load.protocol import Command
from lab.model import HostCpu, Latency, Load, LoadResult, Open, OpenRound, Sample, Workload

SCORE: Literal["tail"] = "tail"
MAY_LEAVE_A_QUEUE = True
DUETS = True
CHECKED_BY_THE_LAB = True
KNOWS_EVERY_REQUEST = True
LITTLES_LAW: Literal["silent"] = "silent"
"""Connections are opened as they are needed."""
LAG_MS = 1.0
"""Of the send lag's p99: so late may the generator always be."""
LAG_SHARE = 0.1
"""Of the latency's p99, which the send lag's may be where that is more: rows are ranked by it."""


def command(load: Open, workload: Workload, *, url: str, answers: Sequence[str]) -> Command:
    """The call of `pace` for one round against `url`."""
    target = pace.Target(url=url, workload=workload, answers=answers)
    ramp_s = _ramp_s(load)
    return pace.command(
        [target],
        rate=load.rate,
        ramp_s=ramp_s,
        counted_s=load.duration_s - ramp_s,
        arrivals=load.arrivals,
        under_way=load.connections,
    )


def _ramp_s(load: Open) -> float:
    """As of a closed loop: the time in which connections are opened is a part of the round, and does not count."""
    return round(min(closed.RAMP_S, load.duration_s * closed.RAMP_SHARE), 1)


def parse(output: str, load: Open) -> tuple[LoadResult, HostCpu]:  # noqa: ARG001 - the shape of a kind
    """What became of the requests of one round. Raises LabError if a part is missing."""
    found, host = pace.parse(output)
    with protocol.whole(output, tool="pace"):
        (one,) = found
    result = LoadResult(
        requests=one.answered,
        elapsed_s=one.elapsed_s,
        bytes_read=one.bytes_read,
        errors=one.errors,
        per_100ms=one.per_100ms,
        ramp_s=one.ramp_s,
        steady_s=one.steady_s,
        histogram=one.latency,
        open_loop=OpenRound(offered=one.offered, dropped=one.dropped, service=one.service, send_lag=one.send_lag),
    )
    return result, host


def warming(load: Open, *, seconds: float, delay_s: float) -> Load:
    """As for a closed loop."""
    return closed.warming(load, seconds=seconds, delay_s=delay_s)


def offered_s(load: Open) -> float:
    """As it was told."""
    return load.duration_s


def bounded(load: Open, given: LimitFacts) -> LimitFacts:
    """No more is answered than is asked."""
    return replace(given, rate=load.rate)


def reasons(load: Open, samples: Sequence[Sample]) -> Iterator[str]:
    """Why its latencies are not those at the rate that was asked for: requests not sent, or sent late."""
    rounds = [sample.result.open_loop for sample in samples if sample.result.open_loop]
    offered, dropped = sum(one.offered for one in rounds), sum(one.dropped for one in rounds)
    if dropped:
        yield (
            f"{whole_text(dropped)} of {whole_text(offered)} requests that were due were dropped, as "
            f"{whole_text(load.connections)} were under way: {chosen_text(load.rate)}/s are more than it keeps up with"
        )
    lag = histogram.latency(one.send_lag for one in rounds)
    latency = histogram.latency(sample.result.histogram for sample in samples)
    if lag and latency and lag.p99 > max(LAG_MS, LAG_SHARE * latency.p99):
        late, all_in_all = time_text(lag.p99 / 1000), time_text(latency.p99 / 1000)
        yield f"the load generator was late: its send lag's p99 is {late}, of a latency's of {all_in_all}"


def notes(load: Open, samples: Sequence[Sample], latency: Latency) -> Iterator[str]:  # noqa: ARG001 - a kind's
    """What was offered, sent and dropped, and how late it was sent."""
    rounds = [sample.result.open_loop for sample in samples if sample.result.open_loop]
    offered, dropped = sum(one.offered for one in rounds), sum(one.dropped for one in rounds)
    lag = histogram.latency(one.send_lag for one in rounds)
    if lag:
        yield (
            f"of {whole_text(offered)} requests that were due {whole_text(offered - dropped)} were sent and "
            f"{whole_text(dropped)} dropped; the send lag's p99 is {time_text(lag.p99 / 1000)}"
        )


def words(load: Open, *, workload: str, count: Callable[[str], str]) -> str:
    """`ping by pace, open loop, 2,000/s, constant arrivals, at most 1,024 requests under way, 6 s a round`."""
    return (
        f"{workload} by pace, open loop, {chosen_text(load.rate)}/s, {load.arrivals} arrivals, at most "
        f"{count('request')} under way, {setting_text(load.duration_s)} a round"
    )


def asked(load: Open) -> str:
    """That nobody waits."""
    return (
        f"{chosen_text(load.rate)} requests a second in an open loop, {load.arrivals} arrivals and at most "
        f"{whole_text(load.connections)} under way: each goes out when it is due, whether or not those before were "
        "answered"
    )
