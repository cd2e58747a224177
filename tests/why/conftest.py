"""Fixtures of the tests of `lab why`: a project with its stacks, driven as from the terminal."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from lab.engine.client import from_environment
from tests.e2e.driving import PATIENCE_S, Lab, copy_project
from tests.why.cases import Case

HERE = Path(__file__).parent
Ask = Callable[[Case], dict[str, Any]]


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    client = from_environment()
    yield client
    client.close()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's own folders, and beside its stacks those that give way."""
    root = copy_project(tmp_path_factory.mktemp("why"))
    for stack in (HERE / "stacks").iterdir():
        shutil.copy(stack, root / "compose")
    (root / "compose/why").mkdir()
    for file in ("app.py", "postgres"):
        shutil.copy(HERE / file, root / "compose/why")
    shutil.copytree(HERE / "conf", root / "compose/why/conf")
    return root


@pytest.fixture
def lab(project: Path) -> Lab:
    """`lab` in that project."""
    return Lab(root=project)


@pytest.fixture
def ask(lab: Lab) -> Ask:
    """Put a case's question; returns what `lab why` says."""

    def put(case: Case) -> dict[str, Any]:
        done = lab("why", *case.arguments, f"--wait={PATIENCE_S}", "--json")
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return put
