"""How often a duet calls a server and its own copy different, and how small a slowdown it finds.

Hours, on a machine with nothing else at work: prints what it measures (`pytest -s`). The servers are those of
`lab selftest`; a slower one does so many additions more for each request. What it really costs is what all recordings
of it together say.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from docker import DockerClient

from lab.model import DuetSample, Estimate
from lab.store import RunFolder
from tests.e2e.driving import ROOT, Lab, only_run
from tests.soak import windows

pytestmark = pytest.mark.timeout(4 * 3600)

RESTARTS = 5
A_REQUEST = 4_500
"""Additions that cost about as much as one request."""
TABLE = """\
title: "A server beside another"
source: {author: a test}
origin: lab
pins: current
workload: answer
load: {tool: wrk, threads: 1, connections: 16, duration_s: 3}
reference: one
rows:
  - {id: one, stack: witness@one}
  - {id: other, stack: witness@other}
"""


@pytest.fixture(autouse=True)
def quiet(engine: DockerClient) -> None:
    """Nothing of others runs in the engine meanwhile."""
    assert engine.containers.list(ignore_removed=True) == []


def recorded(folder: Path, *, slower: float, minutes: float) -> list[list[DuetSample]]:
    """Turns of a server beside one that costs more by a share; the stacks are begun anew `RESTARTS` times."""
    seconds = minutes * 60 / RESTARTS
    found: list[list[DuetSample]] = []
    for number in range(RESTARTS):
        root = project(folder / str(number), additions=round(slower * A_REQUEST))
        done = Lab(root=root)("bench", "--table", "beside", f"--duet={seconds:g}", "--rounds=2")
        assert done.returncode in (0, 7), done.stderr  # that its rounds in turn are not valid says nothing of duets
        found.append(RunFolder(path=only_run(root)).duets())
    return found


def project(root: Path, *, additions: int) -> Path:
    """A project with the servers of the selftest and no others, one of them so much slower."""
    shutil.copytree(ROOT / "stacks", root / "stacks")
    shutil.copytree(ROOT / "selftest/witness", root / "witness")
    shutil.copy(ROOT / "selftest/stacks/openapi.yaml", root / "stacks")
    shutil.copy(ROOT / ".dockerignore", root)
    for folder, text in {"experiments/beside.yaml": TABLE, "compose/witness.yaml": witness(additions)}.items():
        (root / folder).parent.mkdir()
        (root / folder).write_text(text)
    for part in ("parts.yaml", "load.yaml"):
        shutil.copy(ROOT / "compose" / part, root / "compose")
    return root


def witness(additions: int) -> str:
    """The selftest's Compose file as one of a project at its root, with a variant that does so many additions."""
    text = (ROOT / "selftest/compose/witness.yaml").read_text().replace("context: ../..", "context: ..")
    variant = f'    other: {{WITNESS: other, BURN: "{additions}"}}\n'
    return text.replace("  variants:\n", f"  variants:\n{variant}", 1)


def told_apart(found: Estimate) -> bool:
    assert found.low is not None
    assert found.high is not None
    return not found.low <= 1 <= found.high


def is_dearer(found: Estimate) -> bool:
    return found.low is not None and found.low > 1


def whole(recordings: Sequence[Sequence[DuetSample]]) -> Estimate:
    return windows.ratio([turn for turns in recordings for turn in turns])


def say(what: str, recordings: Sequence[Sequence[DuetSample]], found: Sequence[Estimate]) -> None:
    halves = sorted((one.high - one.low) / 2 for one in found if one.low is not None and one.high is not None)
    together = whole(recordings)
    interval = f"{together.low:.4f} to {together.high:.4f}"
    print(f"\n{what}: {together.value:.4f} ({interval}) over {RESTARTS} recordings together,")
    print("one by one " + ", ".join(f"{whole([turns]).value:.4f}" for turns in recordings))
    apart, half = sum(map(told_apart, found)), halves[len(halves) // 2]
    print(f"{len(found)} windows: {apart} told apart, half an interval {half:.4f} (median)")


def test_a_copy_is_told_apart_in_at_most_ten_of_a_hundred_minutes(tmp_path: Path) -> None:
    recordings = recorded(tmp_path, slower=0.0, minutes=105)
    found = [windows.ratio(window) for turns in recordings for window in windows.cut(turns, seconds=60)][:100]
    say("a copy, windows of 60 s", recordings, found)
    assert len(found) == 100
    assert sum(map(told_apart, found)) <= 10


def test_three_percent_are_found_in_two_minutes(tmp_path: Path) -> None:
    recordings = recorded(tmp_path, slower=0.03, minutes=42)
    found = [windows.ratio(window) for turns in recordings for window in windows.cut(turns, seconds=120)][:20]
    say("3%, windows of 2 min", recordings, found)
    assert len(found) == 20
    assert 1.02 < whole(recordings).value < 1.04
    assert sum(map(is_dearer, found)) >= 17


def test_one_percent_is_found_in_ten_minutes(tmp_path: Path) -> None:
    recordings = recorded(tmp_path, slower=0.01, minutes=60)
    turns = [turn for recording in recordings for turn in recording]
    found = [*map(windows.ratio, windows.drawn(turns, seconds=600, count=20, random=Random(1)))]  # noqa: S311
    say("1%, windows of 10 min", recordings, found)
    assert sum(map(is_dearer, found)) >= 17
