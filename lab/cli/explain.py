"""`lab explain`."""

from dataclasses import replace
from typing import Annotated

import typer

from lab import plan, store
from lab.catalog import Catalog, load_catalog
from lab.cli import output
from lab.cli.bench import Connections, Workload
from lab.cli.compare import RunOption
from lab.cli.options import Json, complete_targets, read_budget
from lab.errors import UnknownName
from lab.host.budget import of_tables
from lab.model import Cell, CellResult, Results
from lab.plan import Wishes

Subject = Annotated[
    str,
    typer.Argument(
        metavar="ROW | STACK[@VARIANT]",
        help="A row of a run or table, or a stack.",
        autocompletion=complete_targets,
    ),
]


def command(
    subject: Subject,
    *,
    run: RunOption = None,
    workload: Workload = None,
    connections: Connections = None,
    json: Json = False,
) -> None:
    """Explain a row: what bounds it, and, if a run has measured it, how near it came and what it cost.

    A row of the newest run (or of --run) is explained from its figures, a row of a table or a stack from the
    bounds that hold on any machine.
    """
    from lab.results import explain

    catalog = load_catalog()
    results = _results(catalog, run, subject)
    machine, budget = read_budget(cpus=4, memory="4g", colocated=False, exact=False)
    measured = _measured(results, subject)
    if measured:
        cells = measured
    else:
        wishes = Wishes(workload=workload, connections=connections)
        cells = [(cell, None) for cell in _planned(catalog, subject, wishes, nofile=machine.nofile_hard)]
    budgets = of_tables(machine, catalog.tables.values(), wish=budget)
    stories = {}
    for cell, result in cells:
        given = results.run.budget_of(cell.table) if results and result else budgets.get(cell.table, budget)
        stories[cell.key] = explain.story(catalog, cell, cores=len(given.stack_cpus), measured=result)
    if json:
        output.print_json(stories)
        return
    for key, sentences in stories.items():
        print(key)
        for sentence in sentences:
            print(f"  {sentence}")


def _results(catalog: Catalog, name: str | None, subject: str) -> Results | None:
    """What a run says of the tables that the row is in: its verdict needs the rows beside it, and no other table."""
    from lab.results import summary

    if name is None and not store.runs(catalog.root):
        return None
    folder = store.find(catalog.root, name)
    run, (samples, _) = folder.read_run(), folder.samples()
    tables = {cell.table for cell in run.cells if _is_meant(cell, subject)}
    return summary.summarise(
        catalog, replace(run, cells=tuple(cell for cell in run.cells if cell.table in tables)), samples
    )


def _is_meant(cell: Cell, subject: str) -> bool:
    return subject in (cell.row, f"{cell.table}/{cell.row}")


def _measured(results: Results | None, subject: str) -> list[tuple[Cell, CellResult | None]]:
    if results is None:
        return []
    pairs = zip(results.run.cells, results.cells, strict=True)
    return [(cell, result) for cell, result in pairs if _is_meant(cell, subject)]


def _planned(catalog: Catalog, subject: str, wishes: Wishes, *, nofile: int) -> tuple[Cell, ...]:
    tables = [
        replace(table, rows=tuple(row for row in table.rows if subject in (row.id, f"{table.name}/{row.id}")))
        for table in catalog.tables.values()
    ]
    if rows := plan.from_tables(catalog, tables, wishes=wishes, nofile=nofile):
        return rows
    if subject.partition("@")[0] not in catalog.stacks:
        known = [*catalog.stacks, *(row.id for table in catalog.tables.values() for row in table.rows)]
        raise UnknownName("row or stack", subject, known)
    return plan.from_targets(catalog, [subject], settings={}, wishes=wishes, nofile=nofile)
