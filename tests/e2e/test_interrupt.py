"""Ctrl-C in each phase: what the call started is gone, samples are kept, and the run can be finished."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.driving import QUICK, Lab, eventually, labelled, networks, of_stack, only_run

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
        assert json.loads((folder / "run.json").read_text())["phases_s"]["total"] > 0
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
    assert eventually(lambda: before not in [c.id for c in labelled(engine, stack="stateful")], within_s=60)
    code, said = running.interrupt()
    assert code == 130
    assert "its data is kept" in said
    assert data() == "precious"


def test_a_check_has_its_turn_to_its_end_and_a_second_one_is_told(lab: Lab, engine: DockerClient) -> None:
    first = lab.start("check", "service-gin", "--orders", "--kills", "1")
    first.wait_for("kill 1 of 1")
    second = lab("check", "service-gin", "--wait", "0")
    assert second.returncode == 3
    assert "lab check service-gin --orders --kills 1" in second.stderr
    code, said = first.finish()
    assert code == 0, said
    assert labelled(engine) == []
