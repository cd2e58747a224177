"""`lab audit`."""

from dataclasses import replace
from typing import Annotated, Literal

import typer

from lab import audit as audits
from lab.audit import report, source
from lab.cli import output
from lab.cli.options import Json

Tool = Literal["wrk", "wrk2", "oha", "hey", "ab", "k6", "vegeta", "autocannon", "bombardier", "locust"]
Protocol = Literal["h1", "h2", "h3", "grpc", "pipelined"]

FileArgument = Annotated[str, typer.Argument(metavar="FILE|-", help="A table, or what a load tool printed.")]
Connections = Annotated[
    int | None, typer.Option("--connections", "-c", envvar="LAB_CONNECTIONS", min=1, help="Of rows that do not say.")
]
Threads = Annotated[int | None, typer.Option("--threads", "-t", envvar="LAB_THREADS", min=1, help="Likewise.")]
Duration = Annotated[
    float | None, typer.Option("--duration", "-d", envvar="LAB_DURATION", min=0.001, help="Seconds; likewise.")
]
ToolOption = Annotated[Tool | None, typer.Option("--tool", envvar="LAB_TOOL", help="The load tool; likewise.")]
ProtocolOption = Annotated[
    Protocol | None, typer.Option("--protocol", envvar="LAB_PROTOCOL", help="Of the requests; likewise.")
]


def command(
    file: FileArgument,
    *,
    connections: Connections = None,
    threads: Threads = None,
    duration: Duration = None,
    tool: ToolOption = None,
    protocol: ProtocolOption = None,
    json: Json = False,
) -> None:
    """Say what a published table or a load tool's output can and cannot mean, row by row, with the arithmetic."""
    told = audits.Told(connections=connections, threads=threads, duration_s=duration, tool=tool, protocol=protocol)
    reading = audits.read(source.text_of(file), where=source.where(file))
    found = audits.audit(replace(reading, rows=tuple(told.fill(row) for row in reading.rows)))
    if json:
        output.print_json(report.data(found))
    else:
        print("\n".join(report.lines(found)))
