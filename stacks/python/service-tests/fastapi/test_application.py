"""What is FastAPI's own in the service: routing, middleware, dependencies, handlers."""

import asyncio
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import checks
import pytest
from conftest import Open, signed_in
from routers import health
from sqlalchemy import event
from starlette.testclient import TestClient


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def questions(client: TestClient) -> list[str]:
    """The statements that the application sends from now on."""
    asked: list[str] = []
    engine = client.app_state["parts"].database._single.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    return asked


def test_fastapi_adds_no_paths_and_forgives_no_slashes(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/live/", "//live", "/api/v1/users/", "/live%0A", "/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_other_methods_are_told_all_that_are_allowed(client: TestClient) -> None:
    for path, allowed in (("/api/v1/users/1", "DELETE, GET, HEAD, PUT"), ("/api/v1/users", "GET, HEAD, POST")):
        answer = client.options(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert client.get("/api/v1/login").headers["allow"] == "POST"


def test_head_answers_where_get_does(client: TestClient, admin: dict[str, str]) -> None:
    for path in ("/live", "/ready", "/api/v1/items/1", "/api/v1/users", "/api/v1/users/1"):
        assert client.head(path, headers=admin).status_code == 200, path


def test_every_answer_has_its_headers(client: TestClient) -> None:
    answer = client.get("/api/v1/items/1", headers={"X-Request-Id": "mine"})
    assert (answer.headers["x-request-id"], answer.headers["cache-control"]) == ("mine", "no-store")
    assert answer.headers["ratelimit-limit"] == "1000"
    assert answer.headers["content-type"] == "application/json"
    assert "cache-control" not in client.get("/live").headers


def test_the_log_has_a_line_for_each_request_with_its_user(
    client: TestClient, user: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    client.get("/api/v1/users/3?x=1", headers=user)
    line = json.loads(capfd.readouterr().out)
    assert (line["path"], line["status"], line["user"], line["client"]) == ("/api/v1/users/3", 403, 2, "testclient")


def test_without_its_log_the_service_says_nothing(opened: Open, capfd: pytest.CaptureFixture[str]) -> None:
    with opened(ACCESS_LOG="off") as quiet:
        quiet.get("/live")
    assert capfd.readouterr().out == ""


def test_only_behind_a_proxy_the_last_forwarded_address_is_the_client(
    client: TestClient, opened: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    forwarded = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    client.get("/live", headers=forwarded)
    with opened(TRUST_PROXY="on") as behind:
        behind.get("/live", headers=forwarded)
    assert [json.loads(line)["client"] for line in capfd.readouterr().out.splitlines()] == ["testclient", "192.0.2.2"]


def test_an_unexpected_error_is_a_problem_and_its_text_stays_inside(
    opened: Open, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails() -> bytes:
        raise RuntimeError("the secret")

    monkeypatch.setattr(health.metrics, "text", fails)
    with opened() as client:
        answer = client.get("/metrics", headers={"X-Request-Id": "r-500"})
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:lab:problem:internal-error")
    logged = capfd.readouterr().out
    assert "r-500" in logged
    assert "RuntimeError" in logged
    assert "the secret" not in logged + answer.text


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_is_refused_by_its_length_and_else_after_so_many_bytes(client: TestClient, *, chunked: bool) -> None:
    json_ = {"Content-Type": "application/json"}
    for size, status in ((16_384, 400), (16_385, 413), (1_000_000, 413)):
        body = iter([b" " * (size // 2), b" " * (size - size // 2)]) if chunked else b" " * size
        assert client.post("/api/v1/login", content=body, headers=json_).status_code == status


def test_who_hangs_up_in_the_middle_of_a_body_is_no_error_of_ours(client: TestClient) -> None:
    heard = [{"type": "http.request", "body": b'{"email":', "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return heard.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/login",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": None,  # nor is an address that is gone already
        "state": dict(client.app_state),
    }
    client.portal.call(client.app, scope, receive, send)
    assert sent[0]["status"] == 400


def test_no_password_is_hashed_for_who_has_hung_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"email":"user00001@example.org","password":"lab-password"}'
    heard = [{"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []
    hashed: list[object] = []

    async def receive() -> dict[str, Any]:
        return heard.pop(0) if len(heard) > 1 else heard[0]

    async def send(message: Any) -> None:
        sent.append(message)

    monkeypatch.setattr("service.passwords.verify", lambda *arguments: hashed.append(arguments))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/login",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": None,
        "state": dict(client.app_state),
    }
    client.portal.call(client.app, scope, receive, send)
    assert (sent[0]["status"], hashed) == (503, [])


def test_who_is_cut_off_because_the_service_stops_is_told_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> bytes:
        raise asyncio.CancelledError

    monkeypatch.setattr(health.metrics, "text", stopped)
    assert client.get("/metrics").json()["type"] == "urn:lab:problem:unavailable"


def test_users_are_made_changed_and_deleted(
    client: TestClient, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    made = client.post("/api/v1/users", json=somebody | {"profile": {"bio": "b", "city": "c"}}, headers=admin)
    path = made.headers["location"]
    assert (made.status_code, made.json()["role"]) == (201, "user")
    assert client.get(path, headers=admin).content == made.content
    assert client.post("/api/v1/users", json=somebody, headers=admin).json()["type"] == "urn:lab:problem:email-taken"
    del somebody["password"]
    assert client.put(path, json=somebody | {"age": 31}, headers=admin).json()["age"] == 31
    again = client.get(path, headers=admin).json()
    assert (again["age"], again["profile"]) == (31, None)
    taken = client.put(path, json=somebody | {"email": "USER00001@example.org"}, headers=admin)
    assert taken.json()["type"] == "urn:lab:problem:email-taken"
    assert client.delete(path, headers=admin).status_code == 204
    for method in ("GET", "DELETE"):
        assert client.request(method, path, headers=admin).status_code == 404
    assert client.put(path, json=somebody, headers=admin).status_code == 404


def test_a_page_is_one_question_with_all_its_profiles(opened: Open) -> None:
    with opened(CACHE="off", AUTH="off") as client:
        asked = questions(client)
        page = client.get("/api/v1/users?limit=100").json()
    assert sum(1 for item in page["items"] if item["profile"]) > 80
    assert len(asked) == 1


def test_a_cached_user_is_no_question_until_somebody_writes_him(
    client: TestClient, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    client.get("/api/v1/users/44", headers=admin)
    asked = questions(client)
    client.get("/api/v1/users/44", headers=admin)
    assert asked == []
    client.post("/api/v1/users", json=somebody, headers=admin)
    asked.clear()
    client.get("/api/v1/users/44", headers=admin)
    assert asked == []
    client.put("/api/v1/users/44", json={"name": "N", "email": "user00044@example.org", "age": 1}, headers=admin)
    asked.clear()
    client.get("/api/v1/users/44", headers=admin)
    assert len(asked) == 1


def test_an_order_is_made_once_for_a_key(client: TestClient, user: dict[str, str]) -> None:
    headers, order = user | key(), {"item_id": 31, "quantity": 2}
    first = client.post("/api/v1/orders", json=order, headers=headers)
    assert (first.status_code, first.json()["status"]) == (201, "done")
    second = client.post("/api/v1/orders", json=order, headers=headers)
    assert (second.status_code, second.headers["idempotency-replayed"]) == (201, "true")
    assert second.content == first.content
    assert "idempotency-replayed" not in first.headers
    other = client.post("/api/v1/orders", json=order | {"quantity": 3}, headers=headers)
    assert other.json()["type"] == "urn:lab:problem:idempotency-key-reused"
    assert client.get(first.headers["location"], headers=user).content == first.content
    assert client.get(first.headers["location"], headers=signed_in(client, 3)).status_code == 403


def test_a_refused_order_leaves_its_key_free(client: TestClient, user: dict[str, str]) -> None:
    headers = user | key()
    for order, status in (({"item_id": 100, "quantity": 1}, 409), ({"item_id": 999_999, "quantity": 1}, 404)):
        assert client.post("/api/v1/orders", json=order, headers=headers).status_code == status
    assert client.post("/api/v1/orders", json={"item_id": 31, "quantity": 1}, headers=headers).status_code == 201


def test_orders_of_one_item_at_once_wait_for_each_other_and_none_deadlocks(
    client: TestClient, user: dict[str, str]
) -> None:
    def order(_number: int) -> int:
        return client.post("/api/v1/orders", json={"item_id": 32, "quantity": 1}, headers=user | key()).status_code

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(order, range(20))) == [201] * 20


def test_one_key_sent_twenty_times_at_once_is_one_order(client: TestClient, user: dict[str, str]) -> None:
    headers = user | key()

    def order(_number: int) -> tuple[int, bool]:
        answer = client.post("/api/v1/orders", json={"item_id": 33, "quantity": 1}, headers=headers)
        assert answer.status_code == 201
        return answer.json()["id"], "idempotency-replayed" in answer.headers

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(order, range(20)))
    assert len({order_id for order_id, _ in answers}) == 1
    assert sum(replayed for _, replayed in answers) == 19


def test_an_asynchronous_order_is_accepted_and_its_user_stays(
    opened: Open, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    with opened(ORDER_MODE="async") as client:
        path = client.post("/api/v1/users", json=somebody, headers=admin).headers["location"]
        credentials = {"email": somebody["email"].upper(), "password": somebody["password"]}
        token = client.post("/api/v1/login", json=credentials).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"} | key()
        accepted = client.post("/api/v1/orders", json={"item_id": 34, "quantity": 1}, headers=headers)
        assert (accepted.status_code, accepted.json()["status"]) == (202, "accepted")
        assert client.delete(path, headers=admin).json()["type"] == "urn:lab:problem:user-has-orders"


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_user_who_is_gone_orders_nothing(
    opened: Open, admin: dict[str, str], somebody: dict[str, Any], mode: str
) -> None:
    with opened(ORDER_MODE=mode) as client:
        path = client.post("/api/v1/users", json=somebody, headers=admin).headers["location"]
        credentials = {"email": somebody["email"], "password": somebody["password"]}
        token = client.post("/api/v1/login", json=credentials).json()["access_token"]
        client.delete(path, headers=admin)
        headers = {"Authorization": f"Bearer {token}"} | key()
        assert client.post("/api/v1/orders", json={"item_id": 34, "quantity": 1}, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("host", "status"), [("POSTGRES_HOST", 503), ("REDIS_HOST", 503), ("CACHE_HOST", 200), ("TRUST_PROXY", 200)]
)
def test_the_service_is_ready_while_postgres_and_redis_answer_and_lives_in_any_case(
    opened: Open, host: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.watch.INTERVAL_S", 0.01)
    with opened(**{host: "on" if host == "TRUST_PROXY" else "127.0.0.1"}) as client:
        watch = client.app_state["parts"].watch
        deadline = time.monotonic() + 60
        while host.endswith("HOST") and not any(map(watch.is_silent, ("Postgres", "Redis", "the cache"))):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert client.get("/ready").status_code == status
        assert client.get("/live").status_code == 200


def test_metrics_count_requests_by_the_template_of_their_path(client: TestClient) -> None:
    client.get("/api/v1/items/1")
    client.get("/nowhere")
    client.delete("/live")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/api/v1/items/{id}",status="200"}' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"}' in text
    assert 'http_requests_total{method="DELETE",route="unmatched",status="405"}' in text


def test_everybody_is_admin_without_tokens_and_the_log_says_so(opened: Open, capfd: pytest.CaptureFixture[str]) -> None:
    with opened(AUTH="off") as client:
        assert client.get("/api/v1/users?limit=1").status_code == 200
    first, request = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert first["level"] == "warning"
    assert "AUTH=off" in first["message"]
    assert request["user"] == 1


def test_a_body_that_trickles_is_malformed_in_the_end_and_its_connection_closed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "BODY_S", 0.2)

    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        await client.app(scope, trickle if scope["type"] == "http" else _receive, send)

    with TestClient(application) as slow:
        answer = slow.post("/api/v1/login", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")
