"""Pure: tables, or stacks named by hand → the cells of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lab.catalog import Catalog
from lab.load import wrk
from lab.model import Cell, Deployment, Load, Pins, Table

AD_HOC = "bench"
"""The table that stacks named by hand are filed under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says of the load; None leaves it as the table or the default has it."""

    workload: str | None = None
    connections: int | None = None
    threads: int | None = None
    duration_s: float | None = None
    pins: tuple[Pins, ...] | None = None
    as_published: bool = False
    """Offer each load for as long as its source did."""


DEFAULT_LOAD = Load(connections=100, threads=1, duration_s=10)
DEFAULT_WORKLOAD = "ping"


def from_tables(catalog: Catalog, tables: Iterable[Table], *, wishes: Wishes, nofile: int) -> tuple[Cell, ...]:
    """Every row of the tables, once for each set of pins. Raises UnknownName for a workload a row cannot offer."""
    return tuple(
        Cell(
            table=table.name,
            row=row.id,
            deployment=Deployment(stack=row.stack, variant=row.variant, pins=pins, settings=row.settings),
            workload=catalog.workload(wishes.workload or row.workload, of=catalog.stack(row.stack)).name,
            load=_load(row.load, wishes, published_s=table.published_duration_s, nofile=nofile),
            published=row.published,
            note=row.note,
        )
        for table in tables
        for row in table.rows
        for pins in wishes.pins or (table.pins,)
    )


def from_targets(
    catalog: Catalog, targets: Sequence[str], *, settings: dict[str, str], wishes: Wishes, nofile: int
) -> tuple[Cell, ...]:
    """One row for each `stack[@variant]` and set of pins. Raises UnknownName."""
    cells = []
    for target in targets:
        for pins in wishes.pins or ("current",):
            deployment = catalog.deployment(target, pins=pins, settings=settings)
            stack = catalog.stack(deployment.stack)
            workload = wishes.workload or (
                DEFAULT_WORKLOAD if DEFAULT_WORKLOAD in stack.workloads else stack.workloads[0]
            )
            cells.append(
                Cell(
                    table=AD_HOC,
                    row=deployment.name,
                    deployment=deployment,
                    workload=catalog.workload(workload, of=stack).name,
                    load=_load(DEFAULT_LOAD, wishes, published_s=DEFAULT_LOAD.duration_s, nofile=nofile),
                )
            )
    return tuple({cell.key: cell for cell in cells}.values())


def _load(load: Load, wishes: Wishes, *, published_s: float, nofile: int) -> Load:
    duration_s = wishes.duration_s or (published_s if wishes.as_published else load.duration_s)
    connections = wishes.connections or load.connections
    threads = min(wishes.threads or load.threads, connections)
    return wrk.fit(replace(load, connections=connections, threads=threads, duration_s=duration_s), nofile=nofile)
