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
    from lab.faults import folder

    root = folders.results_root()
    runs, unreadable = store.readable(root)
    breaks, unreadable_breaks = folder.readable(root)
    for mistake in (*unreadable, *unreadable_breaks):
        output.say(mistake)
    found: dict[str, dict[str, object]] = {
        name: {"id": name, "kind": "run", "cells": len(run.cells), "finished_at": run.finished_at}
        | {"budget": run.budget.label, "command": run.command}
        for name, run in runs.items()
    } | {
        name: {"id": name, "kind": "break", "cells": len(run.breaks) + len(run.failures)}
        | {"finished_at": run.finished_at, "budget": run.budget.label, "command": run.command}
        for name, run in breaks.items()
    }
    data: list[object] = [found[name] for name in sorted(found)]
    done = {name for name, run in runs.items() if run.finished_at}
    done |= {name for name, run in breaks.items() if run.finished}
    rows = [
        (
            name,
            str(one["kind"]),
            str(one["cells"]),
            "yes" if name in done else "no",
            str(one["budget"]),
            str(one["command"]),
        )
        for name, one in sorted(found.items())
    ]
    return ("run", "kind", "cells", "finished", "budget", "command"), rows, data


_LISTS = {"stacks": _stacks, "tables": _tables, "workloads": _workloads, "runs": _runs}
