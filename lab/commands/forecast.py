"""What a benchmark will take before anything of it starts: rows, minutes, disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from lab import load
from lab.catalog import Catalog
from lab.deploy import building
from lab.model import Cell, Run
from lab.plan import AD_HOC

STEP_S = 1.5
"""What a round takes beside its load."""
BURST_S = 5.0
"""What a burst is taken to last where its source does not say how long it took."""
FOOTPRINT_S = 20.0
"""What it takes beside the load to bring a stack up, let it rest, start it again, rebuild it and take it down."""
START_S = 4.0
"""To bring a stack up for a table, warm it and take it down."""
BUILD_S = 40.0
"""An image that is not there, with what its libraries take to come."""
IMAGE_MIB = 150
"""The same on disk: between the 10 MiB of a Go binary and the 400 of a database."""
ROUND_MIB = 0.03
"""A line of `samples.jsonl`, most of which is the histogram."""
REPORTS_MIB = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Rough figures: minutes to the nearest few, disk to the nearest few hundred MiB."""

    tables: int
    """0 of stacks that are named by hand."""
    rows: int
    rounds: int
    """Of all rows together."""
    minutes: float
    images: int
    missing_images: tuple[str, ...] | None
    """Those that would be built; None without an engine to ask."""
    disk_mib: float
    free_mib: int


def expected_s(run: Run) -> float:
    """Seconds that the rounds of a run will take, about."""
    beside_s = duets_s(run.cells, duet_s=run.duet_s, idle=run.duet_idle) if run.until is None else run.within_s
    return sum(round_s(cell) for cell in run.cells) * run.rounds + beside_s


def duets_s(cells: Sequence[Cell], *, duet_s: float, idle: bool) -> float:
    """Seconds that rows are measured side by side, after their rounds."""
    return sum(load.kind(cell.load).DUETS and not cell.from_nothing for cell in cells) * duet_s * (1 + idle)


def round_s(cell: Cell) -> float:
    """Seconds that one round of a cell takes, about."""
    return _load_s(cell) + STEP_S + (FOOTPRINT_S if cell.from_nothing else 0.0)


def _load_s(cell: Cell) -> float:
    """How long load is offered: of a burst about as long as its source waited for it."""
    if (offered_s := load.kind(cell.load).offered_s(cell.load)) is not None:
        return offered_s
    published_ms = cell.published.wall_ms if cell.published else None
    return published_ms / 1000 if published_ms else BURST_S


def forecast(catalog: Catalog, cells: Sequence[Cell], *, rounds: int, beside_s: float = 0.0) -> Forecast:
    """Look at what is there, and start nothing; `beside_s` is what comes after the rounds."""
    pairs = dict.fromkeys((cell.deployment.stack, cell.deployment.pins) for cell in cells)
    wanted, missing = building.needed(catalog, pairs)
    starts = len({(cell.table, cell.deployment) for cell in cells if not cell.from_nothing})
    built = len(wanted if missing is None else missing)
    seconds = sum(map(round_s, cells)) * rounds + beside_s + starts * START_S + built * BUILD_S
    return Forecast(
        tables=len({cell.table for cell in cells} - {AD_HOC}),
        rows=len(cells),
        rounds=len(cells) * rounds,
        minutes=seconds / 60,
        images=len(wanted),
        missing_images=missing,
        disk_mib=built * IMAGE_MIB + len(cells) * rounds * ROUND_MIB + REPORTS_MIB,
        free_mib=shutil.disk_usage(catalog.root).free >> 20,
    )
