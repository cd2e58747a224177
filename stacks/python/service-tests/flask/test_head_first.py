"""The worker that reads heads before it takes threads: what it takes for a head, for whom, and how long it waits."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from head_first import Bounded, Connection, HeadFirstWorker

Ends = tuple[Connection, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A connection as the worker has it, and its client's end."""
    ours, theirs = socket.socketpair()
    with theirs, ThreadPoolExecutor(1) as closing:
        yield Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2), closing), theirs
        ours.close()


def test_a_head_is_put_together_from_its_pieces_and_waits_for_nobody(ends: Ends) -> None:
    conn, client = ends
    assert conn.receive() == b""
    client.sendall(b"\r\n\r\nGET / HT")  # empty lines before a request are no part of it
    assert conn.receive() == b"GET / HT"
    client.sendall(b"TP/1.1\r\n\r\nrest")
    assert conn.receive() == b"GET / HTTP/1.1\r\n\r\nrest"
    assert conn.parser.unreader.take_buffered() == b"GET / HTTP/1.1\r\n\r\nrest"


def test_a_client_who_has_left_has_no_head(ends: Ends) -> None:
    conn, client = ends
    client.close()
    assert conn.receive() is None


def test_a_body_has_one_deadline_however_it_trickles(ends: Ends) -> None:
    conn, client = ends
    conn.sock.setblocking(True)
    reader: Bounded = conn.parser.unreader
    reader.until_s = time.monotonic() + 0.3
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.02):
            client.sendall(b"x")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(trickle)
        try:
            with pytest.raises(TimeoutError):
                reader.read(1_000_000)
        finally:
            ended.set()
    assert conn.sock.gettimeout() is None


def test_a_graceful_end_waits_for_its_client_elsewhere(ends: Ends) -> None:
    conn, client = ends
    conn.close(graceful=True)  # returns although the client does not hang up
    assert client.recv(1) == b""


@pytest.mark.parametrize(
    ("head", "lane"),
    [
        (b"GET /live HTTP/1.1\r\n\r\n", "probes"),
        (b"HEAD /ready?x HTTP/1.1\r\nHost: x\r\n\r\n", "probes"),
        (b"POST /live HTTP/1.1\r\nContent-length: 5\r\n\r\n", "rest"),
        (b"GET /live HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", "rest"),
        (b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "orders"),
        (b"GET /api/v1/orders/1 HTTP/1.1\r\n\r\n", "rest"),
        (b"POST /api/v1/login HTTP/1.1\r\n\r\nGET /live HTTP/1.1\r\n\r\n", "passwords"),
        (b"POST /api/v1/users HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "passwords"),
        (b"GET /api/v1/users HTTP/1.1\r\n\r\n", "rest"),
        (b"POST /api/v1/refresh HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "rest"),
        (b"\xff\r\n\r\n", "rest"),
    ],
)
def test_what_must_not_wait_for_each_other_has_threads_of_its_own(head: bytes, lane: str) -> None:
    worker = HeadFirstWorker.__new__(HeadFirstWorker)  # without a server around it
    worker._probes, worker._orders, worker._hashes, worker.tpool = "probes", "orders", "passwords", "rest"
    assert worker._lane(head) == lane
