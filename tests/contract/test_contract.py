"""Every variant of every stack answers as stacks/openapi.yaml says, from containers that can do nothing else.

One bring-up serves all assertions about it; the last of them stops it.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256

import pytest

from lab.catalog import load_catalog
from lab.model import Deployment, Pins, Workload
from tests.contract.contract_deployed import Deployed, deployed, is_internal

pytestmark = pytest.mark.timeout(600)  # the first one may have to build all images

CATALOG = load_catalog()
CPU_BOUND = "cpu-bound"
"""Asked for small numbers only: its default takes seconds."""
GRACE_S = 2.0
KILLED = 137
"""128 + SIGKILL: what the engine does to a container that does not stop in time."""


def deployments() -> list[Deployment]:
    """All variants with today's libraries; each stack's first with those of the articles, where it stands alone.

    Nginx is the same in both, and what is behind it is such a stack.
    """
    current = [
        Deployment(stack=stack.name, variant=variant, pins="current")
        for stack in CATALOG.stacks.values()
        for variant in stack.variants
    ]
    seed = [
        Deployment(stack=stack.name, variant=stack.default_variant, pins="seed")
        for stack in CATALOG.stacks.values()
        if len(stack.tiers) == 1
    ]
    return current + seed


def build(pins: Pins) -> None:
    """Make the images anew where their sources changed: `up` alone only builds those that are missing."""
    subprocess.run(
        ["docker", "buildx", "bake", "--file", "parts.yaml"],
        cwd=CATALOG.root / "compose",
        env={**os.environ, "LAB_PINS": pins},
        check=True,
    )


@pytest.fixture(scope="session")
def images() -> None:
    build("current")
    build("seed")


@pytest.fixture(scope="module", params=deployments(), ids=lambda d: f"{d.name}-{d.pins}")
def stack(request: pytest.FixtureRequest, images: None) -> Iterator[Deployed]:
    deployment: Deployment = request.param
    with deployed(CATALOG.stack(deployment.stack), deployment) as up:
        yield up


def every_workload(stack: Deployed) -> list[Workload]:
    """What the stack says it offers, and `ready`, which all must have."""
    return [CATALOG.workloads[name] for name in {*stack.stack.workloads, "ready"} - {CPU_BOUND}]


def offers(stack: Deployed, workload: str) -> bool:
    """Whether a test on one workload has anything to ask of this stack."""
    return workload in stack.stack.workloads


def test_every_workload_gets_the_answer_of_the_contract(stack: Deployed) -> None:
    for workload in every_workload(stack):
        for request in workload.requests:
            answer = stack.ask(workload.method, request.path, headers=dict(workload.headers))
            content_type = answer.headers["Content-Type"].partition(";")[0]
            assert (answer.status_code, content_type) == (workload.status, workload.content_type), request.path
            if request.sha256 is not None:
                assert (len(answer.content), sha256(answer.content).hexdigest()) == (
                    request.size_bytes,
                    request.sha256,
                )
            elif workload.content_type == "application/json":
                assert answer.json() == request.body
            else:
                assert answer.text == request.body


def test_a_handler_sleeps_as_long_as_its_setting_says(stack: Deployed) -> None:
    for workload in every_workload(stack):
        delay_s = stack.delay_s(workload)
        started = time.perf_counter()
        stack.ask(workload.method, workload.path, headers=dict(workload.headers))
        assert delay_s <= time.perf_counter() - started < delay_s + 1


def test_a_computation_tells_its_time_and_who_did_it(stack: Deployed) -> None:
    if not offers(stack, CPU_BOUND):
        return
    answer = stack.ask("GET", "/cpu-bound?n=2000")
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "application/json")
    assert answer.json().keys() == {"n", "ms"}
    assert answer.json()["n"] == 2000
    assert 0 < answer.json()["ms"] < 1000
    assert answer.headers["X-Worker"]


def test_a_computation_refuses_what_is_not_a_number_in_its_range(stack: Deployed) -> None:
    if not offers(stack, CPU_BOUND):
        return
    for wrong in ("-1", "200001", "ten", "1.5", ""):
        assert stack.ask("GET", f"/cpu-bound?n={wrong}").status_code == 400, wrong


def test_a_long_wait_tells_who_waited(stack: Deployed) -> None:
    if offers(stack, "io-bound"):
        assert stack.ask("GET", "/io-bound").headers["X-Worker"]


def test_a_user_is_shown_to_the_right_token_only(stack: Deployed) -> None:
    if not offers(stack, "user"):
        return
    for headers in ({}, {"X-Token": ""}, {"X-Token": "another"}):
        answer = stack.ask("GET", "/api/user", headers=headers)
        assert (answer.status_code, answer.text) == (401, "unauthorized")


def test_there_are_fifty_routes_and_no_more(stack: Deployed) -> None:
    if offers(stack, "routes-50"):
        assert {stack.ask("GET", f"/api/r{number}/42").status_code for number in ("00", "51", "1")} == {404}


def test_an_unknown_path_is_not_found(stack: Deployed) -> None:
    assert stack.ask("GET", "/no-such-path").status_code == 404


def test_another_method_is_not_allowed(stack: Deployed) -> None:
    for path in {CATALOG.workloads[name].path for name in (*stack.stack.workloads, "ready")}:
        assert stack.ask("DELETE", path).status_code == 405, path


def test_only_the_entry_is_published_and_only_on_the_loopback(stack: Deployed) -> None:
    for service, container in stack.containers.items():
        bindings = [binding for ports in container.ports.values() for binding in ports or []]
        addresses = {binding["HostIp"] for binding in bindings}
        assert addresses == ({"127.0.0.1"} if service == stack.stack.entry.service else set())


def test_what_is_behind_the_entry_has_no_way_out(stack: Deployed) -> None:
    for service, container in stack.containers.items():
        if service != stack.stack.entry.service:
            networks = container.attrs["NetworkSettings"]["Networks"]
            assert networks
            assert all(is_internal(network) for network in networks)


def test_containers_have_no_rights_that_a_service_does_not_need(stack: Deployed) -> None:
    assert stack.containers.keys() == stack.stack.tiers.keys()
    for container in stack.containers.values():
        limits = container.attrs["HostConfig"]
        assert limits["ReadonlyRootfs"] is True
        assert limits["CapDrop"] == ["ALL"]
        assert not limits["CapAdd"]
        assert not limits["Privileged"]
        assert "no-new-privileges:true" in limits["SecurityOpt"]
        assert limits["PidsLimit"] > 0
        processes = container.top(ps_args="-eo uid,pid")["Processes"]
        assert {uid for uid, _ in processes} == {"10001"}


def test_an_image_says_which_versions_it_holds(stack: Deployed) -> None:
    for container in stack.containers.values():
        status, output = container.exec_run(["versions"])
        assert status == 0
        assert isinstance(output, bytes)
        lines = output.decode().splitlines()
        assert lines
        assert all(len(line.split()) == 2 for line in lines)


def test_a_stack_stops_within_its_grace_period(stack: Deployed) -> None:
    for container in stack.containers.values():
        started = time.perf_counter()
        container.stop()
        took_s = time.perf_counter() - started
        container.reload()
        assert container.attrs["State"]["ExitCode"] != KILLED
        assert took_s < GRACE_S
