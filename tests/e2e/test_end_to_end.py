"""One stack through everything a newcomer does with it; with lint and unit tests this is `make check`."""

import json

import pytest
import requests
from docker import DockerClient

from lab.errors import Inconclusive
from tests.e2e.driving import PATIENCE_S, QUICK, Lab, labelled, networks

pytestmark = pytest.mark.alone

STACK = "gin"


def test_a_stack_is_brought_up_asked_checked_measured_and_taken_down(lab: Lab, engine: DockerClient) -> None:
    up = json.loads(lab.ok("up", STACK, "--port", "0", "--json"))
    assert requests.get(f"{up['url']}/health", timeout=PATIENCE_S).text == "ok"
    assert {check["ok"] for check in json.loads(lab.ok("check", STACK, "--json"))} == {True}
    lab.ok("down", STACK)

    measured = lab("bench", STACK, *QUICK, "--json")
    assert measured.returncode in (0, Inconclusive.exit_code), measured.stderr
    (cell,) = json.loads(measured.stdout)["cells"]
    assert cell["requests_per_second"]["value"] > 0
    assert f"{STACK}" in lab.ok("report", "--format", "markdown")
    assert labelled(engine) == []
    assert networks(engine) == []
