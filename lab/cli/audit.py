"""`lab audit`."""

import re
from collections import Counter
from dataclasses import replace
from typing import Annotated, Literal

import typer

from lab import audit as audits
from lab.audit import experiment, report, source
from lab.audit.words import clean_name
from lab.catalog import load_catalog
from lab.cli import output, typed
from lab.cli.options import Json
from lab.errors import UnknownName, UsageError

Tool = Literal["wrk", "wrk2", "oha", "hey", "ab", "k6", "vegeta", "autocannon", "bombardier", "locust"]
Protocol = Literal["h1", "h2", "h3", "grpc", "pipelined"]
REASONS = 10
"""Kinds of rows that are told as kept; the file has all of them."""

FileArgument = Annotated[str, typer.Argument(metavar="FILE|-", help="A table, or what a load tool printed.")]
Connections = Annotated[
    int | None,
    typer.Option(
        "--connections", "-c", envvar="LAB_CONNECTIONS", min=1, help="Connections, where a row does not state them."
    ),
]
Threads = Annotated[
    int | None, typer.Option("--threads", "-t", envvar="LAB_THREADS", min=1, help="Threads, where not stated.")
]
Duration = Annotated[
    float | None,
    typer.Option("--duration", "-d", envvar="LAB_DURATION", min=0.001, help="Seconds of load, where not stated."),
]
ToolOption = Annotated[Tool | None, typer.Option("--tool", envvar="LAB_TOOL", help="The load tool, where not stated.")]
ProtocolOption = Annotated[
    Protocol | None, typer.Option("--protocol", envvar="LAB_PROTOCOL", help="Protocol, where not stated.")
]
AsTable = Annotated[
    str | None,
    typer.Option("--as-table", envvar="LAB_AS_TABLE", metavar="NAME", help="Write it as experiments/NAME.yaml."),
]
WorkloadOption = Annotated[
    str,
    typer.Option("--workload", envvar="LAB_WORKLOAD", metavar="NAME", help="With --as-table: what its rows ask for."),
]


def command(
    context: typer.Context,
    file: FileArgument,
    *,
    connections: Connections = None,
    threads: Threads = None,
    duration: Duration = None,
    tool: ToolOption = None,
    protocol: ProtocolOption = None,
    as_table: AsTable = None,
    workload: WorkloadOption = "ping",
    json: Json = False,
) -> None:
    """Say what a published table or a load tool's output can and cannot mean, row by row, with the arithmetic."""
    if as_table is None:
        because = "it says what the rows of a table ask for that is written"
        typed.refuse(context, "workload", because=because, fix="add --as-table NAME")
    told = audits.Told(connections=connections, threads=threads, duration_s=duration, tool=tool, protocol=protocol)
    reading = audits.read(source.text_of(file), where=source.where(file))
    found = audits.audit(replace(reading, rows=tuple(told.fill(row) for row in reading.rows)))
    if as_table:
        _write_table(found, as_table, workload=workload, of=source.where(file))
    if json:
        output.print_json(report.data(found))
    else:
        print("\n".join(report.lines(found)))


def _write_table(found: audits.Audit, name: str, *, workload: str, of: str) -> None:
    """Write the rows under experiments/, and say which of them can be run. Raises UsageError where it must not."""
    catalog = load_catalog()
    if workload not in catalog.workloads:
        raise UnknownName("workload", workload, catalog.workloads)
    path = catalog.root / "experiments" / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        fix = "lower-case letters, digits and dashes, as in httparena-2026"
        raise UsageError(f"{name!r} cannot be the name of a table", fix=fix)
    if name in catalog.stacks:
        raise UsageError(
            f"{name!r} is the name of a stack, and of what is called so nobody would know which is meant",
            where=f"--as-table {name}",
            fix=f"give another name, such as {name}-published",
        )
    offers = {stack.name: frozenset(stack.workloads) for stack in catalog.stacks.values()}
    written = experiment.table(found, name=name, source=clean_name(of), workload=workload, offers=offers)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(written.text)
    except FileExistsError:
        fix = "give another name, or move that file away"
        raise UsageError(f"there is a table named {name!r} already", where=str(path), fix=fix) from None
    except OSError as error:
        fix = "set LAB_ROOT to a folder of the lab that you may write to"
        raise UsageError(f"cannot write the table: {error.strerror}", where=str(path), fix=fix) from None
    output.say(f"written: {path}: {len(written.run)} can be run, {len(written.kept)} are kept")
    for reason, rows in Counter(written.kept.values()).most_common(REASONS):
        output.say(f"  kept: {reason}{f' ({rows} rows)' if rows > 1 else ''}")
