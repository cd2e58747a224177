"""Warming a stack up: small loads of a second each, which count for nothing, until it has settled or the time is up."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.errors import LabError
from lab.figures import known, steady
from lab.figures.steady import WarmSecond
from lab.load import kind
from lab.measure.clock import Clock
from lab.measure.rig import Rig
from lab.model import Load, Workload

SECOND_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmed:
    """What was offered, and what came of it."""

    load: Load
    """Of each second; another than the row's own."""
    seconds: int
    """Offered, and left out of all that counts."""
    settled: bool | None
    """None where that could not be seen: one second, or a single request."""


def warm(rig: Rig, load: Load, workload: Workload, *, most_s: float, delay_s: float, clock: Clock) -> Warmed:
    """Imports, caches, allocators, connections and compiled code come into being, within `most_s`.

    Where the handler sleeps so long (`delay_s`) that no answer could come in a second, it is one request.
    """
    small = kind(load).warming(load, seconds=SECOND_S, delay_s=delay_s)
    seen: list[WarmSecond] = []
    tried = 0
    for one in _offered(rig, small, workload, clock=clock):
        tried += 1
        if one is None:
            return Warmed(load=small, seconds=tried, settled=None)
        seen.append(one)
        if steady.is_settled(seen) or tried >= most_s:
            break
    return Warmed(load=small, seconds=tried, settled=steady.is_settled(seen) if len(seen) > 1 else None)


def _offered(rig: Rig, small: Load, workload: Workload, *, clock: Clock) -> Iterator[WarmSecond | None]:
    """Second after second; None for one that says nothing."""
    offered_s = kind(small).offered_s(small)
    while True:
        before = _cpu_s(rig)
        with clock.phase("load"):
            output = rig.offer(kind(small).command(small, workload, url=rig.url, answers=()))
        yield _second(small, output, known.difference(before, _cpu_s(rig))) if offered_s is not None else None


def _second(small: Load, output: str, cpu_s: float | None) -> WarmSecond | None:
    try:
        result, _ = kind(small).parse(output, small)
    except LabError:
        return None  # the round itself meets what is wrong, and says it
    if not result.requests or not result.elapsed_s:
        return WarmSecond(per_second=0.0, cpu_s=None)
    cost = cpu_s / result.requests if cpu_s else None
    return WarmSecond(per_second=result.requests / result.elapsed_s, cpu_s=cost)


def _cpu_s(rig: Rig) -> float | None:
    return known.total(usage.cpu_s for usage in rig.usage().values())
