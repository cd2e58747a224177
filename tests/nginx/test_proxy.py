"""proxy.conf: what passes through Nginx, over which connections, and what Nginx says when the app does not."""

import http.client
import re
import socket
from contextlib import ExitStack

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed
from tests.nginx.problem import assert_problem

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address


@pytest.fixture(scope="module", autouse=True)
def nginx(told: Deployed) -> Deployed:
    told.use(NGINX_CONF="proxy")
    return told


def test_a_hundred_clients_share_a_few_connections_to_the_app(nginx: Deployed) -> None:
    connections = {nginx.ask().json()["connection"] for _ in range(100)}
    # One per worker process of Nginx, as each keeps its own; the requests come one after the other.
    assert len(connections) <= int(nginx.run("nproc"))


def test_a_request_id_that_the_service_would_take_passes_both_ways_untouched(nginx: Deployed) -> None:
    answer = nginx.ask(headers={"X-Request-Id": "of.my-own_1"})
    assert ["x-request-id", "of.my-own_1"] in answer.json()["headers"]
    assert answer.headers["X-Request-Id"] == "of.my-own_1"


def test_the_app_hears_of_the_trace_that_a_request_is_in(nginx: Deployed) -> None:
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert ["traceparent", traceparent] in nginx.ask(headers={"traceparent": traceparent}).json()["headers"]


def test_a_request_without_such_an_id_gets_one_that_the_app_hears_too(nginx: Deployed) -> None:
    for sent in ({}, {"X-Request-Id": "of my own: 1"}):
        answer = nginx.ask(headers=sent)
        (told,) = (value for name, value in answer.json()["headers"] if name == "x-request-id")
        assert re.fullmatch("[0-9a-f]{32}", told)
        assert answer.headers["X-Request-Id"] == told


@pytest.mark.parametrize(
    ("sent", "slug"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "bad-request"),  # no Host
        (b"GET \x01 HTTP/1.1\r\n\r\n", "bad-request"),
        (b"GET / HTTP/1.1\r\nHost: nginx\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", "bad-request"),
        (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: nginx\r\n\r\n", "uri-too-long"),
        (b"TRACE / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n", "method-not-allowed"),
    ],
)
def test_what_nginx_itself_refuses_is_a_problem(nginx: Deployed, sent: bytes, slug: str) -> None:
    with socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as connection:
        connection.sendall(sent)
        raw = http.client.HTTPResponse(connection)
        raw.begin()
        answer = requests.Response()
        answer.status_code, answer._content = raw.status, raw.read()
        answer.headers.update(raw.getheaders())
    assert_problem(answer, slug)
    assert (answer.headers.get("Allow") is not None) == (slug == "method-not-allowed")


def test_unfinished_uploads_wait_in_memory_and_fill_no_disk(nginx: Deployed) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            upload = stack.enter_context(socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S))
            upload.sendall(b"POST / HTTP/1.1\r\nHost: nginx\r\nContent-Length: 65536\r\n\r\n" + b"x" * 65_000)
        assert nginx.ask(method="POST", data=b"x" * 60_000).json()["body_bytes"] == 60_000
        assert nginx.run("find", "/tmp", "-path", "/tmp/client_body/*").split() == []


def test_the_last_forwarded_address_is_the_peer_of_nginx(nginx: Deployed) -> None:
    headers = dict(nginx.ask(headers={"X-Forwarded-For": "203.0.113.7"}).json()["headers"])
    made_up, last = headers["x-forwarded-for"].split(", ")
    assert made_up == "203.0.113.7"
    assert last == headers["x-real-ip"] != made_up


def test_a_body_above_the_service_s_own_limit_reaches_the_service(nginx: Deployed) -> None:
    for sent in (b"x" * 16_385, iter([b"x" * 16_000, b"x" * 16_000])):
        assert nginx.ask(method="POST", data=sent).json()["body_bytes"] > 16_384


def test_a_body_far_above_the_service_s_limit_is_a_problem(nginx: Deployed) -> None:
    assert_problem(nginx.ask(method="POST", data=b"x" * (2**16 + 1)), "body-too-large")


def test_an_error_of_the_app_passes_as_it_is(nginx: Deployed) -> None:
    for status in (404, 413, 429, 500, 502, 503, 504):
        answer = nginx.ask(f"/?status={status}")
        assert (answer.status_code, answer.json()["fill"]) == (status, "")


def test_an_app_that_hangs_up_is_a_problem(nginx: Deployed) -> None:
    assert_problem(nginx.ask("/?hang_up=1"), "unavailable")


def test_a_problem_has_the_request_s_id_if_that_has_the_service_s_form(nginx: Deployed) -> None:
    for sent in ("a-1", "A" * 64):
        assert nginx.ask("/?hang_up=1", headers={"X-Request-Id": sent}).headers["X-Request-Id"] == sent
    for sent in ("does not fit", "a" * 65):
        said = nginx.ask("/?hang_up=1", headers={"X-Request-Id": sent}).headers["X-Request-Id"]
        assert re.fullmatch("[0-9a-f]{32}", said)
