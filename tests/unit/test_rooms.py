"""The rooms of `lab/`: each imports only what stands below it, and only some of them touch Docker."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.load import KINDS

ROOT = Path(__file__).parents[2]
ROOMS = (
    "cli",
    "commands",
    "bundle",
    "lessons",
    "faults",
    "orders",
    "report",
    "results",
    "judge",
    "diagnosis",
    "audit",
    "measure",
    "plan",
    "load",
    "deploy",
    "engine",
    "host",
    "catalog",
    "journal",
    "store",
    "chain",
    "folders",
    "traces",
    "figures",
    "model",
    "errors",
)
"""From the front door to the cellar, as docs/decisions/0024 draws them."""
TOUCH_DOCKER = {"deploy", "engine", "faults", "measure", "orders"}
AFTER_THE_STORE = {"report", "results", "judge"}
BEFORE_THE_STORE = {"catalog", "plan", "deploy", "engine", "host", "measure", "orders", "faults"}


def room_of(module: str) -> str:
    """The room of `lab.room…`; `lab` itself holds the version only."""
    return module.split(".")[1] if "." in module else "errors"


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a source imports, those named with `import_module` included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("lab.report."):
            yield node.value


SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "lab").rglob("*.py"))
}


def imports_of(module: str) -> list[str]:
    return sorted(set(imported(ast.parse(SOURCES[module].read_text("utf-8")))))


@pytest.mark.parametrize("module", [module for module in SOURCES if module != "lab"])
def test_a_module_imports_only_rooms_below_its_own(module: str) -> None:
    own = ROOMS.index(room_of(module))
    rooms = {name: room_of(name) for name in imports_of(module) if name.startswith("lab.")}
    above = [name for name, room in rooms.items() if room in ROOMS and ROOMS.index(room) < own]
    assert above == []


def test_every_module_is_in_a_room() -> None:
    assert {room_of(module) for module in SOURCES if module != "lab"} == set(ROOMS)


@pytest.mark.parametrize("module", [module for module in SOURCES if room_of(module) not in TOUCH_DOCKER])
def test_a_room_without_docker_neither_imports_it_nor_connects_to_it(module: str) -> None:
    names = imports_of(module)
    assert [name for name in names if name == "docker" or name.startswith("docker.")] == []
    assert [name for name in names if name.startswith("lab.engine.client")] == []
    assert '"docker"' not in SOURCES[module].read_text("utf-8")


@pytest.mark.parametrize("module", [module for module in SOURCES if room_of(module) in AFTER_THE_STORE])
def test_what_comes_after_the_store_reads_nothing_from_before_it(module: str) -> None:
    rooms = {name: room_of(name) for name in imports_of(module) if name.startswith("lab.")}
    assert [name for name, room in rooms.items() if room in BEFORE_THE_STORE] == []


def test_nobody_but_its_own_module_asks_which_kind_a_load_is() -> None:
    # The audit asks it of other people's loads, which are none of the lab's records.
    at_home = ("lab.load", "lab.model.load", "lab.catalog.tablefile", "lab.audit")
    asking = {
        module: sorted(words)
        for module, path in SOURCES.items()
        if not module.startswith(at_home) and (words := set(KINDS) & set(constants(ast.parse(path.read_text("utf-8")))))
    }
    assert asking == {"lab.report.words": ["closed"]}, "one connection is a latency, and the table says so once"


def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.match_case):
            yield from (
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def test_who_is_told_of_progress_has_one_name() -> None:
    named = [module for module, path in SOURCES.items() if "\nSay = " in path.read_text("utf-8")]
    assert named == ["lab.host.say"]


def test_no_two_classes_of_the_lab_have_one_name() -> None:
    named: dict[str, list[str]] = {}
    for module, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                named.setdefault(node.name, []).append(module)
    assert {name: modules for name, modules in named.items() if len(modules) > 1} == {}
