"""Which figure of a row is compared, and what it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab import load
from lab.figures import bounds, stats
from lab.figures.compare import Measured
from lab.figures.numbers import number_text, span_text, time_span_text, time_text
from lab.load import histogram
from lab.model import Bound, Budget, Cell, CellResult, Estimate, Load, Published, Sample, Source

Kind = Literal["wall_ms", "requests_per_second", "mean_ms"]
KINDS: tuple[Kind, ...] = ("wall_ms", "requests_per_second", "mean_ms")
"""The figure that a row was about comes first: a burst is about its wall clock, a loop about its rate."""

WITHIN = 0.05
"""How near a figure must come to count as reproduced. Sleeps are exact; timers, rounds and start-up are not."""
CERTAIN = 0.10
"""How near both ends of its interval must come: a mean that is near by luck is no evidence."""

AT_ITS_BOUND = 0.85
"""The share of its bound from which a row counts as limited by it: in verdicts, ranks and headlines alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFigure:
    """One figure as published and as measured, in the unit of its kind."""

    kind: Kind
    published: float
    rounds: tuple[float, ...]
    measured: Estimate

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.kind == "requests_per_second"

    @property
    def reproduced(self) -> bool:
        """Whether the value is near the published one, and its interval not far around."""
        near = abs(self.measured.value / self.published - 1) <= WITHIN
        return near and all(abs(end / self.published - 1) <= CERTAIN for end in self._ends)

    @property
    def unclear(self) -> bool:
        """Whether nobody can tell if it is reproduced: the interval reaches where it would be, and elsewhere, too."""
        low, high = self._ends
        reaches = low <= self.published * (1 + WITHIN) and high >= self.published * (1 - WITHIN)
        return reaches and not self.reproduced

    @property
    def _ends(self) -> tuple[float, float]:
        low, high = self.measured.low, self.measured.high
        return (self.measured.value if low is None else low), (self.measured.value if high is None else high)

    @property
    def against(self) -> str:
        """What was measured, with its interval, beside what was published."""
        return f"{self.measured_text} against {self.text(self.published)}"

    @property
    def compared(self) -> Measured:
        """The measured figure for comparing it with others."""
        return Measured(estimate=self.measured, rounds=len(self.rounds))

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

    result: CellResult
    budget: Budget
    figure: JudgedFigure | None
    """None where the source printed none that can be compared, or nothing was measured."""

    @property
    def cell(self) -> Cell:
        """What was planned."""
        return self.result.cell

    @property
    def source(self) -> Source:
        """How the row was made by those who published it."""
        return source_of(self.cell)

    @property
    def floor_only(self) -> str | None:
        """That its rate is the least that the stack can do, if so: then nobody knows how it compares."""
        rate = self.figure is not None and self.figure.rises
        return "the load generator was the limit, so its rate is a floor" if rate and self.result.at_least else None

    @property
    def cores(self) -> int:
        """Those that the stack had."""
        return len(self.budget.stack_cpus)

    def at_once(self, cores: int) -> int:
        """How many requests can be computed side by side on so many cores."""
        return min(cores, self.cell.processes or cores, self.source.connections)


def subject(result: CellResult, samples: Sequence[Sample], *, budget: Budget) -> Subject:
    """A row with the figure by which it is compared."""
    return Subject(result=result, budget=budget, figure=_figure(result, samples))


def source_of(cell: Cell) -> Source:
    """How a cell's row was made; where nobody published it, as the cell itself is."""
    asked = cell.load.published_connections or cell.load.connections
    return cell.source or Source(connections=asked, workload=cell.workload)


def waiting_bound(cell: Cell, *, connections: int) -> Bound | None:
    """What the handler's sleep allows on any machine; None if it does not sleep."""
    return bounds.ceiling(load.given(cell.load, connections=connections, delay_s=cell.delay_s, slots=cell.slots))


def kind_of(published: Published | None, offered: Load) -> Kind | None:
    """The published figure that is compared; None if there is none that could be.

    The rate of an open loop is what was asked for, and no figure of the stack; a rate of 0 is a failure.
    """
    if published and published.requests_per_second == 0:
        return None
    kinds = ("mean_ms",) if load.kind(offered).SCORE == "tail" else KINDS
    return next((kind for kind in kinds if getattr(published, kind, None)), None)


def _figure(result: CellResult, samples: Sequence[Sample]) -> JudgedFigure | None:
    kind, published = kind_of(result.cell.published, result.cell.load), result.cell.published
    rounds = tuple(value for sample in samples if (value := _measured(kind, sample)) is not None) if kind else ()
    if kind is None or not rounds:
        return None
    return JudgedFigure(
        kind=kind, published=getattr(published, kind), rounds=rounds, measured=_estimate(kind, result, rounds)
    )


def _measured(kind: Kind, sample: Sample) -> float | None:
    if kind == "wall_ms":
        return sample.result.elapsed_s * 1000
    if kind == "requests_per_second":
        return sample.result.requests_per_second
    latency = histogram.latency([sample.result.histogram])
    return latency.mean if latency else None


def _estimate(kind: Kind, result: CellResult, rounds: Sequence[float]) -> Estimate:
    """Rates are estimated already; what is shown and what is judged must not differ."""
    return (kind == "requests_per_second" and result.requests_per_second) or stats.estimate(rounds)
