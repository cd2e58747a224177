"""Pure: how fast a cell can be at most, before and after it is measured, and what sets that limit.

With N connections in a closed loop, a handler that waits D, s CPU seconds per request, `slots` requests in
service at once and C cores, throughput is at most ``min(N / (D + s), slots / (D + s), C / s)``: Little's law
for the first two, the CPU's time for the third.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from lab.model import Bound


def product(factors: Sequence[str], environment: Mapping[str, str]) -> int:
    """Multiply numbers and settings: `["WORKERS", "40"]` with WORKERS=4 is 160."""
    return math.prod(int(factor) if factor.isdigit() else int(environment[factor]) for factor in factors)


def ceiling(
    *,
    connections: int,
    delay_s: float,
    slots: int | None,
    cores: int,
    processes: int | None = None,
    cpu_s: float = 0.0,
    app_cpu_s: float = 0.0,
) -> Bound | None:
    """The lowest of the limits that apply, in requests per second; None if nothing limits (no wait, no CPU).

    `cpu_s` is the CPU time of one request in all tiers, `app_cpu_s` its part in the application, whose
    `processes` use one core each at most. Both are 0 where they are not known yet, which leaves the bounds that
    hold on any machine.
    """
    busy_s = delay_s + cpu_s
    limits: list[Bound] = []
    if cpu_s > 0:
        limits.append(_bound("cores", cores / cpu_s, f"{_count(cores, 'core')} / {time_text(cpu_s)} of CPU"))
    if processes is not None and processes < cores and app_cpu_s > 0:
        formula = f"{_count(processes, 'process')} / {time_text(app_cpu_s)} of the application's CPU"
        limits.append(_bound("cores", processes / app_cpu_s, formula))
    if busy_s > 0:
        wait = f"({time_text(delay_s)} + {time_text(cpu_s)})" if cpu_s > 0 else time_text(delay_s)
        if slots is not None:
            limits.append(_bound("slots", slots / busy_s, f"{slots} slots / {wait}"))
        limits.append(_bound("connections", connections / busy_s, f"{connections} connections / {wait}"))
    # On a tie the narrower cause is named: more connections than slots never help.
    return min(limits, key=lambda bound: bound.requests_per_second, default=None)


def _bound(name: Literal["connections", "slots", "cores"], requests_per_second: float, formula: str) -> Bound:
    return Bound(name=name, requests_per_second=requests_per_second, formula=formula)


def _count(number: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{number} {noun}{plural if number != 1 else ''}"


def time_text(seconds: float) -> str:
    """A time with the unit a reader would use: `100 ms`, `48 µs`."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"  # noqa: PLR2004
