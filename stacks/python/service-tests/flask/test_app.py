"""What is Flask's own in the service: routing, hooks, error handlers, sessions of the database."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from app import create_app
from conftest import Make, signed_in
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import RedisError
from service import drive_sync, lifecycle, postgres, queries
from service.settings import Settings
from service.steps import CACHE, POSTGRES, REDIS, Unreachable
from service.watch import in_threads
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from web.parts import NAME


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def test_flask_adds_no_methods_and_forgives_no_slashes(client: FlaskClient) -> None:
    refused = client.options("/api/v1/users/1")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "DELETE, GET, HEAD, PUT")
    for path in ("/api/v1/users/", "//live", "/live/", "/static/x", "/"):
        answer = client.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), path
    assert client.head("/live").data == b""


def test_every_answer_has_its_headers(client: FlaskClient) -> None:
    answer = client.get("/api/v1/items/1", headers={"X-Request-Id": "mine"})
    assert (answer.headers["X-Request-Id"], answer.headers["Cache-Control"]) == ("mine", "no-store")
    assert answer.headers["RateLimit-Limit"] == "1000"
    assert "Cache-Control" not in client.get("/live").headers


def test_the_log_has_a_line_for_each_request_with_its_user(
    client: FlaskClient, user: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    client.get("/api/v1/users/3?x=1", headers=user)
    line = json.loads(capfd.readouterr().out)
    assert (line["path"], line["status"], line["user"], line["client"]) == ("/api/v1/users/3", 403, 2, "127.0.0.1")


def test_without_its_log_the_service_says_nothing(make_app: Make, capfd: pytest.CaptureFixture[str]) -> None:
    quiet = make_app(ACCESS_LOG="off").test_client()
    quiet.get("/live")
    assert capfd.readouterr().out == ""


def test_an_unexpected_error_is_a_problem_and_its_text_stays_inside(
    make_app: Make, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app()

    def fails() -> None:
        raise RuntimeError("the secret")

    monkeypatch.setitem(app.view_functions, "probes.live", fails)
    answer = app.test_client().get("/live", headers={"X-Request-Id": "r-500"})
    assert (answer.status_code, answer.json["type"]) == (500, "urn:lab:problem:internal-error")
    logged = capfd.readouterr().out
    assert "r-500" in logged
    assert "RuntimeError" in logged
    assert "the secret" not in logged + answer.text


def test_a_postgres_that_fails_is_unavailable_and_no_error_of_ours(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(app.extensions[NAME], "reading", fails)
    client = app.test_client()
    credentials = {"email": "user00002@example.org", "password": "lab-password"}
    assert client.post("/api/v1/login", json=credentials).status_code == 503


@pytest.mark.parametrize("size", [16_385, 1_000_000])
def test_a_body_is_refused_by_its_length_and_else_after_so_many_bytes(client: FlaskClient, size: int) -> None:
    json_ = {"content_type": "application/json"}
    assert client.post("/api/v1/login", data=b" " * size, **json_).status_code == 413
    assert client.post("/api/v1/login", data=b" " * 16_384, **json_).status_code == 400


def test_users_are_made_changed_and_deleted(
    client: FlaskClient, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    made = client.post("/api/v1/users", json=somebody | {"profile": {"bio": "b", "city": "c"}}, headers=admin)
    path = made.headers["Location"]
    assert (made.status_code, made.json["role"]) == (201, "user")
    assert client.get(path, headers=admin).data == made.data
    assert client.post("/api/v1/users", json=somebody, headers=admin).json["type"] == "urn:lab:problem:email-taken"
    del somebody["password"]
    assert client.put(path, json=somebody | {"age": 31}, headers=admin).json["age"] == 31
    again = client.get(path, headers=admin).json
    assert (again["age"], again["profile"]) == (31, None)
    taken = client.put(path, json=somebody | {"email": "USER00001@example.org"}, headers=admin)
    assert taken.json["type"] == "urn:lab:problem:email-taken"
    assert client.delete(path, headers=admin).status_code == 204
    for method in ("get", "delete"):
        assert getattr(client, method)(path, headers=admin).status_code == 404
    assert client.put(path, json=somebody, headers=admin).status_code == 404


def test_a_page_is_one_question_with_all_its_profiles(make_app: Make) -> None:
    app = make_app(CACHE="off", AUTH="off")
    asked = []
    engine = app.extensions[NAME]._reading.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    page = app.test_client().get("/api/v1/users?limit=100").json
    assert sum(1 for item in page["items"] if item["profile"]) > 80
    assert len(asked) == 1


def test_a_cached_user_is_no_question_until_somebody_writes_him(
    app: Flask, client: FlaskClient, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    asked = []
    engine = app.extensions[NAME]._reading.kw["bind"]
    client.get("/api/v1/users/44", headers=admin)
    event.listen(engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
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


def test_an_order_is_made_once_for_a_key(client: FlaskClient, user: dict[str, str]) -> None:
    headers, order = user | key(), {"item_id": 21, "quantity": 2}
    first = client.post("/api/v1/orders", json=order, headers=headers)
    assert (first.status_code, first.json["status"]) == (201, "done")
    second = client.post("/api/v1/orders", json=order, headers=headers)
    assert (second.status_code, second.headers["Idempotency-Replayed"], second.data) == (201, "true", first.data)
    assert "Idempotency-Replayed" not in first.headers
    other = client.post("/api/v1/orders", json=order | {"quantity": 3}, headers=headers)
    assert other.json["type"] == "urn:lab:problem:idempotency-key-reused"
    assert client.get(first.headers["Location"], headers=user).data == first.data
    assert client.get(first.headers["Location"], headers=signed_in(client, 3)).status_code == 403


def test_a_refused_order_leaves_its_key_free(client: FlaskClient, user: dict[str, str]) -> None:
    headers = user | key()
    for order, status in (({"item_id": 100, "quantity": 1}, 409), ({"item_id": 999_999, "quantity": 1}, 404)):
        assert client.post("/api/v1/orders", json=order, headers=headers).status_code == status
    assert client.post("/api/v1/orders", json={"item_id": 21, "quantity": 1}, headers=headers).status_code == 201


def test_orders_of_one_item_at_once_wait_for_each_other_and_none_deadlocks(app: Flask, user: dict[str, str]) -> None:
    statuses = []

    def order() -> None:
        answer = app.test_client().post("/api/v1/orders", json={"item_id": 22, "quantity": 1}, headers=user | key())
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=order) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 20


def test_one_key_sent_twenty_times_at_once_is_one_order(app: Flask, user: dict[str, str]) -> None:
    headers, answers = user | key(), []

    def order() -> None:
        answer = app.test_client().post("/api/v1/orders", json={"item_id": 23, "quantity": 1}, headers=headers)
        answers.append((answer.status_code, answer.json["id"], answer.headers.get("Idempotency-Replayed")))

    threads = [threading.Thread(target=order) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(status, number) for status, number, _ in answers} == {(201, answers[0][1])}
    assert [replayed for *_, replayed in answers].count("true") == 19


def test_an_asynchronous_order_is_accepted_and_a_user_with_orders_stays(
    make_app: Make, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    client = make_app(ORDER_MODE="async").test_client()
    path = client.post("/api/v1/users", json=somebody, headers=admin).headers["Location"]
    credentials = {"email": somebody["email"].upper(), "password": somebody["password"]}
    token = client.post("/api/v1/login", json=credentials).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"} | key()
    accepted = client.post("/api/v1/orders", json={"item_id": 24, "quantity": 1}, headers=headers)
    assert (accepted.status_code, accepted.json["status"]) == (202, "accepted")
    assert client.delete(path, headers=admin).json["type"] == "urn:lab:problem:user-has-orders"


def test_a_user_who_is_gone_orders_nothing(
    client: FlaskClient, admin: dict[str, str], somebody: dict[str, Any]
) -> None:
    path = client.post("/api/v1/users", json=somebody, headers=admin).headers["Location"]
    credentials = {"email": somebody["email"], "password": somebody["password"]}
    token = client.post("/api/v1/login", json=credentials).json["access_token"]
    client.delete(path, headers=admin)
    headers = {"Authorization": f"Bearer {token}"} | key()
    assert client.post("/api/v1/orders", json={"item_id": 24, "quantity": 1}, headers=headers).status_code == 401


@pytest.mark.parametrize(("store", "status"), [(POSTGRES, 503), (REDIS, 503), (CACHE, 200)])
def test_the_service_is_ready_while_postgres_and_redis_answer_and_lives_in_any_case(
    make_app: Make, store: str, status: int
) -> None:
    app = make_app()
    client = app.test_client()
    assert (client.get("/ready").data, client.get("/live").data) == (b"ready", b"live")
    app.extensions[NAME].watch.note(store, OSError())
    assert client.get("/ready").status_code == 200  # it may have been a bad moment of ours
    app.extensions[NAME].watch.note(store, OSError())
    assert client.get("/ready").status_code == status
    assert client.get("/live").status_code == 200


def test_a_redis_that_does_not_answer_is_noticed_and_that_it_does_again_too(
    make_app: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.watch.INTERVAL_S", 0.01)
    app = make_app()
    parts, client = app.extensions[NAME], app.test_client()
    asked = [drive_sync.client("127.0.0.1", "none")]

    def look() -> None:
        asked[-1].ping()

    in_threads(parts.watch, {REDIS: look}, (RedisError,))
    eventually(lambda: client.get("/ready").status_code == 503)
    asked.append(parts.redis)
    eventually(lambda: client.get("/ready").status_code == 200)


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_lone_statements_have_connections_that_no_transaction_takes(make_app: Make) -> None:
    app = make_app(POOL_SIZE="1")
    parts = app.extensions[NAME]
    with parts.writing() as order, parts.reading() as reader:
        order.execute(queries.ANSWERS)
        reader.execute(queries.ANSWERS)
    for _ in range(2):
        parts.watch.note(POSTGRES, OSError())
    for session in (parts.reading, parts.writing):
        with pytest.raises(Unreachable):
            session()


def test_no_application_is_made_without_its_stores(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "require_postgres", lambda _: None)  # it has the same deadline
    monkeypatch.setattr(lifecycle, "DEADLINE_S", 0.3)
    with pytest.raises(SystemExit) as ended:
        create_app(Settings.read({"REDIS_HOST": "127.0.0.1"}))
    assert ended.value.code == 3
    assert "Redis" in capsys.readouterr().err


def test_metrics_count_requests_by_the_template_of_their_path(client: FlaskClient) -> None:
    client.get("/api/v1/items/1")
    client.get("/nowhere")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/api/v1/items/{id}",status="200"}' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"}' in text
