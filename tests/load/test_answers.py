"""Under load each answer is compared with that of its own request: wrk's script, in the load container."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from lab.load import protocol
from lab.model import Request, Workload
from tests.load.conftest import container_with

SERVER = Path(__file__).with_name("swapping.py")
PORT = 8080
ANSWERS = ["answer a", "answer b"]
PLAIN = Workload(name="plain", requests=(Request(path="/a", fixed=True), Request(path="/b", fixed=True)))
UNIQUE = Workload(
    name="unique",
    requests=(
        Request(path="/a?{unique}", fixed=True),
        Request(path="/b", headers=(("X-Text", "{unique}"),), fixed=True),
    ),
    turns=(0, 0, 1),
    tokens=("one", "two"),
)
WITHIN_S = 60


def report_of(container: Container, workload: Workload) -> dict[str, Any]:
    """What wrk says after two seconds with 16 connections on two threads."""
    wrk = ["wrk", "-t2", "-c16", "-d2", "-s", "/opt/lab/wrk.lua", f"http://127.0.0.1:{PORT}"]
    environment = {**protocol.environment(workload, ANSWERS), "LAB_CONNECTIONS": "16"}
    code, output = container.exec_run(wrk, environment=environment)
    assert code == 0, output
    assert isinstance(output, bytes)
    (line,) = [line for line in output.decode().splitlines() if line.startswith("{")]
    report: dict[str, Any] = json.loads(line)
    return report


def answers(container: Container) -> bool:
    ask = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"
    return bool(container.exec_run(["python3", "-c", ask])[0] == 0)


@pytest.mark.parametrize("workload", [PLAIN, UNIQUE], ids=lambda workload: workload.name)
@pytest.mark.parametrize("every", [0, 10])
def test_wrk_counts_each_answer_that_belongs_to_another_request(
    load_image: str, workload: Workload, every: int
) -> None:
    with container_with(load_image, SERVER, str(PORT), str(every)) as container:
        deadline = time.monotonic() + WITHIN_S
        while not answers(container):
            assert time.monotonic() < deadline, container.logs()
        report = report_of(container, workload)
    swapped = report["requests"] // every if every else 0
    assert report["requests"] > 0
    # Those that were under way when the load ended are not counted.
    assert report["errors"]["body"] == pytest.approx(swapped, abs=16)
    assert (report["errors"]["body"] > 0) == bool(every)
