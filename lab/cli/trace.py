"""`lab trace`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import places
from lab.cli import output
from lab.cli.options import Json, Target
from lab.errors import LabError, UsageError

if TYPE_CHECKING:
    from lab.commands.trace import Traced
    from lab.traces.rows import TraceRow

Path_ = Annotated[str, typer.Argument(metavar="PATH", help="What to ask for, as /api/v1/items/7.")]
Method = Annotated[
    str | None, typer.Option("--method", "-X", envvar="LAB_METHOD", help="GET, or POST where there is --data.")
]
Data = Annotated[str | None, typer.Option("--data", "-d", envvar="LAB_DATA", metavar="JSON", help="The body to send.")]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", envvar="LAB_HEADER", metavar="'NAME: VALUE'", help="A header to send; repeatable."),
]
Svg = Annotated[
    Path | None, typer.Option("--svg", envvar="LAB_SVG", metavar="FILE", help="Draw it into this file, too.")
]
Patience = Annotated[
    float,
    typer.Option("--patience", envvar="LAB_PATIENCE", min=0, help="Seconds that the last span is waited for."),
]


def command(
    stack: Target,
    path: Path_,
    *,
    method: Method = None,
    data: Data = None,
    header: Header = None,
    svg: Svg = None,
    patience: Patience = 10,
    json: Json = False,
) -> None:
    """Send one request to a stack that is up with --trace, and draw where its time went.

    An order is followed until the worker has finished it. Where the contract asks for a token, one of its users signs
    in first. A POST gets an Idempotency-Key. A trace that is not complete is drawn, and ends with 1.
    """
    from lab.commands import trace
    from lab.traces import rows

    ask = trace.read_ask(method, path, data, header or [])
    if svg is not None:
        _require_writable(svg)
    catalog, (name,) = places.catalog_of([stack])
    traced = trace.trace(catalog, name, ask, patience_s=patience, say=output.say)
    drawn = rows.rows(traced.trees)
    if json:
        output.print_json(_as_json(traced, drawn))
    else:
        _print(traced, drawn)
    if svg is not None:
        _draw(svg, traced, drawn)
    if traced.missing:
        raise LabError(
            f"the trace is not complete: {traced.missing}",
            where=traced.page,
            fix="send a traceparent that ends in -01, or none"
            if traced.missing == trace.UNSAMPLED
            else f"a longer --patience; lab ps and lab logs {stack} say whether all of it is at work",
        )


def _require_writable(path: Path) -> None:
    """Raise UsageError for a file that cannot be written, before anything is sent for it."""
    there = path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        raise _not_written(path, error) from None
    if not there:
        path.unlink(missing_ok=True)


def _draw(path: Path, traced: "Traced", drawn: list["TraceRow"]) -> None:
    from lab.report import trace

    picture = trace.svg(drawn, title=f"{traced.ask.method} {traced.ask.path} → {traced.status}")
    try:
        path.write_text(picture, "utf-8")
    except OSError as error:
        raise _not_written(path, error) from None
    output.say(f"drawn: {path}")


def _not_written(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the picture cannot be written: {error.strerror}",
        where=f"--svg {path}",
        fix="name a file in a folder that is there and may be written",
    )


def _print(traced: "Traced", drawn: list["TraceRow"]) -> None:
    from lab.traces import rows

    print(f"{traced.ask.method} {traced.ask.path} → {traced.status}")
    output.print_table(*rows.fitted(drawn, width=output.width()))
    if traced.missing:
        print(f"not complete: {traced.missing}")
    print("client is lab trace itself; of it alone: its own work in Python, connecting, and what no span tells of")
    print(f"the same on Zipkin's page: {traced.page}")


def _as_json(traced: "Traced", drawn: list["TraceRow"]) -> dict[str, object]:
    return {
        "method": traced.ask.method,
        "path": traced.ask.path,
        "status": traced.status,
        "trace": traced.trace,
        "page": traced.page,
        "missing": traced.missing,
        "spans": [
            {
                "depth": row.depth,
                "service": row.service,
                "name": row.name,
                "from_ms": row.from_ms,
                "took_ms": row.took_ms,
                "own_ms": row.own_ms,
                "failed": row.failed,
                "seen": not row.missing,
            }
            for row in drawn
        ],
    }
