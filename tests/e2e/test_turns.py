"""Two `lab` on one engine: the second one waits or is told, and only what a killed one left is removed."""

import json
from pathlib import Path

import pytest
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import PATIENCE_S, QUICK, Lab, add_held, eventually, labelled, networks, of_stack

pytestmark = pytest.mark.xdist_group("lab")


def test_a_second_lab_is_told_who_measures_and_touches_nothing(lab: Lab, project: Path, engine: DockerClient) -> None:
    held = add_held(project)
    held.in_round(1)
    first = lab.start("bench", "--table", "held", "--rounds", "2")
    first.wait_for("round 1")
    before = {container.id for container in labelled(engine)}
    for command in (["bench", "gin", *QUICK], ["up", "gin", "--wait", "0"], ["down", "--all"]):
        second = lab(*command)
        assert second.returncode == (0 if command[0] == "down" else 3)
        assert command[0] == "down" or str(first.process.pid) in second.stderr
    assert {container.id for container in labelled(engine)} == before
    held.let_go()
    code, said = first.finish()
    assert code in (0, Inconclusive.exit_code), said  # a busy host makes rows invalid, and is not the second lab
    assert labelled(engine) == []
    runs = [json.loads(path.read_text()) for path in (project / "results").glob("*/results.json")]
    assert [sum(cell["errors"].values()) for run in runs for cell in run["cells"]] == [0]
    assert all(cell["rounds"] == run["run"]["rounds"] for run in runs for cell in run["cells"])


def test_the_next_run_reaps_what_a_killed_one_left_and_nothing_else(lab: Lab, engine: DockerClient) -> None:
    lab.ok("up", "gin", "--port", "0")
    bystander = engine.containers.run("lab/load:current", ["sleep", "infinity"], detach=True, remove=True)
    try:
        killed = lab.start("bench", "go-nethttp", *QUICK, "--duration", str(PATIENCE_S))
        killed.wait_for("round 1")
        killed.kill()
        left = {container.labels["lab.session"] for container in labelled(engine)} - {
            container.labels["lab.session"] for container in of_stack(engine, "gin").values()
        }
        assert len(left) == 1
        done = lab("bench", "go-nethttp", *QUICK)
        assert left.pop() in done.stderr
        assert of_stack(engine, "gin")
        assert of_stack(engine, "go-nethttp") == {}
        bystander.reload()
        assert bystander.status == "running"
    finally:
        bystander.kill()
    assert eventually(lambda: len(networks(engine)) == 1)
