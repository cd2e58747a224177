"""Every variant of every stack answers as stacks/openapi.yaml says, from containers that can do nothing else.

One bring-up serves all assertions about it; the last of them stops it.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from _pytest.mark import ParameterSet

from lab.catalog import load_catalog
from lab.measure import signing, verify
from lab.model import Deployment, Pins, SignIn, Stack, Workload
from tests.contract.contract_deployed import Deployed, deployed, is_internal
from tests.service.stacks import PROXIED

CATALOG = load_catalog()
WHOLE = "CONTRACT_WHOLE" in os.environ
"""As the soak tests have it: variants behind Nginx that are asked without it, too."""
CPU_BOUND = "cpu-bound"
"""Asked for small numbers only: its default takes seconds."""
OPEN = "items"
"""Signs in only to be told from other clients."""
STOPS_WITHIN_S = 60
"""More than any machine takes. The two seconds that the stacks have are for a benchmark to look at."""
KILLED = 137
"""128 + SIGKILL: what the engine does to a container that does not stop in time."""
TRIES = 20
"""To find one answer that came without a pause of the machine."""


def deployments() -> list[Deployment]:
    """All variants with today's libraries; each stack's first with those of the articles, where it stands alone.

    Nginx is the same in both, and what is behind it is such a stack: so of a stack behind Nginx those variants are left
    to the soak tests that are asked everything without it. Of stacks with a database the first variant, and of those of
    them that differ in the application behind the same Nginx one.
    """
    current = [
        Deployment(stack=stack.name, variant=variant, pins="current")
        for stack in CATALOG.stacks.values()
        if WHOLE or stack not in PROXIED[1:]
        for variant in stack.variants
        if variant == stack.default_variant or not (has_a_suite_of_its_own(stack) or asked_alone(stack, variant))
    ]
    seed = [
        Deployment(stack=stack.name, variant=stack.default_variant, pins="seed")
        for stack in CATALOG.stacks.values()
        if len(stack.tiers) == 1 and "seed" in stack.pins
    ]
    return current + seed


def has_a_suite_of_its_own(stack: Stack) -> bool:
    """Those with a database are asked everything by tests/service; here it is about their containers."""
    return bool(stack.jobs) and stack.pins == ("current",)


def asked_alone(stack: Stack, variant: str) -> bool:
    """Whether a stack of some of the same tiers has the same variant, with the same settings."""
    return not WHOLE and any(
        {*other.tiers.values()} < {*stack.tiers.values()} and other.variants.get(variant) == stack.variants[variant]
        for other in CATALOG.stacks.values()
    )


def build(parts: str, pins: Pins) -> None:
    """Make the images anew where their sources changed: `up` alone only builds those that are missing."""
    subprocess.run(
        ["docker", "buildx", "bake", "--file", parts],
        cwd=CATALOG.root / "compose",
        env={**os.environ, "LAB_PINS": pins},
        check=True,
    )


@pytest.fixture(scope="session")
def images() -> None:
    build("parts.yaml", "current")
    build("service-parts.yaml", "current")
    build("parts.yaml", "seed")


def grouped(deployment: Deployment) -> ParameterSet:
    """One parameter, whose tests stay in one process where several share the work: they share the bring-up."""
    name = f"{deployment.name}-{deployment.pins}"
    return pytest.param(deployment, id=name, marks=pytest.mark.xdist_group(name))


@pytest.fixture(scope="module", params=map(grouped, deployments()))
def stack(request: pytest.FixtureRequest, images: None) -> Iterator[Deployed]:
    deployment: Deployment = request.param
    with deployed(CATALOG.stack(deployment.stack), deployment) as up:
        yield up


def every_workload(stack: Deployed) -> list[Workload]:
    """What the stack says it offers, and `ready`, which all must have."""
    return [CATALOG.workloads[name] for name in {*stack.stack.workloads, "ready"} - {CPU_BOUND}]


def without_sign_in(stack: Deployed) -> list[Workload]:
    """Those that anybody may ask for."""
    return [workload for workload in every_workload(stack) if workload.sign_in is None]


def offers(stack: Deployed, workload: str) -> bool:
    """Whether a test on one workload has anything to ask of this stack."""
    return workload in stack.stack.workloads


def test_every_workload_gets_the_answer_of_the_contract(stack: Deployed) -> None:
    for workload in without_sign_in(stack):
        for request in workload.requests:
            answer = stack.ask(request.method, request.path, headers=dict(request.headers), body=request.sent)
            content_type = answer.headers["Content-Type"].partition(";")[0]
            assert (answer.status_code, content_type) == (request.statuses[0], request.content_type), request.path
            if request.sha256 is not None:
                assert (len(answer.content), sha256(answer.content).hexdigest()) == (
                    request.size_bytes,
                    request.sha256,
                )
            elif request.body is None:
                assert answer.json()
            elif request.content_type == "application/json":
                assert answer.json() == request.body
            else:
                assert answer.text == request.body


def test_every_workload_that_signs_in_gets_the_answer_of_the_contract(stack: Deployed) -> None:
    tokens: dict[SignIn, tuple[str, ...]] = {}  # a password is slow to check on purpose: each account signs in once
    for workload in every_workload(stack):
        if isinstance(workload.sign_in, SignIn):
            if workload.sign_in not in tokens:
                tokens[workload.sign_in] = signing.signed_in(stack.url, workload).tokens
                assert len({*tokens[workload.sign_in]}) == len(workload.sign_in.bodies)
            assert verify.ask(stack.url, replace(workload, tokens=tokens[workload.sign_in])).complaint is None
            assert "401" in str(verify.ask(stack.url, workload).complaint) or workload.name == OPEN


def seconds_of(stack: Deployed, workload: Workload) -> float:
    """How long the first request of a workload takes, seen by its client."""
    request, started = workload.requests[0], time.perf_counter()
    stack.ask(request.method, request.path, headers=dict(request.headers), body=request.sent)
    return time.perf_counter() - started


def test_a_handler_sleeps_as_long_as_its_setting_says(stack: Deployed) -> None:
    for workload in without_sign_in(stack):
        delay_s = stack.delay_s(workload)
        assert seconds_of(stack, workload) >= delay_s
        if delay_s < workload.delay_s:
            assert any(seconds_of(stack, workload) < workload.delay_s for _ in range(TRIES)), "its default stays"


def test_a_computation_tells_its_time_and_who_did_it(stack: Deployed) -> None:
    if not offers(stack, CPU_BOUND):
        return
    started = time.perf_counter()
    answer = stack.ask("GET", "/cpu-bound?n=2000")
    took_ms = (time.perf_counter() - started) * 1000
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "application/json")
    assert answer.json().keys() == {"n", "ms"}
    assert answer.json()["n"] == 2000
    assert 0 < answer.json()["ms"] <= took_ms
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
    for workload in without_sign_in(stack):
        assert stack.ask("DELETE", workload.path).status_code == 405, workload.path


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
    assert stack.containers.keys() == {*stack.stack.tiers, *stack.stack.jobs}
    for container in stack.containers.values():
        limits = container.attrs["HostConfig"]
        assert limits["ReadonlyRootfs"] is True
        assert limits["CapDrop"] == ["ALL"]
        assert not limits["CapAdd"]
        assert not limits["Privileged"]
        assert "no-new-privileges:true" in limits["SecurityOpt"]
        assert limits["PidsLimit"] > 0
        assert limits["Dns"] == ["127.0.0.1"], "else it waits for a name server outside whenever a neighbour is dead"
        assert container.attrs["Config"]["User"].partition(":")[0] == "10001"
    for container in stack.tiers.values():
        processes = container.top(ps_args="-eo uid,pid")["Processes"]
        assert {uid for uid, _ in processes} == {"10001"}


def test_a_job_has_done_its_work_and_ended(stack: Deployed) -> None:
    for job in stack.stack.jobs:
        state = stack.containers[job].attrs["State"]
        assert (state["Status"], state["ExitCode"]) == ("exited", 0)


def test_an_image_says_which_versions_it_holds(stack: Deployed) -> None:
    for container in stack.tiers.values():
        status, output = container.exec_run(["versions"])
        assert status == 0
        assert isinstance(output, bytes)
        lines = output.decode().splitlines()
        assert lines
        assert all(len(line.split()) == 2 for line in lines)


def test_a_stack_ends_by_itself_when_it_is_asked_to(stack: Deployed) -> None:
    for service, container in stack.tiers.items():
        container.stop(timeout=STOPS_WITHIN_S)
        container.reload()
        assert container.attrs["State"]["ExitCode"] != KILLED, service
