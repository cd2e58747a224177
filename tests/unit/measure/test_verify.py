import hashlib
import socket
from typing import Any

import pytest

from lab.host import ports
from lab.measure import verify
from lab.model import Request, Script, Workload
from tests.unit.unit_factories import make_workload
from tests.unit.unit_project import Answering

PING: dict[str, Any] = {
    "name": "ping",
    "path": "/api/ping",
    "content_type": "application/json",
    "body": {"message": "pong"},
}


@pytest.mark.parametrize(("workload", "answer"), [({}, "ok"), (PING, '{"message": "pong"}')])
def test_the_right_answer_is_given_back(server: Answering, workload: dict[str, Any], answer: str) -> None:
    verdict = verify.ask(server.url, make_workload(**workload))
    assert verdict.ok
    assert verdict.answers == (answer,)


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
    verdict = verify.ask(server.url, make_workload(**workload))
    assert not verdict.ok
    assert verdict.complaint == complaint


def test_json_is_compared_by_value_and_a_charset_does_not_matter(server: Answering) -> None:
    server.answers["/api/ping"] = (200, "application/json; charset=utf-8", '{ "message" :"pong"}')
    assert verify.ask(server.url, make_workload(**PING)).ok


def test_any_body_will_do_where_the_contract_fixes_none(server: Answering) -> None:
    server.answers["/health"] = (200, "text/plain", "whatever")
    assert verify.ask(server.url, make_workload(body=None)).ok


def test_an_answer_that_ends_with_its_connection_is_told_as_what_wrk_makes_of_it(server: Answering) -> None:
    server.without_length = True
    assert verify.ask(server.url, make_workload()).ok, "a stack that answers so is up"
    complaint = verify.ask(server.url, make_workload(), for_load=True).complaint
    assert complaint is not None
    assert complaint.startswith("the answer has no Content-Length and ends with its connection")


def test_nobody_there_is_a_complaint_and_no_traceback() -> None:
    assert verify.ask(ports.url(ports.free()), make_workload(delay_s=0)).complaint == "no answer: ConnectionError"


def test_an_answer_that_takes_too_long_is_told_with_how_long_it_was_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = verify.ask(f"http://127.0.0.1:{silent.getsockname()[1]}", make_workload(), timeout_s=0.2)
    assert told.complaint == "no answer within 0.2 s"


def test_a_stack_on_the_loopback_is_never_asked_through_a_proxy(
    server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{ports.free()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert verify.ask(server.url, make_workload()).complaint is None


ROUTES = (Request(path="/api/r01/42", body="first"), Request(path="/api/r02/42", body="second"))


def test_every_request_of_a_workload_is_asked(server: Answering) -> None:
    server.answers["/api/r01/42"] = (200, "text/plain", "first")
    server.answers["/api/r02/42"] = (200, "text/plain", "second")
    verdict = verify.ask(server.url, make_workload(requests=ROUTES))
    assert (verdict.complaint, verdict.answers) == (None, ("first", "second"))


def test_the_request_that_is_answered_wrongly_is_named(server: Answering) -> None:
    server.answers["/api/r01/42"] = (200, "text/plain", "first")
    server.answers["/api/r02/42"] = (200, "text/plain", "first")
    verdict = verify.ask(server.url, make_workload(requests=ROUTES))
    assert verdict.complaint == "/api/r02/42: body 'first' instead of 'second'"


def test_headers_are_sent(server: Answering) -> None:
    verify.ask(server.url, make_workload(headers=(("X-Token", "lab"),)))
    assert server.received[-1]["X-Token"] == "lab"
    assert server.received[-1]["Accept-Encoding"] == "identity", "what the load tools get is what is verified"


TEXT = "the file"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (TEXT, None),
        ("the filE", f"bytes whose sha256 is not {SHA256[:12]}…"),
        ("the file\n", "9 bytes instead of 8"),
    ],
)
def test_a_file_is_known_by_its_length_and_its_checksum(server: Answering, given: str, complaint: str | None) -> None:
    server.answers["/file"] = (200, "text/plain", given)
    file = Request(path="/file", size_bytes=len(TEXT), sha256=SHA256)
    assert verify.ask(server.url, make_workload(requests=(file,))).complaint == complaint


def test_a_long_answer_is_shown_to_people_by_its_beginning(server: Answering) -> None:
    server.answers["/health"] = (200, "text/plain", "x" * 5000)
    assert verify.ask(server.url, make_workload(body=None)).shown == "x" * verify.SHOWN + "…"
    server.answers["/health"] = (200, "text/plain", "ok\n")
    assert verify.ask(server.url, make_workload(body=None)).shown == "ok"


def test_of_a_script_it_is_said_that_nobody_of_the_lab_judges_its_answers(server: Answering) -> None:
    found = verify.ask(server.url, make_workload(script=Script(tool="wrk", file="a.lua", text="")))
    assert (found.ok, found.shown) == (True, verify.BY_SCRIPT)


def test_of_many_statuses_that_are_right_the_first_and_the_last_are_told(server: Answering) -> None:
    server.answers["/up"] = (500, "text/plain", "")
    request = Request(path="/up", statuses=(*range(200, 500), 503), content_type=None)
    verdict = verify.ask(server.url, Workload(name="up", requests=(request,)))
    assert (verdict.complaint, verdict.status) == ("status 500 instead of 200 to 499 or 503", 500)
