"""`lab footprint` on a real stack: every figure is there, they fit together, and nothing stays."""

import json
from pathlib import Path

import pytest
from docker import DockerClient

from lab.host.session import LABEL_SESSION
from tests.e2e.driving import Lab, labelled, networks, only_run

pytestmark = pytest.mark.alone


def test_a_stack_is_timed_and_weighed_and_nothing_is_left(lab: Lab, project: Path, engine: DockerClient) -> None:
    done = lab("footprint", "gin", "--rounds", "2", "--json")
    assert done.returncode in (0, 7), done.stderr  # 7: the host is too noisy for the figures to be believed
    (cell,) = json.loads(done.stdout)["cells"]
    found = cell["footprint"]
    for time in ("cold_start_s", "warm_start_s", "rebuild_s"):
        assert 0 < found[time]["low"] <= found[time]["value"] <= found[time]["high"], time
    assert found["idle_mib"]["app"]["low"] > 0
    assert found["idle_mib"]["total"]["value"] < found["peak_mib"]["total"]["value"]
    assert found["containers"] == 1
    assert found["processes"] == {"total": 1, "app": 1}
    assert found["image_mib"] >= found["unique_mib"] > 0
    assert 10 < found["config_lines"] < 100
    assert cell["requests_per_second"]["value"] > 0
    assert cell["rounds"] == 2

    lines = (only_run(project) / "samples.jsonl").read_text().splitlines()
    assert [json.loads(line)["footprint"]["cold_start_s"] > 0 for line in lines] == [True, True]
    assert labelled(engine) == []
    assert networks(engine) == []
    assert engine.images.list(filters={"label": LABEL_SESSION}) == [], "what was built again"


def test_ctrl_c_in_the_middle_leaves_nothing_and_the_run_can_go_on(lab: Lab, engine: DockerClient) -> None:
    running = lab.start("footprint", "gin", "--rounds", "1")
    running.wait_for("round 1")
    code, said = running.interrupt()
    assert code == 130
    assert "lab bench --resume" in said
    assert labelled(engine) == []
    assert networks(engine) == []
