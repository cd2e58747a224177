"""`lab bench`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import Catalog, places
from lab.cli import typed, units
from lab.cli.options import (
    DUET_S,
    ROUNDS,
    BudgetOptions,
    Full,
    Json,
    PinsChoice,
    Settings,
    Targets,
    Wait,
    complete_tables,
    pins_of,
    read_budget,
    read_settings,
    this_machine,
    with_budget,
)
from lab.errors import UsageError
from lab.figures.numbers import listing
from lab.model import Arrivals, Table

if TYPE_CHECKING:
    from lab.store import RunFolder

TableNames = Annotated[
    list[str] | None,
    typer.Option("--table", envvar="LAB_TABLE", help="Every row of a table.", autocompletion=complete_tables),
]
All = Annotated[bool, typer.Option("--all", envvar="LAB_ALL", help="Every row of every published table.")]
Workload = Annotated[str | None, typer.Option("--workload", envvar="LAB_WORKLOAD", help="See `lab list workloads`.")]
Connections = Annotated[int | None, typer.Option("--connections", "-c", envvar="LAB_CONNECTIONS", min=1)]
Threads = Annotated[int | None, typer.Option("--threads", "-t", envvar="LAB_THREADS", min=1)]
Duration = Annotated[
    int | None,
    typer.Option(
        "--duration",
        "-d",
        envvar="LAB_DURATION",
        parser=units.read_duration,
        metavar="SECONDS",
        help="Of a round: 6, 90s or 2m.",
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        "--rate",
        envvar="LAB_RATE",
        parser=units.read_rate,
        metavar="RATE",
        help="Requests a second in an open loop, whatever is answered: 2000 or 2000/s.",
    ),
]
Arrive = Annotated[
    Arrivals | None,
    typer.Option("--arrivals", envvar="LAB_ARRIVALS", help="Of an open loop: evenly spaced, or as users come."),
]
Duet = Annotated[
    float,
    typer.Option(
        "--duet",
        envvar="LAB_DUET",
        parser=units.read_duet,
        metavar="SECONDS",
        help="For each stack side by side with the reference; 0 for none.",
    ),
]
DuetIdle = Annotated[
    bool,
    typer.Option("--duet-idle", envvar="LAB_DUET_IDLE", help="The same once more at a low rate, which all serve idly."),
]
DuetRate = Annotated[
    float | None,
    typer.Option(
        "--duet-rate",
        envvar="LAB_DUET_RATE",
        parser=units.read_duet_rate,
        metavar="RATE",
        help="To each of the two, side by side; else what the rounds show them to serve with ease.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        envvar="LAB_UNTIL",
        metavar="PERCENT",
        help="Of two stacks: side by side until it is decided which is faster, or that they differ by less: 3%.",
    ),
]
Within = Annotated[
    str | None,
    typer.Option("--within", envvar="LAB_WITHIN", metavar="TIME", help="With --until: for at most 10m, 90s, 1h."),
]
Warmup = Annotated[
    float | None,
    typer.Option(
        "--warmup",
        envvar="LAB_WARMUP",
        parser=units.read_warmup,
        metavar="SECONDS",
        help="Before what counts, at most: it ends when two seconds agree. 0 for none.",
    ),
]
Rounds = Annotated[int, typer.Option("--rounds", envvar="LAB_ROUNDS", min=1, help="Rounds of each cell.")]
Pins = Annotated[PinsChoice | None, typer.Option("--pins", envvar="LAB_PINS", help="Which library versions.")]
AsPublished = Annotated[
    bool,
    typer.Option("--as-published", envvar="LAB_AS_PUBLISHED", help="Load each row for as long as its source did."),
]
Resume = Annotated[
    str | None,
    typer.Option("--resume", envvar="LAB_RESUME", metavar="RUN", help="Continue an interrupted run."),
]

Anyway = Annotated[
    bool,
    typer.Option(
        "--anyway",
        envvar="LAB_ANYWAY",
        help="With --resume: even if project, host, engine or images have changed. With --rate: beyond the ceiling.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", envvar="LAB_DRY_RUN", help="Print how many rows, minutes and MiB it would take, and stop."
    ),
]


@with_budget
def command(
    context: typer.Context,
    targets: Targets = None,
    *,
    table: TableNames = None,
    everything: All = False,
    workload: Workload = None,
    connections: Connections = None,
    threads: Threads = None,
    duration: Duration = None,
    rate: Rate = None,
    arrivals: Arrive = None,
    as_published: AsPublished = False,
    warmup: Warmup = None,
    rounds: Rounds = ROUNDS,
    duet: Duet = DUET_S,
    duet_rate: DuetRate = None,
    idle: DuetIdle = False,
    until: Until = None,
    within: Within = None,
    pins: Pins = None,
    settings: Settings = None,
    wish: BudgetOptions,
    resume: Resume = None,
    anyway: Anyway = False,
    dry_run: DryRun = False,
    wait: Wait = 0,
    full: Full = False,
    json: Json = False,
) -> None:
    """Measure stacks, a table, or everything, in turn and side by side, and write the report."""
    from lab import plan
    from lab.cli import forecasting, measuring
    from lab.cli import until as deciding
    from lab.commands import bench
    from lab.plan import PlanOptions

    subject = _one_subject(context)
    _refuse_what_has_no_effect(context, targets=subject == "targets", resume=subject == "resume")
    resumed = _resumed(resume) if resume and subject == "resume" else None
    catalog, names = places.catalog_of(places.of_run(resumed.path) if resumed else targets or ())
    if resumed:
        run, folder = bench.resume(catalog, resumed, machine=this_machine(), anyway=anyway), resumed
    else:
        machine, budget = read_budget(wish)
        options = PlanOptions(
            workload=workload, connections=connections, threads=threads, duration_s=duration, rate=rate,
            arrivals=arrivals or "constant", pins=pins_of(pins) if pins else None, as_published=as_published,
            warmup_s=warmup, rounds=rounds if typed.was_said(context, "rounds") else None,
        )  # fmt: skip
        until = until if subject == "targets" else None
        if targets and subject == "targets":
            _say_of_the_same(catalog, names)
            chosen = read_settings(settings)
            cells = plan.from_targets(catalog, names, settings=chosen, options=options, nofile=machine.nofile_hard)
            cells = deciding.two(cells, until, within)
        else:
            tables = _tables(catalog, table, everything and subject == "everything")
            cells = plan.from_tables(catalog, tables, options=options, nofile=machine.nofile_hard)
        if dry_run:
            forecasting.tell(
                catalog, cells, budget.label, rounds=rounds, json=json, duet_s=duet if until is None else 0.0,
                idle=idle, beside_s=0.0 if until is None else deciding.within_s(within),
            )  # fmt: skip
            return
        run, folder = bench.start(
            catalog, cells, machine=machine, budget=budget, rounds=rounds, duet_s=duet, idle=idle, exact=wish.exact
        )
        run = replace(deciding.sought(run, until, within), duet_rate=duet_rate)
    measuring.carry_out(catalog, run, folder, wait_s=wait, json=json, full=full, anyway=anyway)


def _resumed(name: str) -> "RunFolder":
    """The run to go on with, by its whole path: nothing in it may hang on where one is. Raises UnknownName."""
    from lab import folders, store

    return store.RunFolder(path=store.find(folders.results_root(), name).path.resolve())


def _tables(catalog: Catalog, names: Sequence[str] | None, everything: bool) -> list[Table]:
    return catalog.published_tables() if everything else [catalog.table(name) for name in names or ()]


def _say_of_the_same(catalog: Catalog, names: Sequence[str]) -> None:
    """Tell of stacks that were named twice: they are one row."""
    from lab.cli import output

    by_deployment: dict[str, list[str]] = {}
    for name in names:
        by_deployment.setdefault(catalog.deployment(name).name, []).append(name)
    for meant, same in by_deployment.items():
        if len(same) > 1:
            output.say(f"{listing(same)} are the same: one row, {meant}")


def _refuse_what_has_no_effect(context: typer.Context, *, targets: bool, resume: bool) -> None:
    """Raise UsageError for what was typed and does not go with what is measured."""
    if resume:
        allowed = ("resume", "anyway", "wait", "full", "json")
        typed.refuse_all_but(context, allowed, because="a run that is resumed has its own plan")
        return
    if context.params["dry_run"]:
        typed.refuse(context, "wait", because="--dry-run starts nothing")
    _refuse_of_open_loops(context, targets=targets)
    if context.params["until"] is None:
        typed.refuse(context, "within", because="it says for how long --until looks", fix="add --until 3%")
    elif not targets:
        typed.refuse(context, "until", because="it compares two stacks by name, and a table has its own rows")
    else:
        typed.refuse(context, "duet", because="--until decides for how long two stacks are side by side")
    if targets:
        typed.refuse(context, "as_published", because="nothing was published about stacks given by name")
    else:
        typed.refuse(context, "settings", because="the rows of a table have their own settings; name a stack instead")
    if not context.params["duet"]:
        typed.refuse(context, "idle", "duet_rate", because="with --duet 0 nothing is side by side")
    if context.params["duration"] is not None:
        typed.refuse(context, "as_published", because="--duration says how long each load is offered")


def _refuse_of_open_loops(context: typer.Context, *, targets: bool) -> None:
    """Raise UsageError for what does not go with a rate, or without one."""
    rate = context.params["rate"]
    if not targets:
        typed.refuse(context, "rate", "arrivals", because="the rows of a table have their own loads")
    elif rate is None:
        typed.refuse(context, "anyway", because="it is for --resume, and for a rate beyond the generator's ceiling")
        typed.refuse(context, "arrivals", because="it says how the requests of --rate lie", fix="add --rate")
    else:
        because = "requests at a fixed --rate wait for no connection"
        typed.refuse(context, "connections", "threads", because=because)


def _one_subject(context: typer.Context) -> str:
    """Which parameter says what to measure: one that was typed, or else one that a variable gives."""
    given = typed.preferred(context, "targets", "table", "everything", "resume")
    if len(given) != 1:
        raise UsageError(
            "say what to measure, in one of four ways",
            fix="lab bench STACK[@VARIANT]…, --table NAME, --all, or --resume RUN",
        )
    return next(iter(given))
