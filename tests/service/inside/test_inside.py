"""A service stack with Nginx seen from the inside, as its operator sees it: one request's lines, and who is busy."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from lab.model import Stack
from tests.e2e.driving import PATIENCE_S, Lab, copy_project
from tests.service.stacks import SERVICE_STACKS, is_direct, parameters, variant

STACK = min((stack for stack in SERVICE_STACKS if not is_direct(stack)), key=lambda stack: len(stack.name))
"""The one with the shortest name: all have the same tiers."""


@pytest.fixture(scope="module", params=parameters([STACK], "lab"))
def stack(request: pytest.FixtureRequest) -> Stack:
    """The stack as a parameter, which is how a test says with whom it shares a process."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(root=copy_project(tmp_path_factory.mktemp("inside")))


@pytest.fixture(scope="module")
def up(stack: Stack, lab: Lab, service_images: None) -> Iterator[dict[str, str]]:
    """What `lab up` said: a worker finishes the orders."""
    target = f"{stack.name}@{variant(stack, mode='async', cache='on')}"
    yield json.loads(lab.ok("up", target, "--metrics", "--build", "--port", "0", "--wait", str(PATIENCE_S), "--json"))
    lab.ok("down", stack.name)


def eventually(what: Callable[[], Any]) -> Any:
    """What is said once it says something."""
    end = time.monotonic() + PATIENCE_S
    while not (said := what()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.2)
    return said


def ordered(url: str) -> str:
    """Make an order; returns the id of the request."""
    credentials = {"email": "user00001@example.org", "password": "lab-password"}
    token = requests.post(f"{url}/api/v1/login", json=credentials, timeout=PATIENCE_S).json()["access_token"]
    request_id = uuid.uuid4().hex
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": request_id, "X-Request-Id": request_id}
    order = {"item_id": 1, "quantity": 1}
    answer = requests.post(f"{url}/api/v1/orders", json=order, headers=headers, timeout=PATIENCE_S)
    assert answer.status_code == 202, answer.text
    return request_id


def test_the_lines_of_an_order_are_found_in_all_tiers_that_had_it_in_hand(
    stack: Stack, lab: Lab, up: dict[str, str]
) -> None:
    request_id = ordered(up["url"])

    def lines() -> list[dict[str, Any]]:
        found = lab("logs", stack.name, "--request", request_id, "--json")
        told: list[dict[str, Any]] = json.loads(found.stdout) if found.returncode == 0 else []
        return told if {line["tier"] for line in told} >= {"app", "nginx", "worker"} else []

    found = eventually(lines)
    assert sorted(line["tier"] for line in found) == ["app", "nginx", "worker"]
    by_tier = {line["tier"]: line["line"] for line in found}
    assert by_tier["worker"]["status"] == "done"
    assert by_tier["nginx"]["path"] == by_tier["app"]["path"] == "/api/v1/orders"
    assert by_tier["app"]["order"] == by_tier["worker"]["order"]
    unknown = lab("logs", stack.name, "--request", uuid.uuid4().hex)
    assert (unknown.returncode, unknown.stdout) == (1, "")


@contextmanager
def asked(url: str) -> Iterator[None]:
    """Somebody asks for an item again and again, for as long as the block lasts."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            requests.get(f"{url}/api/v1/items/1", timeout=PATIENCE_S)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def test_who_is_busy_is_told_by_the_tiers_and_by_the_kernel(stack: Stack, lab: Lab, up: dict[str, str]) -> None:
    with asked(up["url"]):
        told = json.loads(lab.ok("top", stack.name, "--json", "--interval", "3"))
    tiers = {tier["tier"]: tier for tier in told["tiers"]}
    assert tiers.keys() >= stack.tiers.keys()
    for name in stack.tiers:
        assert 0 < tiers[name]["memory_mib"] < tiers[name]["limit_mib"]
        assert tiers[name]["cpu_cores"] >= 0
    assert tiers["nginx"]["requests_per_s"] > 0
    assert tiers["app"]["requests_per_s"] > 0
    assert tiers["app"]["errors_per_s"] == 0
    assert tiers["postgres"]["requests_per_s"] is None


SERIES = {
    "app": 'http_requests_total{job="app",route="/api/v1/items/{id}",status="200"} > 0',
    "worker": 'orders_queue_depth{job="worker"}',
    "nginx": 'nginx_http_requests_total{job="nginx"} > 0',
    "postgres": 'pg_up{job="postgres"} == 1',
    "redis": 'redis_up{job="redis"} == 1',
    "cache": 'redis_up{job="cache"} == 1',
}
"""Tier → a question to Prometheus that only figures of that tier answer."""


@pytest.mark.parametrize("tier", SERIES)
def test_prometheus_has_figures_of_each_tier(up: dict[str, str], tier: str) -> None:
    assert requests.get(f"{up['url']}/api/v1/items/1", timeout=PATIENCE_S).ok

    def found() -> list[object]:
        answer = requests.get(f"{up['prometheus']}/api/v1/query", params={"query": SERIES[tier]}, timeout=PATIENCE_S)
        series: list[object] = answer.json()["data"]["result"]
        return series

    assert eventually(found)


def test_prometheus_has_a_page_and_is_not_where_the_stack_answers(lab: Lab, stack: Stack, up: dict[str, str]) -> None:
    page = requests.get(f"{up['prometheus']}/graph", timeout=PATIENCE_S)
    assert (page.status_code, "Prometheus" in page.text) == (200, True)
    (shown,) = (each for each in json.loads(lab.ok("ps", "--json")) if each["stack"] == stack.name)
    assert f"http://127.0.0.1:{shown['port']}" == up["url"] != up["prometheus"]
