"""`lab report`."""

from importlib import import_module
from typing import Annotated, Literal

import typer

from lab import bench, store
from lab.catalog import load_catalog

Format = Literal["table", "markdown", "html", "csv", "json"]
RunArgument = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="`lab list runs`; the newest if none is named.")
]
FormatOption = Annotated[Format, typer.Option("--format", envvar="LAB_FORMAT", help="How to print it.")]


def command(run: RunArgument = None, *, format_: FormatOption = "table") -> None:
    """Make the reports of a run again from its samples, and print one of them."""
    catalog = load_catalog()
    folder = store.find(catalog.root, run)
    done = bench.write(catalog, folder.read_run(), folder)
    print(import_module(f"lab.report.{format_}").render(done.results), end="")
