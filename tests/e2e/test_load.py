"""`lab load --locust`, as its user runs it: a run like any other, or Locust's own page; and an open loop."""

import json
import re
from pathlib import Path

import pytest
import requests
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import PATIENCE_S, Lab, eventually, labelled, networks, only_run
from tests.service.stacks import DIRECT, variant

pytestmark = pytest.mark.xdist_group("lab")

STACK = DIRECT[0]
TARGET = f"{STACK.name}@{variant(STACK, mode='sync', cache='on')}"


def test_visits_land_in_a_run_with_their_latencies_and_costs(lab: Lab, project: Path, engine: DockerClient) -> None:
    quick = ("--users=10", "--spawn-rate=10", "--duration=4", "--rounds=2")
    done = lab("load", TARGET, "--locust", *quick)
    assert done.returncode in (0, Inconclusive.exit_code), done.stderr  # a busy host makes the row invalid
    (cell,) = json.loads((only_run(project) / "results.json").read_text())["cells"]
    assert (cell["stack"], cell["workload"], cell["load"]["tool"]) == (STACK.name, "journey", "locust")
    assert sum(cell["errors"].values()) == 0
    assert cell["rounds"] == 2
    assert 0 < cell["requests_per_second"]["value"] <= cell["bound"]["requests_per_second"] * 1.3
    assert cell["latency_ms"]["p50"] > 0
    assert cell["cpu_us_per_request"]["app"]["value"] > 0
    assert labelled(engine) == []


def test_an_open_loop_lands_in_a_run_with_what_was_offered_and_how_long_it_waited(
    lab: Lab, project: Path, engine: DockerClient
) -> None:
    quick = ("--workload=ping", "--rate=100", "--arrivals=poisson", "--duration=2", "--rounds=2", "--warmup=1")
    done = lab("bench", "go-nethttp", *quick)
    assert done.returncode in (0, Inconclusive.exit_code), done.stderr  # a busy host makes the row invalid
    (cell,) = json.loads((only_run(project) / "results.json").read_text())["cells"]
    assert (cell["load"]["kind"], cell["load"]["rate"], cell["load"]["arrivals"]) == ("open", 100, "poisson")
    told = cell["open_loop"]
    assert 0.5 * 300 < told["offered"] < 1.5 * 300, "two rounds of 1.5 s that count, and arrivals are random"
    assert cell["requests"] == told["offered"] - told["dropped"]
    assert sum(cell["errors"].values()) == 0
    assert 0 < told["service_ms"]["p50"] <= cell["latency_ms"]["p50"]
    assert told["p99_ms"]["value"] > 0
    assert {limit["name"]: limit["requests_per_second"] for limit in cell["limits"]}["offered"] == 100
    assert any("requests that were due" in note for note in cell["notes"])
    assert labelled(engine) == []


def test_locusts_own_page_stands_on_the_loopback_until_ctrl_c(lab: Lab, engine: DockerClient) -> None:
    running = lab.start("load", TARGET, "--locust", "--web", "--web-port=0")
    found = re.search(r"http://127\.0\.0\.1:\d+", running.wait_for("Locust's page"))
    assert found
    page = found[0]
    assert "<html" in requests.get(page, timeout=PATIENCE_S).text
    asked = {"user_count": 3, "spawn_rate": 3}
    assert requests.post(f"{page}/swarm", data=asked, timeout=PATIENCE_S).json()["success"] is True
    assert eventually(
        lambda: requests.get(f"{page}/stats/requests", timeout=PATIENCE_S).json()["stats"][-1]["num_requests"] > 0
    )
    code, _ = running.interrupt()
    assert code == 0
    assert labelled(engine) == []
    assert networks(engine) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=PATIENCE_S)
