"""The command line: one module a command, each of which parses, calls the core and prints.

A module offers `command` (a function) or `app` (a group). Only the module of the command that was typed is
imported, so that `lab up` does not wait for the libraries that draw charts.
"""

import os
import signal
import sys
from importlib import import_module
from types import FrameType

import typer

from lab import __version__
from lab.errors import LabError

GROUPS = {
    "Look": ("list", "describe", "config", "explain"),
    "Run": ("up", "down", "ps", "logs", "exec", "check"),
    "Measure": ("bench", "compare", "load", "footprint", "report"),
    "Host": ("doctor", "engine", "build", "clean"),
}
"""Help panel → its commands, in the order in which a newcomer meets them."""

PANELS = {command: panel for panel, commands in GROUPS.items() for command in commands}


def application(*commands: str) -> typer.Typer:
    """The program with the given commands, or with all of them."""
    app = typer.Typer(
        name="lab",
        help="What each layer between a socket and a web framework costs, and what it buys.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in commands or PANELS:
        module = import_module(f"lab.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, rich_help_panel=PANELS[name])
        else:
            settings = getattr(module, "CONTEXT_SETTINGS", None)
            app.command(name, rich_help_panel=PANELS[name], context_settings=settings)(module.command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lab {__version__}")
        raise typer.Exit


def _options(
    *,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
    ),
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Run the program; every expected error ends in words and in its exit code, Ctrl-C in 130."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    typed = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = (typed,) if typed in PANELS and "_LAB_COMPLETE" not in os.environ else ()
    try:
        application(*chosen)(prog_name="lab")
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
