"""`lab engine up | status | down`."""

import dataclasses
import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.errors import EngineUnavailable

if TYPE_CHECKING:
    from lab.engine.up import Status

app = typer.Typer(help="The Docker engine that the stacks run in.", no_args_is_help=True)

Images = Annotated[
    Path | None,
    typer.Option(
        "--images",
        envvar="LAB_IMAGES",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Load what `docker save` wrote, before the base image is looked for.",
    ),
]
Json = Annotated[bool, typer.Option("--json", envvar="LAB_JSON", help="Print JSON.")]


def _say(text: str) -> None:
    print(f"engine: {text}", file=sys.stderr, flush=True)


@app.command()
def up(*, images: Images = None) -> None:
    """Make Docker answer and give it the base image; does nothing where both are so.

    As root on Debian or Ubuntu it installs what is missing; LAB_ENGINE=never forbids that.
    """
    from lab.engine import up as engine

    engine.up(_say, images=images)


@app.command()
def status(*, json: Json = False) -> None:
    """Say whether an engine answers, which versions it has, and whether the lab started it."""
    from lab.engine import up as engine

    found = engine.status()
    if json:
        print(jsonlib.dumps({**dataclasses.asdict(found), "ready": found.ready}, indent=2))
    else:
        _print_lines(found)
    if not found.ready:
        lacks = ", ".join(found.engine.lacks or ("base image",))
        raise EngineUnavailable(f"the engine lacks: {lacks}", where=found.engine.complaint or None, fix="lab engine up")


def _print_lines(found: "Status") -> None:
    from lab.engine.base import BASE

    for name, value in found.engine.summary().items():
        print(f"{name:15} {value}")
    print(f"{'base image':15} {BASE if found.base_present else 'missing'}")
    print(f"{'started by':15} {'the lab' if found.started_by_lab else 'not the lab'}")


@app.command()
def down() -> None:
    """Stop the engine if the lab started it; containers that run in it stop too."""
    from lab.engine import up as engine

    engine.down(_say)
