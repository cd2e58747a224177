"""Cells in the order they are shown: one section a table, ranks where the intervals allow them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lab.model import CellResult, Estimate, Load, Results
from lab.report.figures import NOTHING, counted, figure, whole

_NEAR = 0.85
"""A cell counts as limited by its bound from this share of it on; `how to read` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell as it is shown; `rank` is None where the cell cannot be compared."""

    cell: CellResult
    label: str
    rank: int | None = None
    shared: bool = False
    notes: tuple[str, ...] = ()

    @property
    def rank_text(self) -> str:
        """`1`, `=2` where the rank is shared, a dash where there is none."""
        return NOTHING if self.rank is None else f"{'=' if self.shared else ''}{self.rank}"

    @property
    def rate(self) -> Estimate | None:
        """Requests per second with an interval; None where one round gives none."""
        rate = self.cell.requests_per_second
        return rate if rate and rate.low is not None and rate.high is not None else None

    @property
    def over_published(self) -> float | None:
        """Measured ÷ published requests per second."""
        published = self.cell.published
        return _ratio(self.rate, published.requests_per_second if published else None)

    @property
    def over_bound(self) -> float | None:
        """Measured ÷ the ceiling that binds."""
        bound = self.cell.bound
        return _ratio(self.rate, bound.requests_per_second if bound else None)

    @property
    def at_bound(self) -> bool:
        """Whether the cell came near enough to its ceiling to say that this is what limited it."""
        return (self.over_bound or 0.0) >= _NEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table: its valid rows, best first, then those that are not valid."""

    table: str
    budget: str
    rows: tuple[Row, ...]
    invalid: tuple[Row, ...]

    @property
    def cells(self) -> tuple[CellResult, ...]:
        """Every cell of the table, valid or not."""
        return tuple(row.cell for row in (*self.rows, *self.invalid))

    @property
    def pins(self) -> tuple[str, ...]:
        """The sets of versions that occur, sorted."""
        return tuple(sorted({cell.pins for cell in self.cells}))

    @property
    def loads(self) -> tuple[str, ...]:
        """What was offered, each kind of load once, in the order of the rows."""
        return tuple(dict.fromkeys(load_text(cell) for cell in self.cells))

    @property
    def contest(self) -> tuple[Row, ...]:
        """The ranked rows of the load that most rows share: what the headline speaks of."""
        ranked = [row for row in self.rows if row.rank is not None]
        contests = [tuple(group) for _, group in groupby(ranked, key=lambda row: _offered(row.cell))]
        return max(contests, key=len, default=())


def sections(results: Results) -> tuple[Section, ...]:
    """Arrange the cells of a run by table, in the order in which the tables first occur."""
    tables = dict.fromkeys(cell.table for cell in results.cells)
    return tuple(
        _section(table, [cell for cell in results.cells if cell.table == table], results.run.budget.label)
        for table in tables
    )


def load_text(cell: CellResult) -> str:
    """Say in one line what was offered: workload, tool, loop, connections, threads, time."""
    load = cell.load
    offered = [f"{cell.workload} by {load.tool}", f"{load.model} loop", _connections(load)]
    if load.rate is not None:
        offered.append(f"{figure(load.rate)} requests/s offered")
    return ", ".join([*offered, counted(load.threads, "thread"), f"{load.duration_s:g} s a round"])


def _connections(load: Load) -> str:
    text = counted(load.connections, "connection")
    published = load.published_connections
    return text if published in {None, load.connections} else f"{text} (published with {published:,})"


def _section(table: str, cells: Sequence[CellResult], budget: str) -> Section:
    mixed = len({cell.pins for cell in cells}) > 1
    rows = [_row(cell, mixed_pins=mixed) for cell in cells]
    return Section(
        table=table,
        budget=budget,
        rows=tuple(_ranked([row for row in rows if row.cell.valid])),
        invalid=tuple(row for row in rows if not row.cell.valid),
    )


def _row(cell: CellResult, *, mixed_pins: bool) -> Row:
    label = f"{cell.row} ({cell.pins})" if mixed_pins else cell.row
    return Row(cell=cell, label=label, notes=(*_own_notes(cell), *cell.notes))


def _own_notes(cell: CellResult) -> Iterator[str]:
    rate = cell.requests_per_second
    if rate is None:
        yield "no requests/s: nothing was measured"
    elif rate.low is None or rate.high is None:
        yield f"no requests/s: {counted(cell.rounds, 'round')} give{'s' * (cell.rounds == 1)} no interval"
    published = cell.load.published_connections
    if published is not None and published != cell.load.connections:
        yield f"offered {whole(cell.load.connections)} connections; its source used {whole(published)}"


def _offered(cell: CellResult) -> tuple[str, str, int, float]:
    """Tell which rows may be ranked against each other: those that were asked for the same."""
    return cell.workload, cell.load.model, cell.load.connections, cell.load.rate or 0.0


def _ranked(rows: Sequence[Row]) -> Iterator[Row]:
    loads = dict.fromkeys(_offered(row.cell) for row in rows)
    for load in loads:
        yield from _ranked_at_one_load([row for row in rows if row.rate and _offered(row.cell) == load])
    yield from (row for row in rows if row.rate is None)


def _ranked_at_one_load(rows: Iterable[Row]) -> Iterator[Row]:
    rank = 1
    for group in _ties(sorted(rows, key=_value, reverse=True)):
        for row in group:
            yield Row(cell=row.cell, label=row.label, notes=row.notes, rank=rank, shared=len(group) > 1)
        rank += len(group)


def _ties(rows: Sequence[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        if group and not _overlap(group[-1], row):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _overlap(one: Row, other: Row) -> bool:
    low, high = _ends(one)
    other_low, other_high = _ends(other)
    return low <= other_high and other_low <= high


def _ends(row: Row) -> tuple[float, float]:
    rate = row.rate
    if rate is None or rate.low is None or rate.high is None:
        return 0.0, 0.0
    return rate.low, rate.high


def _value(row: Row) -> float:
    return row.rate.value if row.rate else 0.0


def _ratio(rate: Estimate | None, base: float | None) -> float | None:
    return rate.value / base if rate and base else None
