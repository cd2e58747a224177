"""`lab bench` from the first container to the report, and what becomes of it when something goes wrong."""

import csv
import io
import json
import math
from pathlib import Path

from conftest import Lab, eventually, labelled, networks, of_stack
from docker import DockerClient
from test_bad_input import add_stack

QUICK = ("--workload", "ping", "--connections", "8", "--duration", "1", "--rounds", "2")
SAMPLES = 4
"""Of two stacks in two rounds."""

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


def only_run(project: Path) -> Path:
    (folder,) = (path.parent for path in (project / "results").glob("*/run.json"))
    return folder


def test_a_benchmark_measures_reports_and_leaves_nothing_behind(lab: Lab, project: Path, engine: DockerClient) -> None:
    results = json.loads(lab.ok("bench", "gin", "nginx-gunicorn-flask@gthread", *QUICK, "--json"))
    assert labelled(engine) == []
    assert networks(engine) == []
    assert results["schema_version"] == 1
    assert results["run"]["finished_at"]
    assert [cell["stack"] for cell in results["cells"]] == ["gin", "nginx-gunicorn-flask"]
    for cell in results["cells"]:
        assert cell["requests"] > 0
        rate = cell["requests_per_second"]
        assert 0 < rate["low"] <= rate["value"] <= rate["high"]
        latency = cell["latency_ms"]
        assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"]
        cost = cell["cpu_us_per_request"]
        assert math.isclose(cost["total"], sum(us for tier, us in cost.items() if tier != "total"))
        assert all(value > 0 for value in [*cost.values(), *cell["memory_peak_mib"].values()])
        assert cell["startup_s"] > 0
        assert cell["image_mib"] > 0
        assert sum(cell["errors"].values()) == 0
    folder = only_run(project)
    rows = list(csv.DictReader(io.StringIO((folder / "results.csv").read_text())))
    assert {row["stack"] for row in rows} == {"gin", "nginx-gunicorn-flask"}
    assert results["run"]["budget"]["label"] in (folder / "report.md").read_text()
    assert "<html" in (folder / "report.html").read_text()
    assert list(folder.glob("deployments/*/override.yaml"))
    assert "requests" in lab.ok("compare", "--run", folder.name)
    assert "gin" in lab.ok("report", "--format", "markdown")
    assert "connections" in lab.ok("explain", "gin@default")


def test_answers_that_are_wrong_under_load_make_a_cell_invalid_and_the_run_goes_on(lab: Lab, project: Path) -> None:
    add_stack(project, "flaky", FLAKY)
    done = lab("bench", "flaky", "gin", *QUICK[2:], "--workload", "health", "--json")
    cells = {cell["stack"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert cells["gin"]["valid"]
    assert not cells["flaky"]["valid"]
    assert cells["flaky"]["errors"]["status"] > 0
    assert cells["flaky"]["errors"]["body"] > 0
    reasons = " ".join(cells["flaky"]["invalid_reasons"])
    assert "wrong status" in reasons
    assert "wrong body" in reasons


def test_a_stack_that_does_not_come_up_costs_its_own_rows_only(lab: Lab, project: Path, engine: DockerClient) -> None:
    add_stack(project, "broken", "print('the disk is on fire'); raise SystemExit(3)")
    done = lab("bench", "broken", "gin", "--workload", "health", *QUICK[2:], "--json")
    assert done.returncode == 1
    cells = {cell["stack"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert cells["gin"]["valid"]
    assert "did not become healthy" in cells["broken"]["invalid_reasons"][0]
    assert "the disk is on fire" in done.stderr
    assert labelled(engine) == []


def test_a_table_of_ones_own_is_one_file(lab: Lab, project: Path) -> None:
    (project / "experiments" / "mine.yaml").write_text(
        "title: Mine\nsource: a test\npins: current\nworkload: ping\npublished_duration_s: 30\n"
        "load: {threads: 1, connections: 4, duration_s: 1}\n"
        "rows: [{id: first, stack: gin, published: {requests_per_second: 100.0}}]\n"
    )
    (cell,) = json.loads(lab.ok("bench", "--table", "mine", "--rounds", "2", "--json"))["cells"]
    assert (cell["table"], cell["row"], cell["published"]["requests_per_second"]) == ("mine", "first", 100)


def test_a_second_lab_is_told_who_measures_and_touches_nothing(lab: Lab, project: Path, engine: DockerClient) -> None:
    first = lab.start("bench", "gin", "go-nethttp", *QUICK)
    first.wait_for("round 1")
    before = {container.id for container in labelled(engine)}
    for command in (["bench", "gin", *QUICK], ["up", "gin", "--wait", "0"], ["down", "--all"]):
        second = lab(*command)
        assert second.returncode == (0 if command[0] == "down" else 3)
        assert command[0] == "down" or str(first.process.pid) in second.stderr
    assert {container.id for container in labelled(engine)} == before
    code, _ = first.finish()
    assert code == 0
    assert labelled(engine) == []
    runs = [json.loads(path.read_text()) for path in (project / "results").glob("*/results.json")]
    assert [cell["valid"] for run in runs for cell in run["cells"]] == [True, True]


def test_the_next_run_reaps_what_a_killed_one_left_and_nothing_else(lab: Lab, engine: DockerClient) -> None:
    lab.ok("up", "gin", "--port", "0")
    bystander = engine.containers.run("lab/load:current", ["sleep", "60"], detach=True, remove=True)
    try:
        killed = lab.start("bench", "go-nethttp", *QUICK)
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
