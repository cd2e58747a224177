"""What a run says: its cells with their intervals, bounds and validity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.accounting import SpeedRange, TierUse
from lab.model.deployment import Pins
from lab.model.load import Load
from lab.model.measurement import Cell, Published
from lab.model.round import ErrorCounts, Span
from lab.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95% interval over rounds; low and high are None where there is only one round."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles of the merged histogram of all rounds, in ms."""

    mean: float
    p50: float
    p90: float
    p99: float
    p999: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The ceiling of a cell: the lowest of its limits, and which one it is."""

    name: Literal["offered", "connections", "slots", "cores"]
    requests_per_second: float
    formula: str
    """The limit in figures: `40 slots / (0.1 s + 0.00021 s)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoop:
    """What an open loop tells of a stack beside its latency, over all rounds."""

    p99_ms: Estimate | None
    """Of the latency of each round, with an interval over rounds; None where a round had no answer."""
    offered: int
    dropped: int
    service_ms: Latency | None
    """From when a request was sent; the latency counts from when it was due."""
    send_lag_ms: Latency | None
    """From due to sent: the generator's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogResult:
    """What became of work that was accepted and not done, over all rounds."""

    finished_per_second: Estimate
    waiting: Estimate
    """Accepted and not finished, at the end of a round."""


VerdictName = Literal[
    "reproduced",
    "scaled",
    "same order",
    "differs",
    "mean not of all clients",
    "cannot be true",
    "not comparable here",
]
"""Reproduced is a figure itself, within the accuracy that the lab states. Of a figure that belongs to a processor only
the order is compared, unless it is scaled: one factor between their cores and ours explains it. Cannot be true is for
what no reading saves, the one before it for a mean that leaves out those who timed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a published row, and the reason that the figures give."""

    name: VerdictName
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What a stack takes up, with intervals over rounds; mappings are by service, `total` first."""

    cold_start_s: Estimate
    warm_start_s: Estimate
    idle_mib: Mapping[str, Estimate]
    peak_mib: Mapping[str, Estimate]
    """Highest working set under the cell's load."""
    rebuild_s: Estimate
    containers: int
    processes: Mapping[str, int]
    image_mib: float | None
    unique_mib: float | None
    """Of the images, the layers that no other image of the compared rows has: the base counts for nobody."""
    config_lines: int | None
    """Lines that somebody wrote to deploy it: Compose file and server confs, without comments and blank lines."""
    cache_dropped: bool = False
    """Whether every cold start began without the page cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Two rows of a table that were measured the other way round."""

    better: str
    """As published."""
    worse: str
    told_apart: bool
    """Whether what was measured tells them apart beyond doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How far a table's measured order is the published one."""

    table: str
    pins: Pins
    tau: Estimate
    """Kendall's tau-b: 1 the same order, 0 none, -1 the reverse."""
    rows: tuple[str, ...]
    """Those compared, in published order, the best first."""
    swapped: tuple[Swap, ...]
    left_out: Mapping[str, str]
    """Row → why it is not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """What a published CPU-bound row says of the speed of their cores beside ours."""

    row: str
    cores: int
    """Of theirs, that were in use at the published rate."""
    load_beside: bool
    """Whether the load had its part of them; then its CPU is in both costs."""
    published_us: float
    """CPU time of theirs for a request: cores ÷ published rate."""
    measured_us: Estimate
    """Of ours, for the same work."""
    factor: Estimate
    """Theirs over ours."""
    others: float
    """The factor that the other rows give."""

    @property
    def residual(self) -> float:
        """How many times the factor of the others its own is."""
        return self.factor.value / self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """The time that a core of a source's machine needed over one of ours, from a table's CPU-bound rows."""

    table: str
    pins: Pins
    factor: Estimate
    """Over rows: its interval is about how far they agree with each other."""
    rows: tuple[FactorRow, ...]
    scaled: tuple[str, ...]
    """Those that the factor of the others explains."""
    holds: bool
    """Whether these are more than half of the rows: else no one factor explains the table, and no row is scaled."""
    left_out: Mapping[str, str]
    """CPU-bound row → why it says nothing of the cores."""


Decision = Literal["faster", "slower", "no difference"]
"""Of a row beside its reference: the faster takes less CPU for a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duet:
    """What a request costs beside what it costs the reference, both measured at the same time on the same cores."""

    reference: str
    """The row that it is compared with."""
    rate: float
    """Requests per second to each of the two."""
    slices: int
    cpu_ratio: Estimate
    """CPU of all tiers for a request, over that of the reference."""
    cpu_us_per_request: float
    """Of the row itself, in these seconds: at another time of day the same work may take another time."""
    reference_cpu_us_per_request: float
    valid: bool
    invalid_reasons: tuple[str, ...] = ()
    core_speed: SpeedRange | None = None
    """While both were asked; None where it was not timed."""
    decision: Decision | None = None
    """What may be said beyond doubt of all pairs of the table together, or with `until` at all looks together; None
    where it is not decided."""
    difference_at_most: float | None = None
    """The share by which one of the two may cost more than the other; None without an interval."""
    until: float | None = None
    """The difference that was to be decided, as a share; `cpu_ratio` then holds however often it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """One row of `results.json`."""

    cell: Cell
    """What was measured, with all that was known of it beforehand."""
    rounds: int
    requests_per_second: Estimate | None
    latency_ms: Latency | None
    requests: int
    errors: ErrorCounts
    cpu_us_per_request: Mapping[str, Estimate]
    """`total`, then each tier."""
    cpu_cores: Mapping[str, float]
    """Mean number of cores in use during the rounds: `total`, each tier, and `load`."""
    memory_peak_mib: Mapping[str, Estimate]
    """The highest working set of a round: `total`, then each tier."""
    startup_s: Estimate | None
    """Without an interval: a stack starts once in a run, except where each round brings it up anew."""
    image_mib: float | None
    bound: Bound | None
    valid: bool
    invalid_reasons: tuple[str, ...]
    notes: tuple[str, ...]
    """What a careful reader should know although the cell is valid."""
    verdict: Verdict | None = None
    """None where nothing was published."""
    limits: tuple[Bound, ...] = ()
    """All that bound the cell, the lowest first: `bound` is its first, the next one comes after it."""
    wall_s: Estimate | None = None
    """Of a burst: until the last request has its answer."""
    spans: tuple[Span, ...] = ()
    """Of a burst: the requests of the round whose wall clock is the middle one."""
    open_loop: OpenLoop | None = None
    """Of an open loop only."""
    backlog: BacklogResult | None = None
    """Where answers say that the work is kept for later; None where no tier tells what became of it."""
    footprint: Footprint | None = None
    use: Mapping[str, TierUse] = field(default_factory=dict)
    """Tier → what it used in all rounds that count; its peak is the highest of a round."""
    core_speed: SpeedRange | None = None
    """Of the rounds that count; None where it was not timed."""
    at_least: bool = False
    """Whether the load generator was the limit: requests/s is then a floor, and no row is ahead of it for certain."""
    load_cpu_us_per_request: Estimate | None = None
    """What the load itself spends on one, over whole rounds; None where the engine does not tell."""
    duet: Duet | None = None
    """None for the reference itself, and where the row could not be measured side by side."""
    idle_duet: Duet | None = None
    """The same at a low rate, which both serve idly; None where none was asked for."""

    @property
    def load(self) -> Load:
        """The load of its cell."""
        return self.cell.load

    @property
    def published(self) -> Published | None:
        """What was published of its cell."""
        return self.cell.published

    @property
    def bound_share(self) -> float | None:
        """Its rate over that of its bound; None where it has no rate or no bound."""
        bound, rate = self.bound, self.requests_per_second
        return rate.value / bound.requests_per_second if rate and bound and bound.requests_per_second else None

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that is said against it: why it is not valid, where it is not, then what a careful reader should know."""
        return (*self.invalid_reasons, *self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`results.json`: the run and its cells, in the order of the tables."""

    schema_version: int
    run: Run
    cells: tuple[CellResult, ...]
    orders: tuple[Order, ...] = ()
    """One for each table and set of pins with at least four published figures."""
    core_speed: SpeedRange | None = None
    """Of all rounds and duets that count; None where it was not timed."""
    factors: tuple[Factor, ...] = ()
    """One for each table and set of pins with at least four CPU-bound rows whose source names its cores."""
