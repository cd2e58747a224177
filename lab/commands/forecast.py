"""What a benchmark will take before anything of it starts: rows, minutes, disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from lab import load
from lab.catalog import Catalog
from lab.deploy import building
from lab.figures import pacing
from lab.measure import settle
from lab.model import Cell, Run

STEP_S = 1.2
"""What a round takes beside its load: start of the load, counters, rest, freeze. A restart takes longer."""
TURN_S = 2.5
"""What both turns of a duet take beside what counts: a second of ramp each, and two networks to join."""
BURST_S = 5.0
"""What a burst is taken to last where its source does not say how long it took."""
FOOTPRINT_S = 20.0
"""What it takes beside the load to bring a stack up, let it rest, start it again, rebuild it and take it down."""
RESTART_S = 6.0
"""To restart a stack that would have a queue for longer than the lab waits, and to warm it again."""
START_S = 4.5
"""To bring a stack up for a table, warm it for two seconds and take it down."""
BUILD_S = 40.0
"""An image that is not there, with what its libraries take to come."""
IMAGE_MIB = 150
"""The same on disk: between the 10 MiB of a Go binary and the 400 of a database."""
ROUND_MIB = 0.03
"""A line of `samples.jsonl`, most of which is the histogram."""
REPORTS_MIB = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TableForecast:
    """A table's part of the time; builds are nobody's part."""

    table: str
    rows: int
    rounds: int
    """Of all its rows together."""
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Rough figures: minutes to the nearest few, disk to the nearest few hundred MiB."""

    tables: int
    """0 of stacks that are named by hand."""
    rows: int
    rounds: int
    """Of all rows together."""
    minutes: float
    by_table: tuple[TableForecast, ...]
    """In the order in which they are measured."""
    images: int
    missing_images: tuple[str, ...] | None
    """Those that would be built; None without an engine to ask."""
    disk_mib: float
    free_mib: int


def expected_s(run: Run) -> float:
    """Seconds that the rounds of a run will take, about."""
    beside_s = duets_s(run.cells, duet_s=run.duet_s, idle=run.duet_idle) if run.until is None else run.within_s
    return sum(round_s(cell) * run.rounds_of(cell) for cell in run.cells) + beside_s


def duets_s(cells: Sequence[Cell], *, duet_s: float, idle: bool) -> float:
    """Seconds that rows are measured side by side, after their rounds: all but the reference of each group."""
    if not duet_s:
        return 0.0
    able = [cell for cell in cells if load.kind(cell.load).DUETS and not cell.from_nothing]
    pairs = sum(len({cell.deployment for cell in group}) - 1 for group in pacing.groups(able))
    return pairs * (duet_s + TURN_S) * (1 + idle)


def round_s(cell: Cell) -> float:
    """Seconds that one round of a cell takes, about."""
    beside_s = STEP_S + (FOOTPRINT_S if cell.from_nothing else 0.0) + (RESTART_S if _leaves_a_queue(cell) else 0.0)
    return _load_s(cell) + beside_s


def _leaves_a_queue(cell: Cell) -> bool:
    """Whether clients would wait longer than the lab does, by arithmetic: clients × sleep ÷ slots."""
    if not load.kind(cell.load).MAY_LEAVE_A_QUEUE or not cell.slots:
        return False
    return cell.load.connections * cell.delay_s / cell.slots > settle.PATIENCE_S + cell.delay_s


def _load_s(cell: Cell) -> float:
    """How long load is offered: of a burst about as long as its source waited for it."""
    if (offered_s := load.kind(cell.load).offered_s(cell.load)) is not None:
        return offered_s
    published_ms = cell.published.wall_ms if cell.published else None
    return published_ms / 1000 if published_ms else BURST_S


def forecast(
    catalog: Catalog,
    cells: Sequence[Cell],
    *,
    rounds: int,
    duet_s: float = 0.0,
    idle: bool = False,
    beside_s: float = 0.0,
) -> Forecast:
    """Look at what is there, and start nothing; `beside_s` is what comes after rounds and duets."""
    pairs = dict.fromkeys((cell.deployment.stack, cell.deployment.pins) for cell in cells)
    wanted, missing = building.needed(catalog, pairs)
    built = len(wanted if missing is None else missing)
    tables = dict.fromkeys(cell.table for cell in cells)
    parts = tuple(
        _table(table, [cell for cell in cells if cell.table == table], rounds=rounds, duet_s=duet_s, idle=idle)
        for table in tables
    )
    all_rounds = sum(part.rounds for part in parts)
    return Forecast(
        tables=len(tables.keys() & catalog.tables.keys()),
        rows=len(cells),
        rounds=all_rounds,
        minutes=sum(part.minutes for part in parts) + (beside_s + built * BUILD_S) / 60,
        by_table=parts,
        images=len(wanted),
        missing_images=missing,
        disk_mib=built * IMAGE_MIB + all_rounds * ROUND_MIB + REPORTS_MIB,
        free_mib=shutil.disk_usage(catalog.root).free >> 20,
    )


def _table(table: str, cells: Sequence[Cell], *, rounds: int, duet_s: float, idle: bool) -> TableForecast:
    each = [(cell, cell.own_rounds or rounds) for cell in cells]
    starts = len({cell.deployment for cell in cells if not cell.from_nothing})
    loaded_s = sum(round_s(cell) * count for cell, count in each)
    seconds = loaded_s + duets_s(cells, duet_s=duet_s, idle=idle) + starts * START_S
    return TableForecast(table=table, rows=len(cells), rounds=sum(count for _, count in each), minutes=seconds / 60)
