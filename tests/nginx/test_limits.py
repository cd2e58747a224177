"""limit-rate.conf, limit-connections.conf and limit-body.conf: who asks for too much is told so, and only he."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed
from tests.nginx.problem import assert_problem

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

OK = requests.codes.ok
RATE_PER_S = 5
BURST = 10
AT_ONCE = 4
BODY_BYTES = 16 * 1024


@pytest.fixture(scope="class")
def nginx(told: Deployed, request: pytest.FixtureRequest) -> Deployed:
    told.use(NGINX_CONF=request.cls.conf)
    return told


class TestRate:
    conf = "limit-rate"

    def test_a_burst_passes_at_once_and_what_is_above_it_is_refused(self, nginx: Deployed) -> None:
        started = time.monotonic()
        answers = [nginx.ask() for _ in range(40)]
        came_back = int((time.monotonic() - started) * RATE_PER_S) + 1
        passed = [answer for answer in answers if answer.status_code == OK]
        refused = [answer for answer in answers if answer.status_code != OK]
        assert 1 + BURST <= len(passed) <= 1 + BURST + came_back < len(answers)
        assert all(answer.status_code == OK for answer in answers[: 1 + BURST])
        assert max(answer.elapsed.total_seconds() for answer in passed) < 1 / RATE_PER_S
        for answer in refused:
            assert_problem(answer, "rate-limited")

    def test_another_client_is_not_refused_meanwhile(self, nginx: Deployed) -> None:
        asked = [nginx.ask().status_code for _ in range(2)]
        assert requests.codes.too_many in asked
        nginx.run("ready")  # the health check: asks over the loopback of the container

    def test_who_waits_as_long_as_told_is_let_in(self, nginx: Deployed) -> None:
        refused = next(answer for answer in (nginx.ask() for _ in range(40)) if answer.status_code != OK)
        time.sleep(int(refused.headers["Retry-After"]))
        assert nginx.ask().status_code == OK


class TestConnections:
    conf = "limit-connections"

    def test_the_fifth_request_at_a_time_is_refused_at_once(self, nginx: Deployed) -> None:
        with ThreadPoolExecutor() as threads:
            held = [threads.submit(nginx.ask, "/?wait=0.6") for _ in range(AT_ONCE)]
            time.sleep(0.3)
            fifth = nginx.ask()
            assert not any(request.done() for request in held)
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
