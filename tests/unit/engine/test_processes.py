import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.engine import processes


def test_a_living_process_is_found_and_is_the_same_at_the_second_look() -> None:
    found = processes.find(os.getpid())
    assert found is not None
    assert found.pid == os.getpid()
    assert processes.find(os.getpid()) == found


def test_a_process_that_has_ended_is_none_before_and_after_somebody_asks_how() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert processes.find(process.pid) is None, "a zombie"
    assert processes.find(process.pid) is None


@pytest.mark.parametrize("text", ["", "words", "-3", "4194304999"])
def test_a_pid_file_that_names_no_process_names_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    assert processes.named_in(tmp_path / "pid", "python") is None
    assert processes.named_in(tmp_path / "missing", "python") is None


def test_a_pid_file_means_a_process_of_that_name_only(tmp_path: Path) -> None:
    own = processes.find(os.getpid())
    assert own is not None
    (tmp_path / "pid").write_text(f"{own.pid}\n")
    assert processes.named_in(tmp_path / "pid", own.name) == own
    assert processes.named_in(tmp_path / "pid", "another") is None
