"""The command line: one module a command, each of which parses, calls the core and prints.

A module offers `command` (a function) or `app` (a group). Only the module of the command that was typed is
imported, so that `lab up` does not wait for the libraries that draw charts, nor `lab --help` for any.
"""

import atexit
import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from lab import __version__
from lab.errors import LabError

COMMANDS = {
    "Look": {
        "list": "List the stacks that can be brought up, or tables, workloads, runs.",
        "describe": "Describe a stack: its tiers, variants and workloads, and its share of this host.",
        "config": "Print what `lab up` would run: the stack's Compose file merged with what the lab adds.",
        "explain": "Explain a row: what bounds it, and, if a run has measured it, how near it came and what it cost.",
    },
    "Run": {
        "up": "Bring a stack up, pinned to its budget, and wait until it is healthy.",
        "down": "Take stacks down: their containers, networks and volumes, with the data in them, and nothing else.",
        "ps": "Show which stacks are up, where they answer, and whose they are.",
        "logs": "Show what the services of a stack have written, or what all of them have written of one request.",
        "top": "Show live what each tier of a stack that is up uses and does, and who waits at it.",
        "exec": "Run a command inside a service of a stack that is up; ends with the command's exit code.",
        "trace": "Send one request to a stack that is up with --trace, and draw where its time went.",
        "check": "Ask a stack every request of its contract; one that is not up is brought up and taken down again.",
    },
    "Break": {
        "break": "Let something happen to a tier while users ask; say what they saw, and whether every promise held.",
    },
    "Your own": {
        "adopt": "Read a Compose project of your own, say what was found, and write a lab.yaml beside it.",
    },
    "Measure": {
        "bench": "Measure stacks, a table, or everything, in turn and side by side, and write the report.",
        "compare": "Measure a table, in turn and side by side, and compare it with what was published; or the "
        "variants of a stack.",
        "load": "Send users through a stack, pausing as people do, and write the report; "
        "or watch them on Locust's own page.",
        "why": "Ask a stack at a fixed rate and say what gave way first, with evidence, or that nothing did.",
        "footprint": "Time and weigh stacks: start-up, memory, processes, image, configuration, rebuild.",
        "selftest": "Sabotage small measurements in known ways, and say whether the lab notices each of them.",
        "report": "Make the reports of a run again from its samples, and print one of them.",
        "verify": "Say whether a run is as the lab wrote it, and which file and line were edited.",
        "audit": "Say what a published table or a load tool's output can and cannot mean, row by row, with the "
        "arithmetic.",
    },
    "Learn": {
        "lesson": "The workshop: predict, observe, edit a copy, and be checked against running stacks.",
        "class": "For teachers: marks, predictions beside what was measured, slides and a handout.",
    },
    "Host": {
        "doctor": "Examine this host: what the lab needs, what it would like, and how to get it.",
        "engine": "The Docker engine that the stacks run in.",
        "bundle": "One archive that sets up a machine without any network. `lab bundle [FILE]` makes one.",
        "build": "Build the images of stacks; what has not changed comes from the cache.",
        "clean": "Remove the lab's images, the engine's build cache and old runs, after asking; what is up stays up.",
    },
}
"""Help panel → its commands and what they do, in the order in which a newcomer meets them.

What a command does is its own first line, said again here because reading it there takes its imports.
"""

MODULES = {"break": "breaking"}
"""Commands whose module has another name, as theirs is a word of Python's."""

COLLECT_AFTER = 150_000
"""Objects between two looks for rubbish. What a command imports and reads at its start is none, but would be looked
through forty times."""

PANELS = {command: panel for panel, commands in COMMANDS.items() for command in commands}


class _OnDemand(TyperGroup):
    """Knows of each command what the list of them says, and imports the one that is typed."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args[0] in PANELS:
            self.commands[args[0]] = _imported(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for panel, commands in COMMANDS.items():
            with formatter.section(panel):
                formatter.write_dl([*commands.items()])


def module_of(name: str) -> str:
    """The module of a command."""
    return f"lab.cli.{MODULES.get(name, name)}"


def _imported(name: str) -> Any:
    """The command of that name with its options, ready to be run."""
    app, module = typer.Typer(rich_markup_mode=None), import_module(module_of(name))
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name, context_settings=getattr(module, "CONTEXT_SETTINGS", None))(module.command)
    return typer.main.get_group(app).commands[name]


def application() -> typer.Typer:
    """The program with all its commands."""
    app = typer.Typer(
        cls=_OnDemand,
        name="lab",
        help="What each layer between a socket and a web framework costs, and what it buys.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # help without frames takes half the time, and its lines are whole
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in PANELS:
        app.command(name)(_listed)
    return app


def _listed() -> None:
    """Stands for a command until it is typed; then its module's own takes its place."""


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
    gc.set_threshold(COLLECT_AFTER)
    atexit.register(gc.freeze)  # else Python looks for rubbish among all that it is about to throw away
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # it would look through every installed package for them
    try:
        application()(prog_name="lab")
    except LabError as error:
        from lab.host.say import aloud

        aloud(f"lab: {error}")
        sys.exit(error.exit_code)
    except OSError as error:  # a full disk, a folder that may not be written: nobody below knew better words
        print(f"lab: {error.strerror or error}: {error.filename or 'what it prints'}", file=sys.stderr)
        sys.exit(1)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
