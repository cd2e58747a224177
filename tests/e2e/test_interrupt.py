"""Ctrl-C in each phase: what the call started is gone, samples are kept, and the run can be finished."""

import json
import uuid
from pathlib import Path

import pytest
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import (
    QUICK,
    Lab,
    add_held,
    add_stack,
    eventually,
    is_at_work,
    labelled,
    networks,
    only_run,
)

ROUNDS = 2
"""Of the quick benchmark."""


@pytest.mark.parametrize("phase", ["start", "round 1/2", "stop", "report"])
def test_an_interrupted_benchmark_cleans_up_and_can_be_resumed(
    lab: Lab, project: Path, engine: DockerClient, phase: str
) -> None:
    running = lab.start("bench", "gin", *QUICK)
    running.wait_for(phase)
    code, said = running.interrupt()
    assert labelled(engine) == []
    assert networks(engine) == []
    folder = only_run(project)
    journal = folder / "samples.jsonl"
    kept = journal.read_text().splitlines() if journal.exists() else []
    if code in (0, Inconclusive.exit_code):
        assert len(kept) == ROUNDS, "it may have had nothing left to do when Ctrl-C came"
    else:
        assert code == 130
        assert f"lab bench --resume {folder.name}" in said
        assert json.loads((folder / "run.json").read_text())["phases_s"]["total"] > 0
        assert lab("bench", "--resume", folder.name).returncode in (0, Inconclusive.exit_code)
        assert journal.read_text().splitlines()[: len(kept)] == kept
    results = json.loads((folder / "results.json").read_text())
    assert [cell["rounds"] for cell in results["cells"]] == [ROUNDS]


def test_a_round_that_is_under_way_is_broken_off_and_measured_anew(
    lab: Lab, project: Path, engine: DockerClient
) -> None:
    held = add_held(project)
    held.in_round(2)
    running = lab.start("bench", "--table", "held", "--rounds", str(ROUNDS))
    running.wait_for("round 2/2")
    code, said = running.interrupt()
    assert code == 130
    folder = only_run(project)
    assert f"lab bench --resume {folder.name}" in said
    assert labelled(engine) == []
    (kept,) = (folder / "samples.jsonl").read_text().splitlines()
    held.let_go()
    assert lab("bench", "--resume", folder.name).returncode in (0, Inconclusive.exit_code)
    first, _second = (folder / "samples.jsonl").read_text().splitlines()
    assert first == kept


def test_an_interrupted_up_leaves_nothing(lab: Lab, project: Path, engine: DockerClient) -> None:
    add_stack(project, "silent", "import signal; signal.pause()")  # never healthy, so `up` is still at it
    running = lab.start("up", "silent", "--port", "0")
    assert eventually(lambda: bool(labelled(engine)))
    code, _ = running.interrupt()
    assert code == 130
    assert labelled(engine) == []
    assert networks(engine) == []


def test_an_interrupted_build_stops_and_the_next_one_goes_on(lab: Lab, project: Path) -> None:
    dockerfile, mark = project / "stacks/python/Dockerfile", f"{uuid.uuid4().int}"
    finished = dockerfile.read_text()
    dockerfile.write_text(f"{finished}RUN sleep {mark}\n")
    running = lab.start("build", "gunicorn-flask")
    assert eventually(lambda: is_at_work(mark))
    code, _ = running.interrupt()
    assert code == 130
    assert eventually(lambda: not is_at_work(mark))
    dockerfile.write_text(finished)
    lab.ok("build", "gunicorn-flask")
