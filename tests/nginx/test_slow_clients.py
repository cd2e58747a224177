"""slow-clients.conf and its opposite, in front of two workers of Gunicorn that serve one request at a time each."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.nginx.nginx_deployed import ANSWER_WITHIN_S, Deployed, deployed, eventually

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
        before = nginx.opened_to_the_app()
        for reader in readers:
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n".encode())
        eventually(lambda: nginx.opened_to_the_app() >= before + count)  # Gunicorn's sync workers keep none open
        yield readers


def answers_within(nginx: Deployed, seconds: float) -> bool:
    """Whether the app has a worker for one more client."""
    try:
        return requests.get(nginx.url("/api/ping"), timeout=seconds).ok
    except requests.Timeout:
        return False


@contextmanager
def half_a_request(nginx: Deployed) -> Iterator[None]:
    """A client that has sent half the body of its request."""
    with socket.create_connection(nginx.address, timeout=ANSWER_WITHIN_S) as sender:
        sender.sendall(b"POST /api/ping HTTP/1.1\r\nHost: nginx\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
        yield


class TestBuffered:
    conf = "slow-clients"

    def test_slow_readers_hold_no_worker(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=4 * WORKERS):
            assert answers_within(nginx, ANSWER_WITHIN_S)

    def test_a_slow_reader_gets_all_in_the_end(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=1) as (reader,), reader.makefile("rb") as answer:
            assert len(answer.read().partition(b"\r\n\r\n")[2]) == FILE_BYTES

    def test_the_app_hears_of_a_request_when_all_of_it_has_arrived(self, nginx: Deployed) -> None:
        before = nginx.opened_to_the_app()
        with half_a_request(nginx):
            assert answers_within(nginx, ANSWER_WITHIN_S)  # which Nginx read after it
            assert nginx.opened_to_the_app() == before + 1


class TestUnbuffered:
    conf = "slow-clients-unbuffered"

    def test_as_many_slow_readers_as_workers_stop_the_service(self, nginx: Deployed) -> None:
        with slow_readers(nginx, "/static/1m.txt", count=WORKERS):
            assert not answers_within(nginx, 1)
        assert answers_within(nginx, ANSWER_WITHIN_S)

    def test_the_app_hears_of_a_request_when_its_header_has_arrived(self, nginx: Deployed) -> None:
        before = nginx.opened_to_the_app()
        with half_a_request(nginx):
            eventually(lambda: nginx.opened_to_the_app() > before)
