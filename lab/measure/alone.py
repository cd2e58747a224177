"""How long each request of a workload takes that has the stack to itself."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from lab.measure import verify
from lab.model import Workload

ROUNDS = 7
"""Of each request the median counts, so that one stall of the machine does not."""
SLOW = 3
"""Times the median: a request that took so long more than once does so by itself, now and then, and its mean counts."""
STALL_S = 0.05
"""Beyond that, too: what a machine of others may add to any request."""
ENOUGH_S = 3.0
"""After so long no further round is begun: one of many requests, or of slow ones, tells enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What a request takes without any other beside it."""

    mean_s: float
    """Over the mix: a request that comes more often counts more often."""
    slowest_s: float
    """Of the mix's slowest request."""


def measured(url: str, workload: Workload, *, timeout_s: float | None = None) -> Alone:
    """Ask one request after the other. Answers are not judged: `verify.ask` has just done that, as patiently."""
    alone = [*_each(workload)]
    spans: list[list[float]] = [[] for _ in alone]
    began = time.monotonic()
    for _ in range(ROUNDS):
        for one, found in zip(alone, spans, strict=True):
            asked = time.monotonic()
            verify.ask(url, one, timeout_s=timeout_s)
            found.append(time.monotonic() - asked)
        if time.monotonic() - began > ENOUGH_S:
            break
    usual = [_usual(found) for found in spans]
    return Alone(mean_s=fmean(usual[turn] for turn in workload.turns or range(len(usual))), slowest_s=max(usual))


def _usual(spans: Sequence[float]) -> float:
    """The median; the mean of a request that is slow by nature at times."""
    middle = median(spans)
    slow = [span for span in spans if span > SLOW * middle + STALL_S]
    return fmean(spans) if len(slow) > 1 else middle


def _each(workload: Workload) -> Iterator[Workload]:
    """Every request as a workload of its own, with the token whose turn it is."""
    for number, request in enumerate(workload.requests):
        tokens = workload.tokens
        token = (tokens[number % len(tokens)],) if tokens else ()
        yield replace(workload, requests=(request,), turns=(), tokens=token)
