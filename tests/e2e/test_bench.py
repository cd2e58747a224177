"""`lab bench` from the first container to the report, and what becomes of it when something goes wrong."""

import csv
import io
import json
import math
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from tests.e2e.driving import (
    Lab,
    add_stack,
    copy_project,
    labelled,
    networks,
    only_run,
)

pytestmark = pytest.mark.alone

FLAKY = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

asked = count(1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # Right as long as it is only checked; under load every tenth status and every seventh body is wrong.
        number = next(asked) if self.path == "/health" else 0
        loaded = number > 20
        body = b"ready" if self.path == "/ready" else b"no" if loaded and number % 7 == 0 else b"ok"
        self.send_response(500 if loaded and number % 10 == 0 else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


TABLE = """
title: Four stacks, two of which do not work
source: {author: a test}
pins: current
workload: health
published_duration_s: 30
load: {threads: 1, connections: 8, duration_s: 1}
rows:
  - {id: broken, stack: broken}
  - {id: flaky, stack: flaky}
  - {id: go, stack: gin, settings: {HEALTH_DELAY: 0.01}, published: {requests_per_second: 100.0}}
  - {id: layered, stack: nginx-gunicorn-flask@gthread}
"""


BUSY_HOST = ("the hypervisor took", "other processes used", "the load generator was the limit")
"""How the reasons begin that say something of the host and nothing of the lab."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A benchmark that has come to its end."""

    lab: Lab
    done: subprocess.CompletedProcess[str]
    folder: Path

    @property
    def cells(self) -> dict[str, Any]:
        """Row → its cell in `results.json`."""
        return {cell["row"]: cell for cell in json.loads(self.done.stdout)["cells"]}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, engine: DockerClient) -> Iterator[Bench]:
    """One run of a table of the test's own: two stacks that work, one that answers wrongly, one that is broken."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    add_stack(project, "flaky", FLAKY)
    add_stack(project, "broken", "print('the disk is on fire'); raise SystemExit(3)")
    (project / "experiments" / "mine.yaml").write_text(TABLE)
    lab = Lab(root=project)
    yield Bench(
        lab=lab,
        done=lab("bench", "--table", "mine", "--rounds", "2", "--warmup", "1", "--duet", "4", "--json"),
        folder=only_run(project),
    )
    assert labelled(engine) == []


def test_every_row_of_a_table_is_a_cell_in_its_order(bench: Bench) -> None:
    assert [*bench.cells] == ["broken", "flaky", "go", "layered"]
    assert {cell["table"] for cell in bench.cells.values()} == {"mine"}
    assert bench.cells["go"]["published"]["requests_per_second"] == 100
    assert bench.cells["go"]["settings"] == {"HEALTH_DELAY": "0.01"}


def test_nothing_is_left_behind(bench: Bench, engine: DockerClient) -> None:
    assert bench.folder.is_dir()
    assert labelled(engine) == []
    assert networks(engine) == []


@pytest.mark.parametrize("row", ["go", "layered"])
def test_a_cell_has_all_its_figures_and_they_agree(bench: Bench, row: str) -> None:
    cell = bench.cells[row]
    assert not [reason for reason in cell["invalid_reasons"] if not reason.startswith(BUSY_HOST)]
    assert cell["requests"] > 0
    rate = cell["requests_per_second"]
    assert 0 < rate["low"] <= rate["value"] <= rate["high"]
    latency = cell["latency_ms"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"]
    cost, memory = (
        {tier: estimate["value"] for tier, estimate in cell[name].items()}
        for name in ("cpu_us_per_request", "memory_peak_mib")
    )
    parts = sum(us for tier, us in cost.items() if tier != "total")
    assert math.isclose(cost["total"], parts, rel_tol=0.05), "means are geometric, so they add up only nearly"
    assert all(value > 0 for value in [*cost.values(), *memory.values()])
    assert cell["startup_s"]["value"] > 0
    assert cell["startup_s"]["low"] is None
    assert cell["image_mib"] > 0
    assert sum(cell["errors"].values()) == 0


def test_each_tier_is_accounted_for_and_the_cores_are_timed(bench: Bench) -> None:
    """Control groups and /proc are read for real; what this kernel does not tell is unknown, and never 0."""
    lines = [json.loads(line) for line in (bench.folder / "samples.jsonl").read_text().splitlines()]
    samples = [line for line in lines if line["cell"].startswith("mine/layered/")]
    assert len(samples) >= 2
    for sample in samples:
        assert {tier for tier, use in sample["use"].items() if use["cpu_ns"] > 0} == sample["cpu_s"].keys()
        for tier, use in sample["use"].items():
            assert math.isclose(use["cpu_ns"] / 1e9, sample["cpu_s"][tier], rel_tol=0.1, abs_tol=0.05)
            assert (use["throttled_ns"], use["oom_kills"]) == (0, 0)
            assert use["voluntary_switches"] > 0
            assert use["received_bytes"] > 0
            assert use["peak_memory_bytes"] > 0
        assert sample["foreign"]["capacity_s"] > 0
        share = sample["load_thread_share"]
        assert share is None or 0 < share < 1.5, "a thread that ended too early to be seen twice is unknown"
        assert all(speed > 0 for speed in sample["core_speed"]["readings"])
    timed = json.loads((bench.folder / "run.json").read_text())["core_speed"]
    assert 0 < timed["low"] <= timed["median"] <= timed["high"]
    assert bench.cells["layered"]["use"].keys() == samples[0]["use"].keys()


def test_a_sleeping_handler_is_as_fast_as_its_bound_says(bench: Bench) -> None:
    """Eight connections and 10 ms of sleep are at most 800 requests a second, on any machine."""
    cell = bench.cells["go"]
    assert cell["bound"]["name"] == "connections"
    assert cell["requests_per_second"]["value"] <= 800
    assert cell["latency_ms"]["p50"] >= 10


def test_answers_that_are_wrong_under_load_make_a_cell_invalid_and_the_run_goes_on(bench: Bench) -> None:
    flaky = bench.cells["flaky"]
    assert not flaky["valid"]
    assert flaky["errors"]["status"] > 0
    assert flaky["errors"]["body"] > 0
    reasons = " ".join(flaky["invalid_reasons"])
    assert "wrong status" in reasons
    assert "wrong body" in reasons


def test_a_stack_that_does_not_come_up_costs_its_own_row_only_and_is_exit_1(bench: Bench) -> None:
    assert bench.done.returncode == 1
    assert "did not become healthy" in bench.cells["broken"]["invalid_reasons"][0]
    assert "the disk is on fire" in bench.done.stderr


def test_the_run_folder_holds_the_evidence_and_every_report(bench: Bench) -> None:
    run = json.loads((bench.folder / "run.json").read_text())
    assert run["finished_at"]
    assert run["phases_s"]["load"] > 0
    assert any("gin" in version for facts in run["deployments"] for version in facts["versions"])
    assert len(list(bench.folder.glob("deployments/*/override.yaml"))) == 4
    assert len((bench.folder / "samples.jsonl").read_text().splitlines()) == 6
    rows = list(csv.DictReader(io.StringIO((bench.folder / "results.csv").read_text())))
    assert {row["row"] for row in rows} == bench.cells.keys()
    assert run["budget"]["label"] in (bench.folder / "report.md").read_text()
    assert "<html" in (bench.folder / "report.html").read_text()


def test_a_run_can_be_read_again(bench: Bench) -> None:
    again = bench.lab("compare", "--run", bench.folder.name, "--json")
    assert json.loads(again.stdout) == json.loads(bench.done.stdout)
    assert "layered" in bench.lab.ok("report", "--format", "markdown")
    assert "8 connections" in bench.lab.ok("explain", "mine/go")
    (listed,) = json.loads(bench.lab.ok("list", "runs", "--json"))
    assert listed["id"] == bench.folder.name
