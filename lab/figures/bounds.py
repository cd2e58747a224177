"""Pure: how fast a cell can be at most, before and after it is measured, and what sets that limit.

With N connections in a closed loop, a handler that waits D, s CPU seconds per request, `slots` requests in
service at once and C cores, throughput is at most ``min(N / (D + s), slots / (D + s), C / s)``: Little's law
for the first two, the CPU's time for the third.

In an open loop no more is answered than is offered, and N is how many may be under way.

A burst of N requests ends with its last answer, so whole waves count: it takes at least ``⌈N / slots⌉`` times
``D + s``, ``⌈N / processes⌉`` times the application's part of s, and ``N·s / C``. Its limit is N over that time.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.figures.numbers import chosen_text, count_text, setting_text, time_text
from lab.model import Bound


def product(factors: Sequence[str], environment: Mapping[str, str]) -> int:
    """Multiply numbers and settings: `["WORKERS", "40"]` with WORKERS=4 is 160."""
    return math.prod(int(factor) if factor.isdigit() else int(environment[factor]) for factor in factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFacts:
    """What the limits of a cell follow from.

    `cpu_s` is the CPU time of one request in all tiers, `app_cpu_s` its part in the application, whose
    `processes` use one core each at most. Both are 0 where they are not known yet, which leaves the bounds that
    hold on any machine.
    """

    connections: int
    delay_s: float
    slots: int | None = None
    cores: int = 1
    processes: int | None = None
    cpu_s: float = 0.0
    app_cpu_s: float = 0.0
    burst: bool = False
    think_s: float = 0.0
    """For how long a client pauses between an answer and its next request."""
    rate: float | None = None
    """Requests per second that are asked, whatever is answered; None where that is left to the answers."""

    @property
    def busy_s(self) -> float:
        """For how long one request keeps its connection from the next one."""
        return self.think_s + self.delay_s + self.cpu_s

    @property
    def slot_s(self) -> float:
        """For how long it keeps its slot: a proxy in front works before and after."""
        return self.delay_s + self.app_cpu_s

    @property
    def few_processes(self) -> int | None:
        """The number of processes, where it keeps the application from using all cores."""
        few = self.processes is not None and self.processes < self.cores and self.app_cpu_s > 0
        return self.processes if few else None


def limits(given: LimitFacts) -> tuple[Bound, ...]:
    """All limits that apply, the lowest first; on a tie the narrower cause.

    More connections than slots never help, and one connection is never helped by anything but a quicker answer.
    """
    found = _of_burst(given) if given.burst else _of_loop(given)
    alone = given.connections == 1
    return tuple(sorted(found, key=lambda bound: (bound.requests_per_second, alone and bound.name != "connections")))


def ceiling(given: LimitFacts) -> Bound | None:
    """The lowest of the limits; None if nothing limits (no wait, no CPU)."""
    return next(iter(limits(given)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a slot's time goes, from one request to the next."""

    whole_s: float
    between_s: float
    """Neither sleep nor CPU of the application: waiting for a core or for the interpreter, and for its next request."""
    in_step: float
    """Requests per second if all slots woke at the same time and computed one after the other before any slept again.

    It is the least that waiting for a core can leave; what lies below has another cause."""


def turn(given: LimitFacts, *, requests_per_second: float) -> Turn | None:
    """Of a slot that is never without a request; None where slots are not what requests wait for."""
    if given.burst or given.slots is None or given.slots >= given.connections or not requests_per_second:
        return None
    if not given.delay_s or not given.app_cpu_s:
        return None
    whole_s = given.slots / requests_per_second
    side_by_side = min(given.cores, given.processes or given.cores, given.slots)
    together_s = given.delay_s + given.slots / side_by_side * given.app_cpu_s
    return Turn(whole_s=whole_s, between_s=whole_s - given.slot_s, in_step=given.slots / together_s)


def waves(requests: int, at_once: int) -> int:
    """In how many steps requests are served if that many are served at once."""
    return math.ceil(requests / at_once)


def _of_loop(given: LimitFacts) -> Iterator[Bound]:
    if given.rate is not None:
        yield _bound("offered", given.rate, f"{chosen_text(given.rate)} requests/s are offered")
    if given.cpu_s > 0:
        formula = f"{count_text(given.cores, 'core')} / {time_text(given.cpu_s)} of CPU"
        yield _bound("cores", given.cores / given.cpu_s, formula)
    if (processes := given.few_processes) is not None:
        formula = f"{count_text(processes, 'process')} / {time_text(given.app_cpu_s)} of the application's CPU"
        yield _bound("cores", processes / given.app_cpu_s, formula)
    if given.slots is not None and given.slot_s > 0:
        formula = f"{count_text(given.slots, 'slot')} / {_sum_text(given.delay_s, given.app_cpu_s)}"
        yield _bound("slots", given.slots / given.slot_s, formula)
    if given.busy_s > 0:
        waits_s = given.think_s + given.delay_s
        formula = f"{count_text(given.connections, 'connection')} / {_sum_text(waits_s, given.cpu_s)}"
        yield _bound("connections", given.connections / given.busy_s, formula)


def _of_burst(given: LimitFacts) -> Iterator[Bound]:
    number = given.connections
    asked = count_text(number, "request")
    if given.cpu_s > 0:
        formula = f"{asked} / ({number} × {time_text(given.cpu_s)} of CPU / {count_text(given.cores, 'core')})"
        yield _bound("cores", given.cores / given.cpu_s, formula)
    processes = given.processes
    if processes is not None and processes < number and given.app_cpu_s > 0:
        steps = waves(number, processes)
        each = f"{count_text(processes, 'process')} × {time_text(given.app_cpu_s)} of the application's CPU"
        yield _bound("cores", number / (steps * given.app_cpu_s), f"{asked} / ({count_text(steps, 'step')} of {each})")
    if given.slots is not None and given.slots < number and given.slot_s > 0:
        steps = waves(number, given.slots)
        each = f"{count_text(given.slots, 'slot')} × {_sum_text(given.delay_s, given.app_cpu_s)}"
        yield _bound("slots", number / (steps * given.slot_s), f"{asked} / ({count_text(steps, 'wave')} of {each})")
    if given.busy_s > 0:
        yield _bound("connections", number / given.busy_s, f"{asked} at once / {_sum_text(given.delay_s, given.cpu_s)}")


def _sum_text(delay_s: float, cpu_s: float) -> str:
    """How long a request waits and computes: `(100 ms + 42 µs)`."""
    parts = [setting_text(delay_s)] if delay_s else []
    if cpu_s > 0:
        parts.append(f"{time_text(cpu_s)}{'' if parts else ' of CPU'}")
    return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]


def _bound(
    name: Literal["offered", "connections", "slots", "cores"], requests_per_second: float, formula: str
) -> Bound:
    return Bound(name=name, requests_per_second=requests_per_second, formula=formula)
