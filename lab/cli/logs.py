"""`lab logs`."""

from typing import Annotated

import typer

from lab.cli.options import Target

Services = Annotated[list[str] | None, typer.Argument(help="Only these services.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", envvar="LAB_FOLLOW", help="Keep printing until Ctrl-C.")]
Tail = Annotated[int, typer.Option("--tail", envvar="LAB_TAIL", min=0, help="How many lines of each service.")]


def command(stack: Target, services: Services = None, *, follow: Follow = False, tail: Tail = 100) -> None:
    """Show what the services of a stack have written."""
    from lab.deploy import compose, stack_up

    project = stack_up.project_of(stack)
    arguments = ["logs", "--tail", str(tail), *(["--follow"] if follow else []), *(services or ())]
    deadline_s = None if follow else compose.CALL_TIMEOUT_S
    raise typer.Exit(compose.passthrough(project, *arguments, deadline_s=deadline_s))
