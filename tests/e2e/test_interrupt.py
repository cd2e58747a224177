"""Ctrl-C in each phase: what the call started is gone, samples are kept, and the run can be finished."""

import json
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.driving import QUICK, Lab, labelled, networks, only_run

ROUNDS = 2
"""Of the quick benchmark."""


@pytest.mark.parametrize("phase", ["start", "round 1/2", "round 2/2", "stop", "report"])
def test_an_interrupted_benchmark_cleans_up_and_can_be_resumed(
    lab: Lab, project: Path, engine: DockerClient, phase: str
) -> None:
    running = lab.start("bench", "gin", *QUICK)
    running.wait_for(phase)
    code, said = running.interrupt()
    assert labelled(engine) == []
    assert networks(engine) == []
    folder = only_run(project)
    if code == 0:
        assert phase == "stop", "only what is being taken down already goes on, and the run comes to its end"
    else:
        assert code == 130
        assert f"lab bench --resume {folder.name}" in said
        journal = folder / "samples.jsonl"
        kept = journal.read_text().splitlines() if journal.exists() else []
        assert len(kept) < ROUNDS or phase in ("stop", "report")
        lab.ok("bench", "--resume", folder.name)
        assert journal.read_text().splitlines()[: len(kept)] == kept
    results = json.loads((folder / "results.json").read_text())
    assert [cell["rounds"] for cell in results["cells"]] == [ROUNDS]


def test_an_interrupted_up_leaves_nothing(lab: Lab, engine: DockerClient) -> None:
    running = lab.start("up", "nginx-gunicorn-flask", "--port", "0")
    while not labelled(engine):
        assert running.process.poll() is None
    code, _ = running.interrupt()
    assert code == 130
    assert labelled(engine) == []
    assert networks(engine) == []


def test_an_interrupted_build_stops_and_the_next_one_goes_on(lab: Lab, project: Path) -> None:
    for source in project.glob("stacks/python/*/app.py"):
        source.write_text(f"{source.read_text()}\n# changed by {project}\n")  # never built before, so not in the cache
    running = lab.start("build", "gunicorn-flask", "uvicorn-fastapi")
    running.wait_for("COPY")
    code, _ = running.interrupt()
    assert code == 130
    assert "images in" in lab.ok("build", "gunicorn-flask", "uvicorn-fastapi")
