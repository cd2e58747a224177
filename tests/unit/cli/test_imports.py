"""What a command imports before it does anything: that, not the clock, is counted here.

How long it takes is for `make bench-lab` to say.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from lab import cli

MEASURES_AND_DRAWS = {"scipy", "numpy", "altair", "vl_convert", "jinja2"}
READS = {"pydantic", "yaml"}
DRIVES = {"docker", "requests", "hdrh"}
BARE_MODULES = 200
"""Python, typer and the command line itself are 150."""
READING_MODULES = 420
"""With pydantic, YAML and the catalogue 320. The engine's client adds 200, what measures 700."""

IMPORTED = """
import json, sys
from lab import cli
sys.argv = ["lab", *json.loads(sys.argv[1])]
try:
    cli.main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""


@cache
def imported(*arguments: str) -> frozenset[str]:
    """Every module that Python has imported when a call of `lab` ends."""
    argv = [sys.executable, "-c", IMPORTED, json.dumps(arguments)]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # imports, too
    done = subprocess.run(argv, env=plain, capture_output=True, text=True, check=True)
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_what_needs_no_command_imports_none_and_no_library(arguments: tuple[str, ...]) -> None:
    modules = imported(*arguments)
    assert not modules & {*READS, *DRIVES, *MEASURES_AND_DRAWS, "rich.console"}
    assert {name for name in modules if name.startswith("lab.")} == {"lab.cli", "lab.errors"}
    assert len(modules) < BARE_MODULES


@pytest.mark.parametrize("command", [*cli.PANELS])
def test_the_help_of_a_command_waits_for_nothing_that_only_running_it_needs(command: str) -> None:
    modules = imported(command, "--help")
    assert cli.module_of(command) in modules
    assert not modules & {"docker", "requests", *MEASURES_AND_DRAWS}
    assert {name for name in modules if name.startswith("lab.cli.")} <= {
        cli.module_of(name) for name in allowed(command)
    }
    assert len(modules) < READING_MODULES


def allowed(command: str) -> Iterator[str]:
    """The modules of the command line that one command may share."""
    yield from ("options", "output", "typed", "units", command)
    yield from {
        "compare": ["bench"],
        "load": ["bench"],
        "why": ["bench"],
        "footprint": ["bench"],
        "explain": ["bench", "compare"],
        "config": ["up"],
        "lesson": ["lesson_parts"],
    }.get(command, [])


@pytest.mark.parametrize("what", ["stacks", "tables", "workloads"])
def test_a_list_reads_the_catalogue_and_touches_neither_engine_nor_figures(what: str) -> None:
    modules = imported("list", what)
    assert not modules & {*DRIVES, *MEASURES_AND_DRAWS, "rich.console", "lab.store"}
    assert len(modules) < READING_MODULES
    assert ("lab.catalog.tables" in modules) == (what == "tables")


def test_what_other_packages_offer_pydantic_is_not_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "nosy-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: nosy\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pydantic]\nnosy = nosy:plugin\n")
    (tmp_path / "nosy.py").write_text("def plugin(): pass\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    modules = imported.__wrapped__("list")
    assert "pydantic" in modules
    assert "nosy" not in modules


def test_bringing_a_stack_up_never_loads_what_measures_and_draws(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ROOT", str(project))
    modules = imported("up", "plain", "--dry-run", "--port", "0")
    assert "lab.deploy.stack_up" in modules
    assert not modules & {*MEASURES_AND_DRAWS, "hdrh"}


def test_a_verb_of_a_lesson_that_measures_nothing_never_loads_what_measures(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_WORKSPACE", str(tmp_path))
        modules = imported("lesson", "reset", "1")
    assert "lab.lessons.playing" in modules
    assert not modules & MEASURES_AND_DRAWS


@pytest.mark.parametrize("command", [*cli.PANELS])
def test_the_list_of_commands_says_what_each_says_itself(command: str) -> None:
    module = import_module(cli.module_of(command))
    own = module.app.info.help if hasattr(module, "app") else module.command.__doc__
    assert cli.COMMANDS[cli.PANELS[command]][command] == own.partition("\n")[0]
