import socket
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from lab.lessons import asking
from lab.lessons.probes import AskFile
from tests.unit.unit_project import Answering

HEALTH = AskFile(path="/health", headers={"X-Request-Id": "{id}"})


def test_an_answer_has_status_headers_and_body(server: Answering) -> None:
    reply = asking.ask(server.url, HEALTH)
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, "ok", "text/plain")


def test_an_id_in_a_header_is_new_each_time(server: Answering) -> None:
    asking.ask_many(server.url, HEALTH, number=3, at_once=1)
    assert len({headers["X-Request-Id"] for headers in server.received}) == 3
    asking.ask(server.url, HEALTH, identity="mine")
    assert server.received[-1]["X-Request-Id"] == "mine"


def test_a_body_of_so_many_bytes_is_sent(server: Answering) -> None:
    asking.ask(server.url, AskFile(path="/health", method="POST", body_bytes=1234))
    assert server.received[-1]["Content-Length"] == "1234"


def test_another_scheme_may_be_spoken_at_the_same_port(server: Answering) -> None:
    assert asking.ask(server.url, AskFile(path="/health", scheme="https")).status == 0
    assert asking.ask(server.url.replace("http:", "https:"), AskFile(path="/health", scheme="http")).status == 200


def test_nobody_who_answers_is_status_0_with_the_reason() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        reply = asking.ask(f"http://127.0.0.1:{unused.getsockname()[1]}", HEALTH)
    assert (reply.status, reply.body) == (0, "ConnectionError")


@pytest.mark.parametrize("at_once", [1, 4])
def test_as_many_are_answered_as_were_asked(server: Answering, at_once: int) -> None:
    replies = asking.ask_many(server.url, HEALTH, number=8, at_once=at_once)
    assert Counter(reply.status for reply in replies) == {200: 8}
    assert len(server.received) == 8


def test_all_that_are_asked_together_are_answered(server: Answering) -> None:
    elapsed_s, replies = asking.together(server.url, HEALTH, at_once=5)
    assert [reply.status for reply in replies] == [200] * 5
    assert elapsed_s >= max(reply.seconds for reply in replies) / 2


def test_an_open_loop_asks_when_it_is_time_and_a_closed_one_when_it_was_answered(server: Answering) -> None:
    assert len(asking.on_time(server.url, HEALTH, rate=50, seconds=0.2)) == 10
    latencies = asking.in_turn(server.url, HEALTH, rate=50, seconds=0.2)
    assert 1 <= len(latencies) <= 11


def listening(bytes_sent: bytes) -> tuple[socket.socket, list[bytes]]:
    """A server for one connection that keeps what it reads, and sends an answer once it has read something."""
    server = socket.create_server(("127.0.0.1", 0))
    read: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            read.append(connection.recv(4096))
            connection.sendall(bytes_sent)
            with suppress(ConnectionError):
                while connection.recv(4096):
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return server, read


def test_an_unfinished_request_never_ends_its_header() -> None:
    server, read = listening(b"")
    with server, asking.unfinished(f"http://127.0.0.1:{server.getsockname()[1]}", HEALTH, clients=1):
        while not read:
            time.sleep(0.01)
    assert read[0].startswith(b"GET /health HTTP/1.1\r\n")
    assert b"\r\n\r\n" not in read[0]


def test_a_slow_reader_has_begun_to_read_when_the_block_begins() -> None:
    server, read = listening(b"x" * 1000)
    with server, asking.reading("127.0.0.1", server.getsockname()[1], HEALTH, clients=1):
        assert read[0].endswith(b"\r\n\r\n")


def test_a_slow_sender_has_sent_its_head_and_a_part_of_its_body() -> None:
    server, read = listening(b"")
    upload = AskFile(path="/upload", method="POST", body_bytes=1000)
    with server, asking.sending(f"http://127.0.0.1:{server.getsockname()[1]}", upload, clients=1):
        while not read:
            time.sleep(0.01)
    head, _, body = b"".join(read).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /upload HTTP/1.1\r\n")
    assert b"Content-Length: 1000" in head
    assert 0 < len(body) < 1000
