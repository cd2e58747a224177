"""`lab list`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from lab.catalog import load_catalog, places
from lab.cli import output
from lab.cli.options import Json
from lab.model import Stack, Table

What = Literal["stacks", "tables", "workloads", "runs"]


def command(what: Annotated[What, typer.Argument(help="What to list.")] = "stacks", *, json: Json = False) -> None:
    """List the stacks that can be brought up, or tables, workloads, runs."""
    header, rows, data = _LISTS[what]()
    if json:
        output.print_json(data)
    else:
        output.print_table(header, rows)


_List = tuple[Sequence[str], Sequence[Sequence[str]], list[object]]


def _stacks() -> _List:
    catalog = load_catalog(tables=False)
    stacks: list[Stack] = [*places.projects_by_name(catalog.workloads), *catalog.stacks.values()]
    rows = [(s.name, ", ".join(s.variants), s.title) for s in stacks]
    data: list[object] = [
        {"name": s.name, "title": s.title, "variants": [*s.variants], "workloads": [*s.workloads]} for s in stacks
    ]
    return ("stack", "variants", "title"), rows, data


def _tables() -> _List:
    catalog = load_catalog()
    rows = [(t.name, f"{len(t.rows)}{_kept(t)}", t.pins, t.title) for t in catalog.tables.values()]
    data: list[object] = [asdict(table) for table in catalog.tables.values()]
    return ("table", "rows", "pins", "title"), rows, data


def _kept(table: Table) -> str:
    """How many rows are there beside those that can be run."""
    return f" + {len(table.kept)} kept" if table.kept else ""


def _workloads() -> _List:
    catalog = load_catalog(tables=False)
    rows = [(w.name, w.shown, " or ".join(map(str, w.statuses)), w.summary) for w in catalog.workloads.values()]
    data: list[object] = [asdict(workload) for workload in catalog.workloads.values()]
    return ("workload", "request", "answer", "what it does"), rows, data


def _runs() -> _List:
    from lab import folders, store

    runs, unreadable = store.readable(folders.results_root())
    for mistake in unreadable:
        output.say(mistake)
    rows = [
        (name, str(len(r.cells)), "yes" if r.finished_at else "no", r.budget.label, r.command)
        for name, r in runs.items()
    ]
    data: list[object] = [
        {
            "id": name,
            "cells": len(r.cells),
            "finished_at": r.finished_at,
            "budget": r.budget.label,
            "command": r.command,
        }
        for name, r in runs.items()
    ]
    return ("run", "cells", "finished", "budget", "command"), rows, data


_LISTS = {"stacks": _stacks, "tables": _tables, "workloads": _workloads, "runs": _runs}
