"""`lab footprint`."""

from dataclasses import replace

import typer

from lab import plan
from lab.catalog import Catalog, places
from lab.cli import typed
from lab.cli.bench import DryRun, Pins, Rounds
from lab.cli.options import (
    ROUNDS,
    BudgetOptions,
    Full,
    Json,
    Settings,
    Targets,
    Wait,
    pins_of,
    read_budget,
    read_settings,
    with_budget,
)
from lab.errors import UsageError
from lab.model import Cell
from lab.plan import PlanOptions

CONNECTIONS = 64
DURATION_S = 3
"""Of the load under which a stack given by name shows its peak."""


@with_budget
def command(
    context: typer.Context,
    targets: Targets = None,
    *,
    rounds: Rounds = ROUNDS,
    pins: Pins = None,
    settings: Settings = None,
    wish: BudgetOptions,
    dry_run: DryRun = False,
    wait: Wait = 0,
    full: Full = False,
    json: Json = False,
) -> None:
    """Time and weigh stacks: start-up, memory, processes, image, configuration, rebuild.

    Without a name: the rows of the tables that ask for it.
    """
    from lab.cli import forecasting, measuring
    from lab.commands import bench

    catalog = places.built_in(targets or (), command="footprint")
    machine, budget = read_budget(wish)
    options = PlanOptions(
        pins=pins_of(pins) if pins else None,
        footprint=True,
        rounds=rounds if typed.was_said(context, "rounds") else None,
    )
    if targets:
        options = replace(options, connections=CONNECTIONS, duration_s=DURATION_S)
        cells = plan.from_targets(
            catalog, targets, settings=read_settings(settings), options=options, nofile=machine.nofile_hard
        )
    else:
        typed.refuse(context, "settings", because="the rows of a table have their own settings; name a stack instead")
        cells = _of_tables(catalog, options, nofile=machine.nofile_hard)
    if dry_run:
        typed.refuse(context, "wait", "full", because="--dry-run starts nothing")
        forecasting.tell(catalog, cells, budget.label, rounds=rounds, json=json)
        return
    run, folder = bench.start(catalog, cells, machine=machine, budget=budget, rounds=rounds, exact=wish.exact)
    measuring.carry_out(catalog, run, folder, wait_s=wait, json=json, full=full)


def _of_tables(catalog: Catalog, options: PlanOptions, *, nofile: int) -> tuple[Cell, ...]:
    """The rows that ask for a footprint, of whichever table. Raises UsageError if there are none."""
    cells = plan.from_tables(catalog, catalog.tables.values(), options=options, nofile=nofile)
    found = tuple(cell for cell in cells if cell.from_nothing)
    if not found:
        raise UsageError("no table asks for a footprint", where="experiments/", fix="lab footprint STACK[@VARIANT]…")
    return found
