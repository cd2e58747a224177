"""What an operator sees: metrics, the log, and nothing in it that is secret."""

import json
import re
import time
import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import cast

import requests

from lab.measure import backlog
from lab.measure.rig import Rig
from lab.model import Backlog
from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import PATIENCE_S, SECRETS, Service, eventually, secret

KEYS = ["time", "level", "message", "request_id", "method", "path", "status", "duration_ms", "client", "user"]


def metrics(service: Service) -> dict[str, float]:
    """Name and labels (sorted) → value."""
    answer = service.metrics()
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
    found = {}
    for line in answer.text.splitlines():
        if match := re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)(?: \d+)?", line):
            name, labels, value = match.groups()
            told = ",".join(sorted(re.findall(r'\w+="[^"]*"', labels or "")))
            found[f"{name}{{{told}}}"] = float(value)
    return found


def growth(service: Service, name: str, before: dict[str, float]) -> float:
    return metrics(service).get(name, 0) - before.get(name, 0)


def logged(service: Service, request_id: str) -> dict[str, object]:
    """The log line of a request."""

    def lines() -> list[str]:
        return [line for line in service.log() if request_id in line]

    eventually(lambda: bool(lines()))
    (line,) = lines()
    entry: dict[str, object] = json.loads(line)
    return entry


def logs(service: Service) -> dict[str, str]:
    """What each container has said, the line of a request that comes now included: none before it is on its way."""
    last = uuid.uuid4().hex
    service.ask("GET", "/live", headers={"X-Request-Id": last})
    logged(service, last)
    return {name: container.logs().decode() for name, container in service.containers.items()}


def test_requests_are_counted_by_method_route_and_status(service: Service) -> None:
    before = metrics(service)
    for id_ in (1, 2, 3):
        service.as_admin("GET", f"/api/v1/users/{id_}")
    service.as_admin("GET", "/api/v1/users/0")
    service.ask("GET", f"/{uuid.uuid4().hex}")
    service.ask("PATCH", "/live")
    users = '{method="GET",route="/api/v1/users/{id}",status="200"}'
    assert growth(service, f"http_requests_total{users}", before) == 3
    assert growth(service, f"http_requests_total{users.replace('200', '404')}", before) == 1
    assert growth(service, 'http_requests_total{method="GET",route="unmatched",status="404"}', before) == 1
    assert growth(service, 'http_requests_total{method="PATCH",route="unmatched",status="405"}', before) == 1
    count = 'http_request_duration_seconds_count{method="GET",route="/api/v1/users/{id}"}'
    assert growth(service, count, before) == 4
    seconds = growth(service, count.replace("_count", "_sum"), before)
    assert 0 < seconds < 4
    bucket = 'http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/api/v1/users/{id}"}'
    assert growth(service, bucket, before) == 4


def test_queries_reads_of_the_caches_and_orders_are_counted(service: Service) -> None:
    before = metrics(service)
    user = service.new_user()
    for _ in range(3):
        service.as_admin("GET", f"/api/v1/users/{user['id']}")
        service.ask("GET", "/api/v1/items/555")
    key = uuid.uuid4().hex
    for _ in range(2):
        order = {"item_id": 1, "quantity": 1}
        assert service.as_user("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": key}).ok
    assert growth(service, "db_queries_total{}", before) > 0
    hits = growth(service, 'cache_requests_total{level="redis",outcome="hit"}', before)
    misses = growth(service, 'cache_requests_total{level="redis",outcome="miss"}', before)
    if service.settings["CACHE"] == "on":
        assert hits >= 2
        assert misses >= 1
    else:
        assert (hits, misses) == (0, 0)
    outcome = "done" if service.mode == "sync" else "accepted"
    assert growth(service, f'orders_total{{mode="{service.mode}",outcome="{outcome}"}}', before) == 1
    assert growth(service, f'orders_total{{mode="{service.mode}",outcome="replayed"}}', before) == 1


def test_waits_for_a_connection_are_timed_by_pool(service: Service) -> None:
    before = metrics(service)
    service.new_user()
    assert growth(service, 'db_pool_wait_seconds_count{pool="transactions"}', before) >= 1
    service.redis("FLUSHALL", of="cache")
    assert service.as_admin("GET", "/api/v1/users/321").status_code == 200
    assert growth(service, 'db_pool_wait_seconds_count{pool="statements"}', before) >= 1


def test_all_stores_are_asked_while_they_answer_and_nothing_is_done_without(service: Service) -> None:
    silent = ["postgres", "redis", "cache"]
    eventually(lambda: {f'store_silent{{store="{store}"}}' for store in silent} <= told_stores(service))
    assert {'fail_open_total{part="cache"}', 'fail_open_total{part="limit"}'} <= metrics(service).keys()


def told_stores(service: Service) -> set[str]:
    """The stores that are said not to be silent, in each process that has looked."""
    return {name for name, value in metrics(service).items() if name.startswith("store_silent") and value == 0}


def test_the_worker_tells_how_long_its_queue_is(service: Service) -> None:
    worker = service.containers["worker"]
    worker.reload()
    address = next(iter(worker.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"]
    lines = requests.get(f"http://{address}:8080/metrics", timeout=PATIENCE_S).text.splitlines()
    told = dict(line.split() for line in lines if line.startswith("orders_queue_"))
    assert told.keys() == {"orders_queue_depth", "orders_queue_age_seconds"}
    assert float(told["orders_queue_depth"]) >= 0
    assert float(told["orders_queue_age_seconds"]) >= 0


def test_a_round_sees_what_the_worker_has_finished_and_what_waits_for_it(service: Service) -> None:
    rig = cast(Rig, SimpleNamespace(containers=[*service.containers.items()]))
    before = backlog.look(rig)
    for _ in range(3):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        assert service.as_user("POST", "/api/v1/orders", json={"item_id": 1, "quantity": 1}, headers=headers).ok

    def told() -> Backlog:
        found = backlog.between(before, backlog.look(rig))
        assert found is not None
        return found

    eventually(lambda: told().finished >= 3 if service.mode == "async" else told().finished == 0)
    eventually(lambda: told().waiting == 0)


def test_a_request_that_made_an_order_names_it_in_the_log(service: Service) -> None:
    request_id = uuid.uuid4().hex
    headers = {"Idempotency-Key": request_id, "X-Request-Id": request_id}
    answer = service.as_user("POST", "/api/v1/orders", json={"item_id": 1, "quantity": 1}, headers=headers)
    entry = logged(service, request_id)
    assert [*entry] == [*KEYS, "order"]
    assert entry["order"] == answer.json()["id"]


def test_a_request_is_one_line_of_the_log(service: Service) -> None:
    request_id = uuid.uuid4().hex
    started = time.time()
    service.as_user("GET", "/api/v1/users/2?limit=5", headers={"X-Request-Id": request_id})
    entry = logged(service, request_id)
    assert [*entry] == KEYS
    assert (entry["level"], entry["message"]) == ("info", "request")
    assert (entry["request_id"], entry["method"], entry["path"]) == (request_id, "GET", "/api/v1/users/2")
    assert (entry["status"], entry["user"]) == (200, 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(entry["time"]))
    assert started - 1 < datetime.fromisoformat(str(entry["time"])).timestamp() < time.time() + 1
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", str(entry["client"]))


def test_a_duration_in_the_log_has_three_decimals(service: Service) -> None:
    request_id = uuid.uuid4().hex
    service.ask("GET", "/live", headers={"X-Request-Id": request_id})
    logged(service, request_id)
    (line,) = (line for line in service.log() if request_id in line)
    assert re.search(r'"duration_ms":\d+\.\d{3},', line)
    assert ": " not in line
    assert ", " not in line


def test_a_request_that_is_refused_is_logged_too_without_a_user_where_nobody_is_known(service: Service) -> None:
    for method, path, status in (("GET", "/nowhere/ä", 404), ("PUT", "/live", 405), ("GET", "/api/v1/users", 401)):
        request_id = uuid.uuid4().hex
        service.ask(method, f"{path}?token=x", headers={"X-Request-Id": request_id})
        entry = logged(service, request_id)
        assert (entry["status"], entry["level"], entry["user"], entry["path"]) == (status, "info", None, path)


def test_nobody_speaks_for_another_address(service: Service) -> None:
    request_id = uuid.uuid4().hex
    spoofed = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    service.ask("GET", "/live", headers={**spoofed, "X-Request-Id": request_id})
    assert logged(service, request_id)["client"] != "203.0.113.7"


def test_addresses_are_in_no_log_of_any_container(service: Service) -> None:
    marker = f"marker-{uuid.uuid4().hex}"
    body = {"name": marker, "email": f"{marker}@example.org", "age": 1, "password": "lab-password"}
    assert service.as_admin("POST", "/api/v1/users", json=body).status_code == 201
    refused(service.as_admin("POST", "/api/v1/users", json=body), "email-taken")
    assert service.as_admin("PUT", "/api/v1/users/5", json={**body, "password": None}).status_code == 422
    for name, log in logs(service).items():
        assert marker not in log, name


def test_tokens_bodies_and_passwords_are_in_no_log_of_any_container(service: Service) -> None:
    marker = f"marker-{uuid.uuid4().hex}"
    user = service.new_user(password=marker, name=marker, profile={"bio": marker, "city": ""})
    pair = service.sign_in(str(user["email"]), marker)
    said = [marker, str(pair["access_token"]), str(pair["refresh_token"])]
    service.ask("POST", "/api/v1/login", json={"email": "a@b", "password": marker, marker: 1})
    service.ask("POST", "/api/v1/login", data=f'{{"{marker}'.encode(), headers={"Content-Type": "application/json"})
    service.ask("GET", f"/api/v1/users?cursor={marker}", token=said[1])
    for header in tokens.forged(service.key).values():
        service.ask("GET", "/api/v1/users", headers={"Authorization": header})
        said.append(header.partition(" ")[2])
    service.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]})
    service.ask("POST", "/api/v1/logout", token=said[1])
    said += [secret(service.app, name).decode() for name in SECRETS]
    for name, log in logs(service).items():
        assert not [text for text in said if len(text) > 6 and text in log], name
