"""`lab explain`: the story of a row that a run has measured, or of one that could be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lab import folders, plan, store
from lab.catalog import Catalog, load_catalog, places
from lab.errors import UnknownName, UsageError
from lab.host.budget import of_tables
from lab.model import Budget, Cell, Machine, Table
from lab.plan import PlanOptions
from lab.results import explain, summary

Stories = Mapping[str, Sequence[str]]
"""Key of a cell → sentences."""


def measured(subject: str, *, run: str | None, options: PlanOptions) -> Stories:
    """The rows that are meant in a run, the newest if none is named; empty if it has none of them.

    A stack means what was measured of it by hand. Of the options the workload and the connections choose among rows.

    Reads the run folder and nothing else. Raises UnknownName for a run that is not there.
    """
    meant = places.project(subject)
    subject = meant.target if meant else subject
    root = meant.place.folder if meant and meant.place else folders.results_root()
    if run is None and not folders.runs(root):
        return {}
    folder = store.find(root, run)
    whole, (samples, _) = folder.read_run(), folder.samples()
    # A verdict needs the rows beside it, and no other table.
    tables = {cell.table for cell in whole.cells if _is_meant(cell, subject, options)}
    part = replace(whole, cells=tuple(cell for cell in whole.cells if cell.table in tables))
    results = summary.summarise(part, samples, folder.duets())
    found = [result for result in results.cells if _is_meant(result.cell, subject, options)]
    return {
        result.cell.key: explain.story(
            result.cell, cores=len(part.budget_of(result.cell.table).stack_cpus), result=result
        )
        for result in found
    }


def planned(subject: str, *, options: PlanOptions, machine: Machine, budget: Budget) -> Stories:
    """Rows of tables, or a stack, by the bounds that hold on any machine. Raises UnknownName."""
    if places.project(subject):
        catalog, (name,) = places.catalog_of([subject])
        cells = plan.from_targets(catalog, [name], settings={}, options=options, nofile=machine.nofile_hard)
    else:
        catalog = load_catalog()
        cells = _planned(catalog, subject, options, nofile=machine.nofile_hard)
    budgets = of_tables(machine, catalog.tables.values(), wish=budget)
    return {
        _title(cell): explain.story(cell, cores=len(budgets.get(cell.table, budget).stack_cpus), result=None)
        for cell in cells
    }


def _title(cell: Cell) -> str:
    """A row of a table by its key; what was named by hand stands in no table."""
    return cell.row if cell.table == plan.AD_HOC else cell.key


def _is_meant(cell: Cell, subject: str, options: PlanOptions) -> bool:
    if options.workload not in (None, cell.workload) or options.connections not in (None, cell.load.connections):
        return False
    by_hand = (cell.deployment.stack,) if cell.table == plan.AD_HOC else ()
    return subject in (cell.row, f"{cell.table}/{cell.row}", *by_hand)


def _is_kept(table: Table, subject: str) -> bool:
    return any(subject in (row, f"{table.name}/{row}") for row in table.kept)


def _unknown(catalog: Catalog, subject: str) -> UsageError:
    """What is said of a subject that is none: a table, a row that a table does not have, a project, or a typo."""
    name, slash, row = subject.partition("/")
    if table := catalog.tables.get(name):
        rows = [one.id for one in table.rows]
        if row:
            return UnknownName("row", row, rows, where=f"table {name}")
        return UsageError(
            f"{name} is a table, and a row is explained",
            where=f"its rows: {', '.join(rows) or 'none that can be run'}",
            fix=f"lab explain {name}/{rows[0] if rows else 'ROW'}",
        )
    if not slash and places.is_project(Path(name)):
        places.require_no_path(subject, catalog.stacks)
    return UnknownName(
        "row or stack", subject, [*catalog.stacks, *(row.id for table in catalog.tables.values() for row in table.rows)]
    )


def _planned(catalog: Catalog, subject: str, options: PlanOptions, *, nofile: int) -> tuple[Cell, ...]:
    tables = [
        replace(table, rows=tuple(row for row in table.rows if subject in (row.id, f"{table.name}/{row.id}")))
        for table in catalog.tables.values()
    ]
    if rows := plan.from_tables(catalog, tables, options=options, nofile=nofile):
        return rows
    if place := next((table.name for table in catalog.tables.values() if _is_kept(table, subject)), None):
        raise UsageError(
            "the lab keeps this row and cannot run it, so that nothing is known of it but its printed figures",
            where=f"{subject}, in experiments/{place}.yaml",
            fix=f"`lab audit experiments/{place}.yaml` says what they can and cannot mean",
        )
    if subject.partition("@")[0] not in catalog.stacks:
        raise _unknown(catalog, subject)
    return plan.from_targets(catalog, [subject], settings={}, options=options, nofile=nofile)
