from typing import Any

import pytest

from lab import ports
from lab.measure import verify
from tests.unit.unit_factories import Answering, make_workload

PING = {"name": "ping", "path": "/api/ping", "content_type": "application/json", "body": {"message": "pong"}}


@pytest.mark.parametrize(("workload", "answer"), [({}, "ok"), (PING, '{"message": "pong"}')])
def test_the_right_answer_is_given_back(server: Answering, workload: dict[str, Any], answer: str) -> None:
    verdict = verify.ask(server.port, make_workload(**workload))
    assert verdict.ok
    assert verdict.answer == answer


@pytest.mark.parametrize(
    ("workload", "path", "given", "complaint"),
    [
        ({}, "/health", (500, "text/plain", "ok"), "status 500 instead of 200"),
        ({}, "/health", (302, "text/plain", ""), "status 302 instead of 200"),
        ({}, "/health", (200, "text/html", "ok"), "content type text/html instead of text/plain"),
        ({}, "/health", (200, "text/plain", "OK"), "body 'OK' instead of 'ok'"),
        ({}, "/health", (200, "text/plain", "ok\n"), "body 'ok\\n' instead of 'ok'"),
        (PING, "/api/ping", (200, "application/json", "pong"), "body 'pong' instead of {'message': 'pong'}"),
    ],
)
def test_a_wrong_answer_is_told_from_the_right_one(
    server: Answering, workload: dict[str, Any], path: str, given: tuple[int, str, str], complaint: str
) -> None:
    server.answers[path] = given
    verdict = verify.ask(server.port, make_workload(**workload))
    assert not verdict.ok
    assert verdict.complaint == complaint


def test_json_is_compared_by_value_and_a_charset_does_not_matter(server: Answering) -> None:
    server.answers["/api/ping"] = (200, "application/json; charset=utf-8", '{ "message" :"pong"}')
    assert verify.ask(server.port, make_workload(**PING)).ok


def test_any_body_will_do_where_the_contract_fixes_none(server: Answering) -> None:
    server.answers["/health"] = (200, "text/plain", "whatever")
    assert verify.ask(server.port, make_workload(body=None)).ok


def test_nobody_there_is_a_complaint_and_no_traceback() -> None:
    assert verify.ask(ports.free(), make_workload()).complaint == "no answer: ConnectionError"


def test_a_stack_on_the_loopback_is_never_asked_through_a_proxy(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{ports.free()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert verify.ask(server.port, make_workload()).complaint is None


@pytest.mark.parametrize(("body", "match"), [("ok", "exact"), ({"a": 1}, "exact"), (None, "any")])
def test_under_load_bodies_are_compared_where_the_contract_fixes_them(body: Any, match: str) -> None:
    assert verify.match_under_load(make_workload(body=body)) == match
