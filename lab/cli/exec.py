"""`lab exec`."""

import sys
from typing import Annotated

import typer

from lab.cli.options import Target

# Whatever follows the service belongs to the command, options included.
CONTEXT_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False}

Service = Annotated[str, typer.Argument(help="A service of the stack: see `lab describe`.")]
Command = Annotated[list[str], typer.Argument(metavar="COMMAND [ARG]...", help="What to run in it.")]


def command(stack: Target, service: Service, arguments: Command) -> None:
    """Run a command inside a service of a stack that is up; ends with the command's exit code."""
    from lab.deploy import compose, stack_up

    project = stack_up.project_of(stack, [service])
    terminal = [] if sys.stdin.isatty() and sys.stdout.isatty() else ["--no-TTY"]
    raise typer.Exit(compose.passthrough(project, "exec", *terminal, service, *arguments))
