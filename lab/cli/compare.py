"""`lab compare`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from lab.catalog import places
from lab.cli import typed
from lab.cli.bench import Connections, DryRun, Duet, DuetIdle, Duration, Pins, Rounds, Workload
from lab.cli.options import (
    DUET_S,
    ROUNDS,
    BudgetOptions,
    Full,
    Json,
    Targets,
    Wait,
    complete_tables,
    pins_of,
    read_budget,
    with_budget,
)
from lab.errors import UsageError
from lab.model import Cell

Table = Annotated[str, typer.Option("--table", envvar="LAB_TABLE", help="What to run.", autocompletion=complete_tables)]
RunOption = Annotated[
    str | None,
    typer.Option("--run", envvar="LAB_RUN", metavar="RUN", help="Read a run instead: `lab list runs`."),
]


@with_budget
def command(
    context: typer.Context,
    targets: Targets = None,
    *,
    table: Table = "headline",
    run: RunOption = None,
    workload: Workload = None,
    connections: Connections = None,
    duration: Duration = None,
    rounds: Rounds = ROUNDS,
    duet: Duet = DUET_S,
    idle: DuetIdle = False,
    pins: Pins = None,
    wish: BudgetOptions,
    dry_run: DryRun = False,
    wait: Wait = 0,
    full: Full = False,
    json: Json = False,
) -> None:
    """Measure a table, in turn and side by side, and compare it with what was published; or the variants of a stack."""
    from lab import folders, plan, store
    from lab.cli import forecasting, measuring, outcome, output
    from lab.commands import bench, reports
    from lab.plan import PlanOptions

    if run is not None:
        typed.refuse_all_but(context, ("run", "full", "json"), because="a run that is read has its own plan")
        folder = store.find(folders.results_root(), run)
        outcome.show(reports.write(folder.read_run(), folder, say=output.say), json=json, full=full)
        return
    _refuse_without_effect(context, named=bool(targets), duet=bool(duet), dry_run=dry_run)
    catalog, names = places.catalog_of(targets or ())
    machine, budget = read_budget(wish)
    options = PlanOptions(
        workload=workload if targets else None,
        connections=connections if targets else None,
        duration_s=duration,
        pins=pins_of(pins) if pins else None,
        rounds=rounds if typed.was_said(context, "rounds") else None,
    )
    if names:
        chosen = [one for name in names for one in plan.variants(catalog, name)]
        cells = plan.from_targets(catalog, chosen, settings={}, options=options, nofile=machine.nofile_hard)
        _require_two(cells)
    else:
        cells = plan.from_tables(catalog, [catalog.table(table)], options=options, nofile=machine.nofile_hard)
    if dry_run:
        forecasting.tell(catalog, cells, budget.label, rounds=rounds, json=json, duet_s=duet, idle=idle)
        return
    planned, folder = bench.start(
        catalog, cells, machine=machine, budget=budget, rounds=rounds, duet_s=duet, idle=idle, exact=wish.exact
    )
    measuring.carry_out(catalog, planned, folder, wait_s=wait, json=json, full=full)


def _refuse_without_effect(context: typer.Context, *, named: bool, duet: bool, dry_run: bool) -> None:
    """Raise UsageError for an option that was typed and that nothing of this run would ask for."""
    if named:
        typed.refuse(context, "table", because="stacks are named")
    else:
        typed.refuse(context, "workload", "connections", because="a table says what is asked")
    if not duet:
        typed.refuse(context, "idle", because="with --duet 0 nothing is side by side")
    if dry_run:
        typed.refuse(context, "wait", "full", because="--dry-run starts nothing")


def _require_two(cells: Sequence[Cell]) -> None:
    """Raise UsageError where a single row would be beside nothing."""
    if len(cells) > 1:
        return
    stack = cells[0].deployment.stack
    raise UsageError(
        f"there is nothing to compare: {cells[0].deployment.name} is one row",
        fix=f"name another stack or variant, give {stack} more variants, or measure it alone: lab bench",
    )
