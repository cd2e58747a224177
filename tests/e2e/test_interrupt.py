"""Ctrl-C in each phase: what the call started is gone, samples are kept, and the run can be finished."""

import json
import uuid
from collections.abc import Callable
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
    of_stack,
    only_run,
)

pytestmark = pytest.mark.xdist_group("lab")

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


STATEFUL = """\
name: stateful
x-lab:
  title: A stack that keeps data
  entry: {service: app, port: 8080}
  tiers: {app: python}
  workloads: [ping]
  memory: {app: 1}
  variants:
    well: {MODE: well}
    ill: {MODE: ill}
    slow: {MODE: slow}
services:
  app:
    extends: {file: parts.yaml, service: python-flask}
    command: [python, /app.py]
    environment: {MODE: "${MODE:-well}"}
    volumes: ["./stateful.py:/app.py:ro", "data:/data"]
    ports: ["127.0.0.1:${LAB_PORT:-8080}:8080"]
volumes:
  data: {}
secrets:
  ca: {file: "${LAB_CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}"}
"""
SERVER = """\
import os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
if os.environ["MODE"] == "ill":
    sys.exit("it is ill")
if os.environ["MODE"] == "slow":
    time.sleep(600)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"message":"pong"}' if "ping" in self.path else b"ready"
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if "ping" in self.path else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


@pytest.fixture
def data(lab: Lab, project: Path, engine: DockerClient) -> Callable[[], str]:
    """What stands in the volume of a stack that is up."""
    (project / "compose" / "stateful.yaml").write_text(STATEFUL)
    (project / "compose" / "stateful.py").write_text(SERVER)
    lab.ok("up", "stateful@well", "--port", "0")
    app = of_stack(engine, "stateful")["app"]
    assert app.exec_run(["sh", "-c", "echo precious > /data/kept"], user="root").exit_code == 0
    (volume,) = [mount["Name"] for mount in app.attrs["Mounts"] if mount["Type"] == "volume"]
    assert volume == "lab-stateful_data"

    def read() -> str:
        lab.ok("up", "stateful@well", "--port", "0")
        return lab.ok("exec", "stateful", "app", "cat", "/data/kept").strip()

    return read


def test_a_second_up_that_fails_keeps_the_data_of_the_stack_that_was_up(lab: Lab, data: Callable[[], str]) -> None:
    failed = lab("up", "stateful@ill", "--port", "0")
    assert failed.returncode == 4
    assert "stateful@well was up before: its data is kept" in failed.stderr
    assert data() == "precious"


def test_an_interrupted_second_up_keeps_the_data_of_the_stack_that_was_up(
    lab: Lab, engine: DockerClient, data: Callable[[], str]
) -> None:
    before = of_stack(engine, "stateful")["app"].id
    running = lab.start("up", "stateful@slow", "--port", "0")
    assert eventually(lambda: before not in [c.id for c in labelled(engine, stack="stateful")])
    code, said = running.interrupt()
    assert code == 130
    assert "its data is kept" in said
    assert data() == "precious"


def test_a_check_has_its_turn_to_its_end_and_a_second_one_is_told(lab: Lab, engine: DockerClient) -> None:
    first = lab.start("check", "service-gin", "--orders", "--kills", "2")
    first.wait_for("kill 1 of 2")
    with first.standing_still():
        second = lab("check", "service-gin", "--wait", "0")
    assert second.returncode == 3
    assert "lab check service-gin --orders --kills 2" in second.stderr
    code, said = first.finish()
    assert code == 0, said
    assert labelled(engine) == []
