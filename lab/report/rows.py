"""One cell as it is shown, and what holds for a table of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import itemgetter

from lab.figures.compare import Measured
from lab.figures.numbers import NOTHING, count_text, floor_text, whole_text
from lab.judge.figures import AT_ITS_BOUND, Kind, kind_of
from lab.load import kind
from lab.model import Budget, Cell, CellResult, Citation, Estimate, Factor, Load, Order

_SPAN_FROM = 3
"""From this many neighbours on, numbers are written as a span: 1 to 10."""
_SAME_LOAD = ("model", "connections", "rate", "arrivals")
"""What of their loads rows must have in common to be ranked against each other, as far as a kind has it."""
UNKNOWN = Estimate(value=0.0, low=None, high=None)
_NUMBER = re.compile(r"[-_ ]c?\d+$")

Offered = tuple[object, ...]
_Number = tuple[int, int | None]
"""Connections, and how many the source used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One cell as it is shown; `rank` is None where the cell cannot be compared."""

    result: CellResult
    label: str
    rank: int | None = None
    shared: bool = False
    alone: bool = False
    """Whether no other row was asked for the same."""
    behind: tuple[str, ...] = ()
    """The rows that are better beyond doubt, the best first; the rank is one more than their number."""
    notes: tuple[str, ...] = ()
    usual_speed: float | None = None
    """The run's median core speed; None where it was not timed."""

    @property
    def cell(self) -> Cell:
        """What was planned of the row."""
        return self.result.cell

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a row that is not valid is not, then what else was noted of it."""
        return self.result.remarks or ("no reason was given",)

    @property
    def rank_text(self) -> str:
        """`1`, `=2` where the rank is shared, a dash where there is none or nobody to be ranked against."""
        return NOTHING if self.rank is None or self.alone else f"{'=' if self.shared else ''}{self.rank}"

    @property
    def first(self) -> bool:
        """Whether the row leads others."""
        return self.rank == 1 and not self.alone

    @property
    def burst(self) -> bool:
        """Whether a number of requests went out at once, and the time until the last answer is what counts."""
        return kind(self.cell.load).SCORE == "wall"

    @property
    def open_loop(self) -> bool:
        """Whether requests were sent at a fixed rate, and how long the slowest hundredth waited is what counts."""
        return kind(self.cell.load).SCORE == "tail"

    @property
    def less_is_better(self) -> bool:
        """Whether the row is ranked by a time."""
        return kind(self.cell.load).SCORE != "rate"

    @property
    def rate(self) -> Estimate | None:
        """Requests per second with an interval; None where one round gives none."""
        return with_interval(self.result.requests_per_second)

    @property
    def wall(self) -> Estimate | None:
        """Seconds until the last answer of a burst, with an interval."""
        return with_interval(self.result.wall_s)

    @property
    def tail(self) -> Estimate | None:
        """The p99 latency of an open loop in ms, with an interval."""
        return with_interval(self.result.open_loop.p99_ms) if self.result.open_loop else None

    @property
    def score(self) -> Estimate | None:
        """What the row is ranked by: the wall clock of a burst, the p99 of an open loop, else requests per second."""
        match kind(self.cell.load).SCORE:
            case "wall":
                return self.wall
            case "tail":
                return self.tail
            case "rate":
                return self.rate

    @property
    def score_text(self) -> str:
        """The figure that the row is ranked by, with ≥ where it is a floor."""
        return floor_text(self.score.value if self.score else None, at_least=self.result.at_least)

    @property
    def score_unit(self) -> str:
        """Of that."""
        return {"wall": "s", "tail": "ms", "rate": "requests/s"}[kind(self.cell.load).SCORE]

    @property
    def measured(self) -> Measured:
        """The same for comparing rows."""
        return Measured(estimate=self.score or UNKNOWN, rounds=self.result.rounds, at_least=self.result.at_least)

    @property
    def published_kind(self) -> Kind | None:
        """Which published figure is compared; None if none was."""
        return kind_of(self.cell.published, self.cell.load)

    @property
    def published(self) -> float | None:
        """The published figure that is compared: requests/s, or milliseconds of a wall clock or of a mean."""
        kind = self.published_kind
        return getattr(self.cell.published, kind) if kind else None

    @property
    def over_published(self) -> float | None:
        """Measured ÷ published."""
        measured, published = self._measured_as_published(), self.published
        return measured / published if measured is not None and published else None

    @property
    def over_bound(self) -> float | None:
        """Measured ÷ the ceiling that connections or slots set, both as rates; None where the cores set it."""
        return self.result.bound_share if self.result.bound and self.result.bound.name != "cores" else None

    @property
    def core_use(self) -> float | None:
        """How busy the cores were that a row could use, where they set its ceiling: so it checks nothing."""
        return self.result.bound_share if self.result.bound and self.result.bound.name == "cores" else None

    @property
    def at_bound(self) -> bool:
        """Whether the cell came near enough to its ceiling to say that this is what limited it."""
        return (self.result.bound_share or 0.0) >= AT_ITS_BOUND

    def _measured_as_published(self) -> float | None:
        match self.published_kind:
            case "wall_ms":
                return self.wall.value * 1000 if self.wall else None
            case "mean_ms":
                return self.result.latency_ms.mean if self.result.latency_ms else None
            case _:
                return self.rate.value if self.rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table: its valid rows, best first, then those that are not valid."""

    table: str
    title: str
    budget: Budget
    rows: tuple[ReportRow, ...]
    invalid: tuple[ReportRow, ...]
    orders: tuple[Order, ...] = ()
    factors: tuple[Factor, ...] = ()
    citation: Citation | None = None
    """Who published the table; None where stacks were named by hand."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell of the table, valid or not."""
        return tuple(row.cell for row in (*self.rows, *self.invalid))

    @property
    def results(self) -> tuple[CellResult, ...]:
        """The results of all of them."""
        return tuple(row.result for row in (*self.rows, *self.invalid))

    @property
    def pins(self) -> tuple[str, ...]:
        """The sets of versions that occur, sorted."""
        return tuple(sorted({cell.deployment.pins for cell in self.cells}))

    @property
    def loads(self) -> tuple[str, ...]:
        """What was offered, each kind of load once, in the order of the rows; numbers of connections together."""
        kinds: dict[tuple[str, Load], dict[_Number, None]] = {}
        for cell in self.cells:
            load = replace(cell.load, connections=0, published_connections=None)
            kinds.setdefault((cell.workload, load), {})[cell.load.connections, cell.load.published_connections] = None
        return tuple(
            kind(load).words(load, workload=workload, count=partial(_counts, tuple(numbers)))
            for (workload, load), numbers in kinds.items()
        )

    @property
    def contest(self) -> tuple[ReportRow, ...]:
        """The ranked rows of the load that most rows share, the heaviest of several: what the headline speaks of."""
        ranked = sorted((row for row in self.rows if row.rank is not None), key=lambda row: offered(row.cell))
        contests = [tuple(group) for _, group in groupby(ranked, key=lambda row: offered(row.cell))]
        largest = max(contests, key=lambda rows: (len(rows), _heaviness(rows[0])), default=())
        return tuple(sorted(largest, key=lambda row: row.rank or 0))

    @property
    def workloads(self) -> tuple[str, ...]:
        """What was asked for, each once, in the order of the rows."""
        return tuple(dict.fromkeys(cell.workload for cell in self.cells))

    @property
    def weighed(self) -> tuple[ReportRow, ...]:
        """The rows that were brought up from nothing to see what they take up, the first to answer first.

        Those that are not valid come last: memory, images and lines are worth showing, though a load was disturbed.
        """
        found = [(row.result.valid, row.result.footprint, row) for row in (*self.rows, *self.invalid)]
        weighed = [(not valid, footprint.cold_start_s.value, row) for valid, footprint, row in found if footprint]
        return tuple(row for *_, row in sorted(weighed, key=itemgetter(0, 1)))

    @property
    def has_loops(self) -> bool:
        """Whether some rows are about requests per second."""
        return any(kind(cell.load).SCORE == "rate" for cell in self.cells)

    @property
    def has_open_loops(self) -> bool:
        """Whether some rows are about how long requests waited that came at a fixed rate."""
        return any(kind(cell.load).SCORE == "tail" for cell in self.cells)

    @property
    def has_bursts(self) -> bool:
        """Whether some rows are about the wall clock of a burst."""
        return any(kind(cell.load).SCORE == "wall" for cell in self.cells)


def with_interval(estimate: Estimate | None) -> Estimate | None:
    """Leave an estimate out that has no interval."""
    return estimate if estimate and estimate.low is not None and estimate.high is not None else None


def offered(cell: Cell) -> Offered:
    """Tell which rows may be ranked against each other: those that were asked for the same, and say they did it."""
    return cell.workload, *(getattr(cell.load, name, None) for name in _SAME_LOAD), cell.accepted


def _heaviness(row: ReportRow) -> float:
    """Of a load by which rows are ranked apart: requests at once, or a second; loops are not told apart by it."""
    if row.burst:
        return row.cell.load.connections
    rate: float = getattr(row.cell.load, "rate", 0.0)
    return rate


def series(rows: Iterable[ReportRow]) -> dict[str, tuple[ReportRow, ...]]:
    """Gather the bursts that differ in nothing but how many requests came at once, under what their names share."""
    found: dict[tuple[object, ...], list[ReportRow]] = {}
    for row in rows:
        if row.burst and row.wall:
            cell = row.cell
            system = cell.deployment, cell.workload
            found.setdefault(system, []).append(row)
    grown = [sorted(group, key=lambda row: row.cell.load.connections) for group in found.values()]
    return {_shared_name(group): tuple(group) for group in grown if len({offered(row.cell) for row in group}) > 1}


def _shared_name(rows: Sequence[ReportRow]) -> str:
    """What is left of the rows' names without the number at their end, or else what was deployed."""
    first = rows[0]
    names = {_NUMBER.sub("", row.cell.row) for row in rows}
    name = names.pop() if len(names) == 1 else f"{first.cell.deployment.stack}@{first.cell.deployment.variant}"
    return name + first.label.removeprefix(first.cell.row)


def _counts(numbers: Sequence[_Number], noun: str) -> str:
    """Write numbers with their noun, neighbours as a span: `1 to 10 requests`, `2,000 or 20,000 connections`."""
    counts = sorted({number for number, _ in numbers})
    if len(counts) >= _SPAN_FROM and counts[-1] - counts[0] == len(counts) - 1:
        return f"{counts[0]} to {counts[-1]} {noun}s"
    if len(numbers) == 1:
        ((number, published),) = numbers
        return f"{count_text(number, noun)}{_published_with(number, published)}"
    *said, last = [f"{whole_text(number)}{_published_with(number, published)}" for number, published in numbers]
    return f"{', '.join(said)} or {last} {noun}s"


def _published_with(number: int, published: int | None) -> str:
    return "" if published is None or published == number else f" (published with {whole_text(published)})"
