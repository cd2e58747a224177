"""`lab logs`."""

from typing import Annotated

import typer

from lab import compose, stack_up
from lab.cli.options import Target
from lab.compose import Project
from lab.engine.client import connect

Services = Annotated[list[str] | None, typer.Argument(help="Only these services.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", envvar="LAB_FOLLOW", help="Go on until Ctrl-C.")]
Tail = Annotated[int, typer.Option("--tail", envvar="LAB_TAIL", min=0, help="Lines of each service.")]


def command(stack: Target, services: Services = None, *, follow: Follow = False, tail: Tail = 100) -> None:
    """Show what the services of a stack have written."""
    with connect() as client:
        project = Project(name=stack_up.find(client, stack.partition("@")[0]).project)
    arguments = ["logs", "--tail", str(tail), *(["--follow"] if follow else []), *(services or ())]
    raise typer.Exit(compose.passthrough(project, *arguments))
