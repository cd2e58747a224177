"""slow-clients.conf and its opposite, in front of two workers of Gunicorn that serve one request at a time each."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed, deployed

pytestmark = pytest.mark.xdist_group("nginx")  # one network has a fixed address

WORKERS = 2
FILE_BYTES = 1_048_576


@pytest.fixture(scope="module")
def gunicorn(images: None) -> Iterator[Deployed]:
    file = Path(__file__).with_name("slow.yaml")
    with deployed(file, NGINX_CONF="slow-clients", WORKER_CLASS="sync", WORKERS=str(WORKERS)) as up:
        yield up


@pytest.fixture(scope="class")
def nginx(gunicorn: Deployed, request: pytest.FixtureRequest) -> Deployed:
    gunicorn.use(NGINX_CONF=request.cls.conf)
    return gunicorn


@contextmanager
def slow_readers(nginx: Deployed, path: str, *, count: int) -> Iterator[list[socket.socket]]:
    """Clients that ask for a file and then take nothing of it."""
    # Straight to the container: what lies between it and a published port has large buffers of its own.
    networks = nginx.container("nginx").attrs["NetworkSettings"]["Networks"]
    address = networks[f"{nginx.project}_default"]["IPAddress"], 8080
    with ExitStack() as stack:
        readers = [stack.enter_context(socket.socket()) for _ in range(count)]
        for reader in readers:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.settimeout(ANSWER_WITHIN_S)
            reader.connect(address)
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n".encode())
        time.sleep(0.3)
        yield readers


def answers_within(nginx: Deployed, seconds: float) -> bool:
    """Whether the app has a worker for one more client."""
    try:
        return requests.get(nginx.url("/api/ping"), timeout=seconds).ok
    except requests.Timeout:
        return False


def connections_to_the_app(nginx: Deployed) -> int:
    """How many connections Nginx's container has opened since it started."""
    names, values = nginx.run("grep", "^Tcp:", "/proc/net/snmp").splitlines()
    return int(dict(zip(names.split(), values.split(), strict=True))["ActiveOpens"])


def heard_of_half_a_request(nginx: Deployed) -> bool:
    """Whether Nginx passes on a request of which half the body has arrived."""
    before = connections_to_the_app(nginx)
    with socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as sender:
        sender.sendall(b"POST /api/ping HTTP/1.1\r\nHost: nginx\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        time.sleep(0.3)
        return connections_to_the_app(nginx) > before


class TestBuffered:
    conf = "slow-clients"

    def test_slow_readers_hold_no_worker(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=4 * WORKERS):
            assert answers_within(nginx, 2)

    def test_a_slow_reader_gets_all_in_the_end(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=1) as (reader,), reader.makefile("rb") as answer:
            assert len(answer.read().partition(b"\r\n\r\n")[2]) == FILE_BYTES

    def test_the_app_hears_of_a_request_when_all_of_it_has_arrived(self, nginx: Deployed) -> None:
        assert not heard_of_half_a_request(nginx)


class TestUnbuffered:
    conf = "slow-clients-unbuffered"

    def test_as_many_slow_readers_as_workers_stop_the_service(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=WORKERS):
            assert not answers_within(nginx, 1)
        assert answers_within(nginx, 2)

    def test_the_app_hears_of_a_request_when_its_header_has_arrived(self, nginx: Deployed) -> None:
        assert heard_of_half_a_request(nginx)
