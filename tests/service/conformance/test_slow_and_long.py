"""Clients that send slowly, too much, or what cannot be read: what a server bounds, and what only a proxy can do."""

import json
import re
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.service.conformance.not_http import NOT_HTTP, TWO_WAYS
from tests.service.conformance.problems import body, refused
from tests.service.conformance.running import PATIENCE_S, Service, eventually
from tests.service.stacks import LONG, parameters

pytestmark = pytest.mark.parametrize("service", parameters(LONG), indirect=True, scope="package")

HALF_A_HEAD = b"GET /live HTTP/1.1\r\nHost: service\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /api/v1/refresh HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
)
CHUNKED = (
    b"POST /api/v1/login HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nX-Request-Id: %s\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
BROKEN = {
    "no number": b"x\r\n{}\r\n0\r\n\r\n",
    "longer than it says": b"1\r\n{}\r\n0\r\n\r\n",
    "no end": b"2\r\n{}0\r\n\r\n",
    "a negative number": b"-2\r\n{}\r\n0\r\n\r\n",
}
MANY, SILENT = 200, 640
BATCH, BATCHES = 64, 10
"""More than all threads of all processes, even if one process is given few of them."""
ASKING = 16
"""Beside them: not all of these come to one process, which may have been given too few bodies to be busy."""


def connected(service: Service) -> socket.socket:
    parts = urlsplit(service.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE_S)


@contextmanager
def clients(service: Service, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this and no more."""
    with ExitStack() as stack:
        opened = [stack.enter_context(connected(service)) for _ in range(count)]
        for connection in opened:
            connection.sendall(sent)
        yield opened


def is_cut_off(connection: socket.socket) -> bool:
    """Waits until the server says something or hangs up; whether there is an end."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def everybody_is_answered(service: Service) -> None:
    for path in ("/live", "/ready", "/api/v1/items/1", "/api/v1/users/1"):
        assert service.as_admin("GET", path).status_code == 200, path


def test_clients_who_do_not_finish_a_head_hold_up_nobody_and_are_cut_off(service: Service) -> None:
    """All kinds of them at once: each is waited for as long as a head may take."""
    with ThreadPoolExecutor(1) as beside:
        trickling = beside.submit(is_cut_off_while_a_head_trickles, service)
        with clients(service, MANY, HALF_A_HEAD) as slow, clients(service, SILENT, b"") as silent:
            everybody_is_answered(service)
            assert all(is_cut_off(connection) for connection in slow)
            assert all(is_cut_off(connection) for connection in silent)
        assert trickling.result()
    everybody_is_answered(service)


def is_cut_off_while_a_head_trickles(service: Service) -> bool:
    """On a kept connection, whose first request was answered; whether there is an end."""
    with connected(service) as connection:
        connection.sendall(b"GET /live HTTP/1.1\r\nHost: service\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        assert response.read() == b"live"
        connection.sendall(HALF_A_HEAD)
        connection.settimeout(0.2)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                connection.sendall(b"x")
                if not connection.recv(1):
                    return True
            except TimeoutError:
                continue
            except ConnectionError:
                return True
        return False


@pytest.mark.parametrize("size_bytes", [100_000, 5_000_000])
def test_a_head_of_more_than_32_kib_is_refused(service: Service, size_bytes: int) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, 990 * b"x") for number in range(size_bytes // 1000))
    for long in (b"X-Long: " + size_bytes * b"x" + b"\r\n", lines):
        with connected(service) as connection:
            try:
                connection.sendall(b"GET /live HTTP/1.1\r\nHost: service\r\n" + long + b"\r\n")
                answered = connection.recv(4096)
            except ConnectionError:  # hung up before all of it was sent
                answered = b""
            assert answered.partition(b"\r\n")[0].partition(b" ")[2][:3] in {b"", b"400", b"431"}
    everybody_is_answered(service)


def test_a_head_of_less_is_read(service: Service) -> None:
    headers = {f"X-{number}": 990 * "x" for number in range(25)}
    assert service.ask("GET", "/live", headers=headers).text == "live"


@pytest.mark.parametrize("path", ["/live", "/api/v1/users/1", "/nowhere"])
def test_a_first_line_of_more_than_8192_bytes_is_too_long(service: Service, path: str) -> None:
    assert service.as_admin("GET", f"{path}?{'x' * 8000}").status_code != 414
    for long in (f"{path}?{'x' * 8192}", f"{path}/{'x' * 16_000}"):
        refused(service.as_admin("GET", long), "uri-too-long")


@pytest.mark.parametrize("what", BROKEN)
def test_chunks_that_are_none_are_malformed(service: Service, what: str) -> None:
    request_id = uuid.uuid4().hex
    with connected(service) as connection:
        connection.sendall(CHUNKED % request_id.encode() + BROKEN[what])
        response = HTTPResponse(connection)
        response.begin()
        content = response.read()
    # Where the server itself reads the chunks, it refuses in its own words.
    own_words = response.getheader("Content-Type") != "application/problem+json"
    assert response.status == 400
    assert own_words or content in {body("malformed-request"), body("bad-request")}
    if service.direct:
        eventually(lambda: status_of(service, request_id) == 400)


def test_a_body_that_is_cut_off_is_malformed(service: Service) -> None:
    request_id = uuid.uuid4().hex
    with connected(service) as connection:
        connection.sendall(CHUNKED % request_id.encode() + b"64\r\n{")
        connection.shutdown(socket.SHUT_WR)
        assert is_cut_off(connection)
    if service.direct:  # Nginx keeps it to itself
        eventually(lambda: status_of(service, request_id) == 400)
    everybody_is_answered(service)


def status_of(service: Service, request_id: str) -> int | None:
    """What the log says of a request."""
    lines = [line for line in service.log() if request_id in line]
    return int(lines[0].partition('"status":')[2][:3]) if lines else None


def test_only_a_proxy_keeps_bodies_that_do_not_come_from_threads_that_wait_for_them(service: Service) -> None:
    """A thread that reads a body waits for it: `/live` is answered still, and where there are no threads, so is all."""
    has_threads = service.direct and "THREADS" in service.settings
    with ExitStack() as stack, ThreadPoolExecutor(ASKING) as pool:
        for _ in range(BATCHES):
            stack.enter_context(clients(service, BATCH, HALF_A_BODY))
        if has_threads:
            waiting = [pool.submit(service.ask, "GET", "/api/v1/items/1") for _ in range(ASKING)]
            for _ in range(16):  # each process
                assert service.ask("GET", "/live").text == "live"
                assert service.ask("GET", "/ready").text == "ready"
            time.sleep(1)
            assert not all(asked.done() for asked in waiting)
            stack.close()
            assert {asked.result().status_code for asked in waiting} == {200}
        else:
            everybody_is_answered(service)


def test_what_is_no_http_is_refused_and_what_can_be_read_in_two_ways_is_never_two_requests(service: Service) -> None:
    taken = {}
    # Nginx leaves lines out that are no headers, and passes the rest on.
    for what, sent in (TWO_WAYS | (NOT_HTTP if service.direct else {})).items():
        answered = all_that_comes_back(service, sent)
        statuses = re.findall(rb"^HTTP/1\.[01] (\d+)", answered, re.MULTILINE)
        if not all(re.fullmatch(b"4..|501|505", status) for status in statuses) or len(statuses) > 1:
            taken[what] = answered[:400]
    assert not taken


def all_that_comes_back(service: Service, sent: bytes) -> bytes:
    """Everything that is answered. Who has begun to answer hears that no more will come, and need not wait for it."""
    received = b""
    with connected(service) as connection, suppress(ConnectionError):
        connection.sendall(sent)
        while piece := connection.recv(65_536):
            if not received:
                with suppress(OSError):  # who has answered may be gone
                    connection.shutdown(socket.SHUT_WR)
            received += piece
    return received


def test_an_upgrade_that_nobody_offers_is_a_request_like_others(service: Service) -> None:
    for protocol in ("websocket", "h2c", "TLS/1.0", "x"):
        headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": protocol, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
        answer = service.as_admin("GET", "/api/v1/users/1", headers={**headers, "Sec-WebSocket-Version": "13"})
        assert answer.status_code == 200, protocol
        assert answer.json()["id"] == 1
        assert "Upgrade" not in answer.headers
        order = json.dumps({"item_id": 1, "quantity": 1}).encode()
        for sent in (order, iter([order[:9], order[9:]])):  # with a length, and in chunks
            key = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
            answer = service.as_user("POST", "/api/v1/orders", data=sent, headers={**headers, **key})
            assert answer.status_code in (201, 202), (protocol, answer.text)


def test_a_client_of_http_1_0_is_answered_and_hung_up_on(service: Service) -> None:
    with connected(service) as connection:
        connection.sendall(b"GET /api/v1/items/1 HTTP/1.0\r\nHost: service\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        assert (response.status, response.getheader("Transfer-Encoding")) == (200, None)
        assert b'"id":1' in response.read()
        assert connection.recv(1) == b""


def test_requests_that_come_together_are_answered_in_turn(service: Service) -> None:
    one = b"GET /api/v1/items/%d HTTP/1.1\r\nHost: service\r\n%s\r\n"
    with connected(service) as connection:
        connection.sendall(one % (1, b"") + one % (2, b"") + one % (3, b"Connection: close\r\n"))
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    found = [received.find(b'{"id":%d,' % number) for number in (1, 2, 3)]
    assert -1 not in found
    assert found == sorted(found)
