"""Which tests may run beside each other: `make test` runs two at a time, and those that drive `lab` would meet."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MODULES = {
    str(path.relative_to(TESTS)): path.read_text("utf-8")
    for path in sorted(TESTS.rglob("test_*.py"))
    if path.relative_to(TESTS).parts[0] not in ("unit", "soak")
}
DRIVES = re.compile(r"^from tests\.(e2e|adopt|why)\b", re.MULTILINE)
ALONE = "pytest.mark.alone"
IN_THE_GROUP = re.compile(r'xdist_group\("lab"\)|parameters\([^)]*, "lab"\)')


@pytest.mark.parametrize("module", [module for module, text in MODULES.items() if DRIVES.search(text)])
def test_what_drives_lab_is_in_the_group_lab_or_alone(module: str) -> None:
    """They look at all that the lab has on the engine, and take down what is up."""
    assert ALONE in MODULES[module] or IN_THE_GROUP.search(MODULES[module])


def test_what_is_alone_is_where_make_asks_for_it() -> None:
    alone = {module for module, text in MODULES.items() if ALONE in text}
    assert {Path(module).parent.name for module in alone} == {"e2e"}
    assert "-m alone tests/e2e" in (TESTS.parent / "Makefile").read_text("utf-8")
