"""`lab report`."""

import sys
from importlib import import_module
from typing import Annotated, Literal

import typer

from lab import folders, store
from lab.cli import output
from lab.errors import LabError
from lab.model import Results

Format = Literal["table", "markdown", "html", "csv", "json", "svg", "png"]
RunArgument = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="`lab list runs`; the newest if none is named.")
]
FormatOption = Annotated[Format, typer.Option("--format", envvar="LAB_FORMAT", help="How to print it.")]


def command(run: RunArgument = None, *, format_: FormatOption = "table") -> None:
    """Make the reports of a run again from its samples, and print one of them."""
    from lab.commands import reports

    folder = store.find(folders.results_root(), run)
    done = reports.write(folder.read_run(), folder, say=output.say)
    if format_ == "png":
        sys.stdout.buffer.write(import_module("lab.report.charts").png(done.results))
    else:
        print(_render(format_, done.results), end="")
    if not any(cell.rounds for cell in done.results.cells):
        raise LabError(
            "no row of this run has a sample",
            where=str(done.folder),
            fix=f"lab bench --resume {store.spelt(folder.path)}",
        )


def _render(format_: Format, results: Results) -> str:
    """One exporter's text; `svg`, like `png`, is the first chart alone, for a page of one's own."""
    if format_ == "svg":
        return str(import_module("lab.report.charts").svg(results))
    return str(import_module(f"lab.report.{format_}").render(results))
