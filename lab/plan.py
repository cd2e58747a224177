"""Pure: tables, or stacks named by hand → the cells of a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lab import load as loads
from lab.catalog import Catalog, environment
from lab.errors import UsageError
from lab.figures import bounds
from lab.load import scripted
from lab.model import Arrivals, Cell, Closed, Deployment, Load, Open, Pins, Source, Stack, Table, TableRow, Workload

AD_HOC = "bench"
"""The table that stacks named by hand are filed under."""
AD_HOC_FOOTPRINT = "footprint"
"""The same, of stacks that are weighed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the command line says of the load; None leaves it as the table or the default has it."""

    workload: str | None = None
    connections: int | None = None
    threads: int | None = None
    duration_s: float | None = None
    rate: float | None = None
    """Ask stacks that are named by hand so many times a second, whatever they answer."""
    arrivals: Arrivals = "constant"
    pins: tuple[Pins, ...] | None = None
    rounds: int | None = None
    """Of every row, whatever its table says."""
    warmup_s: float | None = None
    """Of every row, whatever its stack says; 0 for none."""
    as_published: bool = False
    """Offer each load for as long as its source did."""
    footprint: bool = False
    """Bring stacks that are named by hand up from nothing in each round, to time and weigh them."""


DEFAULT_LOAD = Closed(connections=100, threads=1, duration_s=6)
DEFAULT_WORKLOAD = "ping"


def from_tables(catalog: Catalog, tables: Iterable[Table], *, options: PlanOptions, nofile: int) -> tuple[Cell, ...]:
    """Every row of the tables, once for each set of pins that its stack has.

    Raises UnknownName for a workload that a row cannot offer.
    """
    return tuple(
        replace(
            cell(
                catalog,
                Deployment(stack=row.stack, variant=row.variant, pins=pins, settings=row.settings),
                table=table.name,
                row=row.id,
                workload=options.workload or row.workload,
                load=_load(
                    row.load,
                    options,
                    published_s=table.published_duration_s,
                    published_ramp_s=table.published_ramp_s,
                    nofile=nofile,
                ),
            ),
            published=row.published,
            source=_source(row, table),
            note=row.note,
            from_nothing=row.footprint,
            floor=row.floor,
            reference=row.reference,
            own_rounds=None if options.rounds else table.rounds,
            warmup_s=_warmup_s(catalog.stack(row.stack), options),
        )
        for table in tables
        for row in table.rows
        for pins in _pins(catalog.stack(row.stack), options.pins or (table.pins,))
    )


def _source(row: TableRow, table: Table) -> Source:
    return Source(
        connections=row.load.connections,
        workload=row.workload,
        duration_s=table.published_duration_s,
        cores=table.source_cores,
        load_beside=table.source_load_beside,
    )


def _warmup_s(stack: Stack, options: PlanOptions) -> float | None:
    return stack.warmup_s if options.warmup_s is None else options.warmup_s


def _pins(stack: Stack, wished: Sequence[Pins]) -> tuple[Pins, ...]:
    """Those of the wished pins that a stack has; where it has none of them, what it has."""
    return tuple(pins for pins in wished if pins in stack.pins) or stack.pins


def from_targets(
    catalog: Catalog, targets: Sequence[str], *, settings: dict[str, str], options: PlanOptions, nofile: int
) -> tuple[Cell, ...]:
    """One row for each `stack[@variant]` and set of pins. Raises UnknownName."""
    cells = []
    for target in targets:
        for pins in options.pins or ("current",):
            deployment = catalog.deployment(target, pins=pins, settings=settings)
            stack = catalog.stack(deployment.stack)
            workload = options.workload or (
                DEFAULT_WORKLOAD if DEFAULT_WORKLOAD in stack.workloads else stack.workloads[0]
            )
            cells.append(
                replace(
                    cell(
                        catalog,
                        deployment,
                        table=AD_HOC_FOOTPRINT if options.footprint else AD_HOC,
                        row=deployment.name,
                        workload=workload,
                        load=_load(
                            _by_hand(stack, catalog.workload(workload, of=stack), options),
                            options,
                            published_s=DEFAULT_LOAD.duration_s,
                            nofile=nofile,
                        ),
                    ),
                    from_nothing=options.footprint,
                    warmup_s=_warmup_s(stack, options),
                )
            )
    return tuple({planned.key: planned for planned in cells}.values())


def variants(catalog: Catalog, target: str) -> tuple[str, ...]:
    """A stack with each of its variants; one that is named with a variant is itself. Raises UnknownName."""
    if "@" in target:
        return (target,)
    return tuple(f"{target}@{variant}" for variant in catalog.stack(target).variants)


def _by_hand(stack: Stack, asked: Workload, options: PlanOptions) -> Load:
    """What a stack that is named by hand is asked. Raises UsageError for one that cannot be asked so."""
    if asked.script is not None:
        if options.rate is not None:
            raise UsageError(
                f"{asked.name} is a script of its own, which is not asked at a rate",
                where=f"--rate; {asked.script.file} of {stack.name}",
                fix="leave --rate out, or name another workload",
            )
        return scripted.load(asked.script, DEFAULT_LOAD)
    if options.rate is None:
        return DEFAULT_LOAD
    if stack.entry.scheme != "http":
        raise UsageError(
            f"{stack.name} speaks https, and requests at a fixed rate go out by plain HTTP only",
            where="--rate",
            fix="name a stack without TLS, or leave --rate out",
        )
    return Open(rate=options.rate, arrivals=options.arrivals, duration_s=DEFAULT_LOAD.duration_s)


def cell(catalog: Catalog, deployment: Deployment, *, table: str, row: str, workload: str, load: Load) -> Cell:
    """One row with all that the catalogue knows of it today: after this nobody asks the catalogue again.

    Raises UnknownName for a workload that the stack does not offer.
    """
    stack = catalog.stack(deployment.stack)
    asked = catalog.workload(workload, of=stack)
    slots, at_once = _factor(catalog, deployment, stack.slots), catalog.at_once(deployment, asked)
    return Cell(
        table=table,
        row=row,
        deployment=deployment,
        title=stack.title,
        workload=asked.name,
        method=asked.method,
        path=asked.path,
        load=load,
        delay_s=catalog.delay_s(deployment, asked),
        delay_unknown=stack.adopted is not None,
        slots_unknown=stack.adopted is not None and slots is None,
        slots=min((few for few in (slots, at_once) if few is not None), default=None),
        at_once=at_once,
        accepted=catalog.accepted(deployment, asked),
        processes=_factor(catalog, deployment, stack.processes),
    )


def _factor(catalog: Catalog, deployment: Deployment, factors: Mapping[str, tuple[str, ...]]) -> int | None:
    named = factors.get(deployment.variant)
    settings = environment(catalog.stack(deployment.stack), deployment)
    return bounds.product(named, settings) if named is not None else None


def _load(load: Load, options: PlanOptions, *, published_s: float, published_ramp_s: float = 0.0, nofile: int) -> Load:
    wished = loads.changed(
        load,
        connections=options.connections,
        threads=options.threads,
        duration_s=options.duration_s or (published_s if options.as_published else None),
        ramp_s=published_ramp_s if options.as_published else None,
    )
    return loads.fit(wished, nofile=nofile)
