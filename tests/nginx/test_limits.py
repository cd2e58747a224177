"""limit-rate.conf, limit-connections.conf and limit-body.conf: who asks for too much is told so, and only he."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed, eventually
from tests.nginx.problem import assert_problem

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

OK = requests.codes.ok
BURST = 10
AT_ONE_MOMENT = 100
"""Requests; at 5 a second Nginx would need 18 s for them to refuse none."""
AT_ONCE = 4
BODY_BYTES = 16 * 1024


@pytest.fixture(scope="class")
def nginx(told: Deployed, request: pytest.FixtureRequest) -> Deployed:
    told.use(NGINX_CONF=request.cls.conf)
    return told


def asked_at_once(nginx: Deployed) -> list[requests.Response]:
    """The answers to so many requests at once that some are above the limit; fails where none was refused."""
    with ThreadPoolExecutor(AT_ONE_MOMENT) as threads, ExitStack() as stack:
        sessions = [stack.enter_context(requests.Session()) for _ in range(AT_ONE_MOMENT)]
        answers = list(threads.map(lambda session: session.get(nginx.url(), timeout=ANSWER_WITHIN_S), sessions))
    assert requests.codes.too_many in {answer.status_code for answer in answers}
    return answers


def told_inside(nginx: Deployed, path: str) -> dict[str, int]:
    """What the app answers to somebody in its own container, whom no limit of Nginx concerns."""
    ask = f"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8080{path}').read().decode())"
    status, printed = nginx.container("app").exec_run(["python", "-c", ask])
    assert isinstance(printed, bytes)
    assert status == 0, printed
    answer: dict[str, int] = json.loads(printed)
    return answer


class TestRate:
    conf = "limit-rate"

    def test_a_burst_passes_and_what_is_above_it_is_refused(self, nginx: Deployed) -> None:
        answers = asked_at_once(nginx)
        refused = [answer for answer in answers if answer.status_code != OK]
        assert len(answers) - len(refused) >= 1 + BURST
        for answer in refused:
            assert_problem(answer, "rate-limited")

    def test_another_client_is_not_refused_meanwhile(self, nginx: Deployed) -> None:
        asked_at_once(nginx)
        nginx.run("ready")  # the health check: asks over the loopback of the container

    def test_who_waits_as_long_as_told_is_let_in(self, nginx: Deployed) -> None:
        refused = next(answer for answer in asked_at_once(nginx) if answer.status_code != OK)
        time.sleep(int(refused.headers["Retry-After"]))
        assert nginx.ask().status_code == OK


class TestConnections:
    conf = "limit-connections"

    def test_the_fifth_request_at_a_time_is_refused_at_once(self, nginx: Deployed) -> None:
        with ThreadPoolExecutor() as threads:
            before = told_inside(nginx, "/")["held"]
            held = [threads.submit(nginx.ask, "/?hold=1") for _ in range(AT_ONCE)]
            eventually(lambda: told_inside(nginx, "/")["held"] == before + AT_ONCE)
            fifth = nginx.ask()
            told_inside(nginx, "/?release=1")
        assert_problem(fifth, "rate-limited")
        assert fifth.headers["Retry-After"] == "1"
        assert [request.result().status_code for request in held] == [OK] * AT_ONCE

    def test_idle_connections_do_not_count(self, nginx: Deployed) -> None:
        with ExitStack() as stack:
            sessions = [stack.enter_context(requests.Session()) for _ in range(2 * AT_ONCE)]
            assert [session.get(nginx.url()).status_code for session in sessions] == [OK] * len(sessions)


class TestBody:
    conf = "limit-body"

    def test_a_body_of_the_limit_passes(self, nginx: Deployed) -> None:
        for sent in (b"x" * BODY_BYTES, iter([b"x" * BODY_BYTES])):
            assert nginx.ask(method="POST", data=sent).json()["body_bytes"] == BODY_BYTES

    def test_one_byte_more_is_refused_and_the_app_hears_nothing(self, nginx: Deployed) -> None:
        before = nginx.ask().json()["requests"]
        for sent in (b"x" * (BODY_BYTES + 1), iter([b"x" * BODY_BYTES, b"x"])):
            assert_problem(nginx.ask(method="POST", data=sent), "body-too-large")
        assert nginx.ask().json()["requests"] == before + 1

    def test_a_length_that_is_only_announced_is_refused_before_the_body_is_sent(self, nginx: Deployed) -> None:
        with socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: nginx\r\nContent-Length: 1000000000\r\n\r\n")
            assert connection.recv(64).startswith(b"HTTP/1.1 413 ")
