from pathlib import Path

import pytest

from lab.catalog import workloads
from lab.model import Request
from tests.unit.unit_project import edit, line_of


def load(project: Path) -> list[str]:
    return workloads.load(project / "stacks/openapi.yaml")[1]


def test_every_operation_is_a_workload(project: Path) -> None:
    found, mistakes = workloads.load(project / "stacks/openapi.yaml")
    assert mistakes == []
    assert [*found] == ["health", "ping", "ready"]
    health, ping = found["health"], found["ping"]
    assert (health.method, health.path, health.statuses) == ("GET", "/health", (200,))
    assert health.requests == (Request(path="/health", body="ok"),)
    assert (health.delay_setting, health.delay_s) == ("HEALTH_DELAY", 0.1)
    assert (ping.requests[0].content_type, ping.requests[0].body) == ("application/json", {"message": "pong"})


@pytest.mark.parametrize(
    ("old", "new", "marker", "key", "message"),
    [
        ("operationId: ping", "operationID: ping", "get:", "paths./api/ping.get.operationId", "is missing"),
        ("default_s: 0.1", "default_s: -1", "delay:", "paths./health.get.x-lab.delay.default_s", "must be at least 0"),
        ("setting: HEALTH", "seting: HEALTH", "delay:", "paths./health.get.x-lab.delay.seting", "is not a key known"),
        ('"200": {content: {text/plain: {example: ok', '"404": {content: {text/plain: {example: ok', "responses:",
         "paths./health.get.responses", "has no 2xx answer"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_line_and_key(
    project: Path, *, old: str, new: str, marker: str, key: str, message: str
) -> None:
    path = project / "stacks/openapi.yaml"
    edit(path, old, new)
    told = [mistake for mistake in load(project) if f": {key}: {message}" in mistake]
    assert len(told) == 1
    if marker != "get:":
        assert told[0].startswith(f"{path}:{line_of(path, marker)}: ")


@pytest.mark.parametrize(
    ("paths", "key"),
    [
        ("[]", "paths"),
        ("5", "paths"),
        ("", "paths"),
        ("{/health: }", "paths./health"),
        ("{/health: 5}", "paths./health"),
        ("{/health: {get: 5}}", "paths./health.get"),
    ],
)
def test_paths_of_the_wrong_shape_are_a_mistake(project: Path, paths: str, key: str) -> None:
    path = project / "stacks/openapi.yaml"
    path.write_text(f"openapi: 3.1.0\npaths: {paths}\n")
    (mistake,) = load(project)
    assert mistake.startswith(f"{path}:2: {key}: ")


def test_a_contract_without_paths_is_a_mistake(project: Path) -> None:
    path = project / "stacks/openapi.yaml"
    path.write_text("openapi: 3.1.0\n")
    assert load(project) == [f"{path}: paths: is missing"]


def test_a_name_given_to_two_operations_is_a_mistake(project: Path) -> None:
    path = project / "stacks/openapi.yaml"
    edit(path, "operationId: ping", "operationId: health")
    (mistake,) = load(project)
    assert mistake.startswith(f"{path}:")
    assert mistake.endswith(": paths./api/ping.get.operationId: 'health' is used twice")
