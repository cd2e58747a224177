"""What holds for the source of the lab as a whole."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.catalog import load_catalog

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "lab").rglob("*.py"))
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES]

IMPORT_ALL = """
import importlib, json, socket, subprocess, sys
touched = []
WATCHED = {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir", "os.remove", "os.rename"}
def watch(event, arguments):
    if event == "socket.bind" and arguments[1] == ("::1", 0):
        return  # urllib3 asks the kernel for IPv6 when it is imported
    if event in WATCHED:
        touched.append(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        touched.append(f"open {arguments}")
sys.addaudithook(watch)
sys.dont_write_bytecode = True
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(touched))
"""


def names_in(tree: ast.AST) -> Iterator[str]:
    """Identifiers and string constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


@pytest.fixture(scope="module")
def stacks() -> tuple[str, ...]:
    return tuple(load_catalog(ROOT).stacks)


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_no_stack_is_named_in_the_tool(path: Path, stacks: tuple[str, ...]) -> None:
    forbidden = {name for stack in stacks for name in (stack, stack.replace("-", "_"))}
    named = set(names_in(ast.parse(path.read_text("utf-8"))))
    assert not forbidden & named
    # A variant counts as named too, wherever it stands in a text.
    assert not [text for text in named for stack in stacks if f"{stack}@" in text]


def test_the_search_for_names_would_find_one() -> None:
    tree = ast.parse("def go_nethttp(a):\n    return x.gin if a == 'flask-dev' else a(openresty=1)")
    assert {"go_nethttp", "gin", "flask-dev", "openresty"} <= set(names_in(tree))


def test_a_command_that_only_looks_does_not_load_what_measures_and_draws() -> None:
    code = "import sys, lab.cli, lab.cli.list, lab.cli.describe; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "lab.cli.describe" in loaded
    assert not loaded & {"scipy", "scipy.stats", "altair", "vl_convert", "hdrh"}


def test_importing_any_module_touches_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(MODULES)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


LONGEST_FUNCTION, LONGEST_MODULE = 40, 300
"""Lines. Of a function its body: a command's signature is its list of options."""


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_a_module_and_each_of_its_functions_can_be_held_in_the_head(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.body[0].lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_whoever_lists_containers_expects_that_one_goes_meanwhile() -> None:
    """docker-py asks for each container again after the list, and fails with 404 for one that has gone since."""
    sources = [path for folder in ("lab", "tests") for path in (ROOT / folder).rglob("*.py")]
    careless = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func).endswith("containers.list")
        and "ignore_removed" not in {keyword.arg for keyword in node.keywords}
    ]
    assert careless == []
