"""Which tests may run beside each other: `make test` runs two at a time, and those that drive `lab` would meet."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import KEPT

TESTS = Path(__file__).parents[1]
MODULES = {
    str(path.relative_to(TESTS)): path.read_text("utf-8")
    for path in sorted(TESTS.rglob("test_*.py"))
    if path.relative_to(TESTS).parts[0] not in ("unit", "soak")
}
DRIVES = re.compile(r"^from tests\.(e2e|adopt|why)\b", re.MULTILINE)
BY_A_STACK = re.compile(r"^@pytest\.fixture\(.*parameters\([^)]*, \"lab\"\)", re.MULTILINE)
"""The stacks of a module are its parameters, and these carry the group."""


def marks(text: str) -> str:
    """What a module says of all its tests."""
    values = [
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    return " ".join(map(ast.unparse, values))


def is_alone(text: str) -> bool:
    return "pytest.mark.alone" in marks(text)


@pytest.mark.parametrize("module", [module for module, text in MODULES.items() if DRIVES.search(text)])
def test_what_drives_lab_is_in_the_group_lab_or_alone(module: str) -> None:
    """They look at all that the lab has on the engine, and take down what is up."""
    text = MODULES[module]
    assert is_alone(text) or "xdist_group('lab')" in marks(text) or BY_A_STACK.search(text)


def test_what_is_alone_is_where_make_asks_for_it() -> None:
    alone = {module for module, text in MODULES.items() if is_alone(text)}
    assert {Path(module).parent.name for module in alone} == {"e2e"}
    assert "-m alone tests/e2e" in (TESTS.parent / "Makefile").read_text("utf-8")


def test_no_test_reads_a_variable_that_is_taken_out_of_the_environment() -> None:
    """A soak asked 1,000 requests in place of 100,000: tests/conftest.py takes out what begins with LAB_."""
    read = re.compile(r"environ(?:\.get\(|\[)[\"'](LAB_\w+)")
    found = {name for path in TESTS.rglob("*.py") for name in read.findall(path.read_text("utf-8"))}
    assert found <= set(KEPT)
