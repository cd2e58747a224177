"""Fixtures of the unit tests; what they return is made by `unit_factories`."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from lab.catalog import Catalog, load_catalog
from lab.store import RunFolder
from tests.unit.unit_project import Answering, write_project

_NUMBERS = count()


@pytest.fixture(autouse=True)
def lab_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sessions of a test are its own: no lab process of this host sees them, and it sees none.

    The folder is only named here: to make one for each of a thousand tests takes seconds.
    """
    folder = tmp_path_factory.getbasetemp() / f"lab-state-{next(_NUMBERS)}"
    monkeypatch.setenv("LAB_STATE", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """The folder of a run, with nothing in it yet."""
    return RunFolder(path=tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two stacks, three workloads and a table."""
    return write_project(tmp_path / "project")


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalogue of such a project, read once: it is frozen, and no test writes into its folder."""
    return load_catalog(write_project(tmp_path_factory.mktemp("catalog")))


@pytest.fixture
def server() -> Iterator[Answering]:
    """An HTTP server on the loopback whose answers the test chooses."""
    with closing(Answering()) as answering:
        yield answering


@pytest.fixture
def ctrl_c_at_once(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[Any]]:
    """Ctrl-C comes as soon as `docker` or `sh` runs, before who started it has it in hand; the processes so far."""
    processes: list[subprocess.Popen[Any]] = []

    class Interrupted(subprocess.Popen[Any]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            if arguments[0][0] in {"docker", "sh"}:
                processes.append(self)
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    return processes
