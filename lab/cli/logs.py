"""`lab logs`."""

from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import output, typed
from lab.cli.options import Json, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.deploy.request_log import LogLine

Services = Annotated[list[str] | None, typer.Argument(help="Only these services.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", envvar="LAB_FOLLOW", help="Keep printing until Ctrl-C.")]
Tail = Annotated[int, typer.Option("--tail", envvar="LAB_TAIL", min=0, help="How many lines of each service.")]
RequestId = Annotated[
    str | None,
    typer.Option("--request", envvar="LAB_REQUEST", metavar="ID", help="All tiers' lines of one request, by time."),
]


def command(
    context: typer.Context,
    stack: Target,
    services: Services = None,
    *,
    follow: Follow = False,
    tail: Tail = 100,
    request: RequestId = None,
    json: Json = False,
) -> None:
    """Show what the services of a stack have written, or what all of them have written of one request."""
    from lab.deploy import compose, request_log, stack_up

    if request is not None:
        typed.refuse(context, "services", "follow", "tail", because="--request looks through all that there is")
        lines, without = request_log.of_request(stack, request)
        _show(lines, without, json=json)
        return
    typed.refuse(context, "json", because="it is for --request")
    project = stack_up.project_of(stack, services or ())
    arguments = ["--tail", str(tail), *(["--follow"] if follow else []), *(services or ())]
    deadline_s = None if follow else compose.CALL_TIMEOUT_S
    raise typer.Exit(compose.print_logs(project, *arguments, deadline_s=deadline_s))


def _show(lines: "Sequence[LogLine]", without: "Sequence[str]", *, json: bool) -> None:
    if json:
        output.print_json(
            [{"time": line.time.isoformat(), "tier": line.tier, "line": line.fields or line.text} for line in lines]
        )
        return
    width = max(len(line.tier) for line in lines)
    for line in lines:
        moment = line.time.strftime("%H:%M:%S.%f")[:-3]
        print(f"{moment}  {line.tier.ljust(width)}  {output.plain(line.text)}")
    if without:
        output.say(f"no line of it: {', '.join(without)}")
