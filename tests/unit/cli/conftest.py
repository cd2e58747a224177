"""The command line as a fixture."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cli
from lab.cli import options
from tests.unit.cli.cli_driving import Ended, Lab
from tests.unit.unit_factories import make_machine


@pytest.fixture
def lab(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Lab]:
    """The command line in a small project, on a machine of two cores where no engine can be reached."""
    monkeypatch.setenv("LAB_ROOT", str(project))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{project}/no-engine.sock")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(options, "probe", lambda: make_machine(cores=((0,), (1,)), memory_mib=3072))
    # The files of a report have tests of their own, and drawing them takes a second a time.
    monkeypatch.setattr("lab.report.write_all", lambda _results, folder: (folder / "report.html",))
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["lab", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        said = capsys.readouterr()
        code = caught.value.code
        return Ended(code if isinstance(code, int) else 0, said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)
