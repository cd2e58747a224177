"""`lab down`."""

from typing import Annotated

import typer

from lab.cli import typed
from lab.cli.options import complete_targets
from lab.errors import UsageError

Stacks = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STACK]...", help="See `lab ps`.", autocompletion=complete_targets),
]
All = Annotated[
    bool, typer.Option("--all", envvar="LAB_ALL", help="Every stack that `lab up` left running, and left-overs.")
]


def command(context: typer.Context, stacks: Stacks = None, *, everything: All = False) -> None:
    """Take stacks down: their containers, networks and volumes, with the data in them, and nothing else."""
    from lab.deploy import stack_up

    if not stacks and not everything:
        raise UsageError("no stack is named", fix="lab down STACK, or lab down --all; `lab ps` shows what is up")
    if everything:
        typed.refuse(context, "stacks", because="--all takes every stack down")
    for name in stack_up.take_down(stacks or (), everything=everything):
        print(f"{name} is down")
