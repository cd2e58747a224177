"""The walk through the service in docs/howto.md works as typed, and prints what that page says."""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.driving import LAB, ROOT

pytestmark = pytest.mark.xdist_group("lab")

PAGE = ROOT / "docs" / "howto.md"
HEADING = "## Take a service apart"
PRINTS = "# → "
"""What begins a line that the command above it prints; … stands for anything."""


def walk() -> list[tuple[str, list[str]]]:
    """The commands in the first block under the heading, each with the lines that it should print."""
    section = PAGE.read_text("utf-8").partition(f"{HEADING}\n")[2]
    block = re.search(r"(?:^    .*\n)+", section, re.MULTILINE)
    assert block, HEADING
    steps: list[tuple[str, list[str]]] = []
    for line in (line.removeprefix("    ") for line in block[0].splitlines()):
        if line.startswith(PRINTS):
            steps[-1][1].append(line.removeprefix(PRINTS))
        elif steps and steps[-1][0].endswith("\\"):
            steps[-1] = (f"{steps[-1][0]}\n{line}", [])
        else:
            steps.append((line, []))
    return steps


@pytest.fixture
def no_stack_before_and_after() -> Iterator[None]:
    subprocess.run([LAB, "down", "--all"], check=True, capture_output=True)
    yield
    subprocess.run([LAB, "down", "--all"], check=True, capture_output=True)


@pytest.mark.usefixtures("no_stack_before_and_after")
def test_the_walk_through_the_service_works_as_typed() -> None:
    steps = walk()
    mark = "end of a step"
    script = "\n".join(f"{command}\necho; echo '{mark}'" for command, _ in steps)
    path = f"{LAB.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(f"{mark}\n")[:-1]
    assert len(printed) == len(steps) > 10
    for (command, expected), text in zip(steps, printed, strict=True):
        lines = text.replace("\r", "").strip().splitlines()
        if not expected:  # of `lab up` the page leaves out what differs from host to host
            continue
        assert len(lines) == len(expected), f"{command}\n{text}"
        for line, pattern in zip(lines, expected, strict=True):
            wanted = ".*".join(map(re.escape, pattern.split("…")))
            assert re.fullmatch(wanted, line), f"{command}\n{line}\nis not\n{pattern}"
    assert sum(bool(expected) for _, expected in steps) > 7
