"""Which figure of a row is compared, and what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab.figures import bounds, stats
from lab.figures.bounds import Given
from lab.figures.numbers import number_text, span_text, time_span_text, time_text
from lab.load import histogram
from lab.model import Bound, Budget, CellResult, Estimate, Published, Sample

Kind = Literal["wall_ms", "requests_per_second", "mean_ms"]
KINDS: tuple[Kind, ...] = ("wall_ms", "requests_per_second", "mean_ms")
"""The figure that a row was about comes first: a burst is about its wall clock, a loop about its rate."""

AT_ITS_BOUND = 0.85
"""Of its bound, from which on a row counts as limited by it: in verdicts, ranks and headlines alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How a row was made by those who published it."""

    connections: int
    workload: str
    duration_s: float = 0.0
    """Of each load; 0 where it is not known, and of bursts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure as published and as measured, in the unit of its kind."""

    kind: Kind
    published: float
    rounds: tuple[float, ...]
    measured: Estimate

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.kind == "requests_per_second"

    def text(self, value: float) -> str:
        """A value with its unit: `9.85/s`, `25 s`."""
        return f"{number_text(value)}/s" if self.rises else time_text(value / 1000)

    @property
    def measured_text(self) -> str:
        """What was measured, with its interval."""
        low, high = self.measured.low, self.measured.high
        if low is None or high is None:
            return self.text(self.measured.value)
        span = span_text(low, high) if self.rises else time_span_text(low / 1000, high / 1000)
        return f"{self.text(self.measured.value)} ({span})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A row to be judged: what was measured, under which budget, and what is known of its source."""

    cell: CellResult
    budget: Budget
    source: Source
    figure: Figure | None
    """None where the source printed none that can be compared, or nothing was measured."""

    @property
    def cores(self) -> int:
        """Those that the stack had."""
        return len(self.budget.stack_cpus)

    def at_once(self, cores: int) -> int:
        """How many requests can be computed side by side on so many cores."""
        return min(cores, self.cell.processes or cores, self.source.connections)


def subject(cell: CellResult, samples: Sequence[Sample], *, budget: Budget, source: Source) -> Subject:
    """A row with the figure by which it is compared."""
    return Subject(cell=cell, budget=budget, source=source, figure=_figure(cell, samples))


def waiting_bound(cell: CellResult, *, connections: int) -> Bound | None:
    """What the handler's sleep allows on any machine; None if it does not sleep."""
    burst = cell.load.model == "burst"
    return bounds.ceiling(Given(connections=connections, delay_s=cell.delay_s, slots=cell.slots, burst=burst))


def kind_of(published: Published | None) -> Kind | None:
    """The published figure that is compared; None if there is none that could be."""
    return next((kind for kind in KINDS if published and getattr(published, kind)), None)


def _figure(cell: CellResult, samples: Sequence[Sample]) -> Figure | None:
    kind = kind_of(cell.published)
    rounds = tuple(value for sample in samples if (value := _measured(kind, sample)) is not None) if kind else ()
    if kind is None or not rounds:
        return None
    return Figure(
        kind=kind, published=getattr(cell.published, kind), rounds=rounds, measured=_estimate(kind, cell, rounds)
    )


def _measured(kind: Kind, sample: Sample) -> float | None:
    if kind == "wall_ms":
        return sample.result.elapsed_s * 1000
    if kind == "requests_per_second":
        return sample.result.requests_per_second
    latency = histogram.latency([sample.result.histogram])
    return latency.mean if latency else None


def _estimate(kind: Kind, cell: CellResult, rounds: Sequence[float]) -> Estimate:
    """Rates are estimated already; what is shown and what is judged must not differ."""
    return (kind == "requests_per_second" and cell.requests_per_second) or stats.estimate(rounds)
