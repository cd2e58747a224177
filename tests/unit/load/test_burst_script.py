"""The script that makes a burst in the load container, against a server of the test's own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.host import ports
from lab.load import burst
from lab.model import Burst, ErrorCounts, LoadResult, Request
from tests.unit.unit_factories import make_workload

SCRIPT = Path(__file__).parents[3] / "stacks/load/burst"
STEP_S = 0.1
"""How long a request takes in a slot, at least: a busy machine may make it longer."""
TIMEOUT_S = 60.0
"""Of a request, and of the test's own server, where nothing is to time out."""
ROUTES = make_workload(requests=tuple(Request(path=f"/r{n}", body=f"/r{n}") for n in (1, 2, 3)))


@contextmanager
def serving(*, slots: int = 100, step_s: float = 0.0, together: int = 1) -> Iterator["Slots"]:
    """A server that answers so many requests at once with their paths, each after a step; the others wait.

    It answers none before so many are there `together`.
    """
    server = Slots(slots, step_s, together)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Slots(ThreadingHTTPServer):
    """Each slot has a name, which the answer says in X-Worker."""

    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, slots: int, step_s: float, together: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.free = [f"worker {n}" for n in range(slots)]
        self.slots = threading.Semaphore(slots)
        self.step_s = step_s
        self.all_there = threading.Barrier(together, timeout=TIMEOUT_S)
        self.over = threading.Event()
        self.clients: set[tuple[str, int]] = set()
        self.asked: list[tuple[str, str, str | None]] = []
        self.bodies: list[tuple[str, str | None]] = []
        """What came in, and whose token with it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Waits for a slot, sleeps in it, and answers the path.

    To /500 with that status, to /cut with less than it says, to /never not before the test is over.
    """

    server: Slots
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers["X-Token"]))
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.bodies.append((body, self.headers["Authorization"]))
        self.server.clients.add(self.client_address)
        self.server.all_there.wait()
        with self.server.slots:
            worker = self.server.free.pop()
            time.sleep(self.server.step_s)
            self.server.free.append(worker)
        if self.path == "/never":
            self.server.over.wait(TIMEOUT_S)
        if self.path in ("/closed", "/never"):
            self.close_connection = True
            return
        self.send_response(500 if self.path == "/500" else 200)
        self.send_header("Content-Length", str(len(self.path) + (5 if self.path == "/cut" else 0)))
        self.send_header("X-Worker", worker)
        self.end_headers()
        self.wfile.write(self.path.encode())
        self.close_connection = self.path == "/cut"

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that the library calls

    def log_message(self, *_args: object) -> None:
        return


def run(url: str, count: int, *, workload: Any = ROUTES, timeout_s: float = TIMEOUT_S, known: bool = True) -> list[str]:
    """The lines that a burst prints."""
    answers = [str(request.body) for request in workload.requests] if known else []
    command = burst.command(Burst(connections=count), workload, url=url, answers=answers)
    done = subprocess.run(
        [sys.executable, SCRIPT, str(count), str(timeout_s), url],
        env={**os.environ, **command.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def result(url: str, count: int, **how: Any) -> LoadResult:
    return burst.parse("\n".join(run(url, count, **how)), Burst(connections=1))[0]


def test_two_slots_give_a_staircase_of_two_requests_a_step() -> None:
    began = time.monotonic()
    with serving(slots=2, step_s=STEP_S) as server:
        found = result(server.url, 6)
    took_s = time.monotonic() - began
    assert (found.requests, found.errors.total) == (6, 0)
    ends = sorted(span.end_s for span in found.spans)
    assert all(end_s >= step * STEP_S for step, end_s in zip([1, 1, 2, 2, 3, 3], ends, strict=True))
    assert ends[-1] == found.elapsed_s < took_s
    assert {span.worker for span in found.spans} == {"worker 0", "worker 1"}


def test_all_requests_go_out_at_the_same_moment_on_connections_of_their_own() -> None:
    """The server answers nobody before all ten are there: whoever waited for another would never be answered."""
    with serving(together=10) as server:
        found = result(server.url, 10)
    assert (found.requests, found.errors.total, len(server.clients)) == (10, 0, 10)
    assert found.spans[0].start_s == 0
    assert max(span.start_s for span in found.spans) <= min(span.end_s for span in found.spans)


def test_requests_take_the_paths_of_the_workload_in_turn_with_its_method_and_headers() -> None:
    asked = (replace(request, method="POST", headers=(("X-Token", "lab"),)) for request in ROUTES.requests)
    workload = make_workload(requests=tuple(asked))
    with serving() as server:
        assert result(server.url, 5, workload=workload).errors == ErrorCounts()
        assert sorted(server.asked) == [("POST", f"/r{n}", "lab") for n in (1, 1, 2, 2, 3)]


def test_turns_bodies_and_tokens_go_with_the_requests_and_what_is_unique_is_never_sent_twice() -> None:
    read, write = Request(path="/r1", body="/r1"), Request(path="/r2", body="/r2", method="PUT", sent="new {unique}")
    workload = make_workload(requests=(read, write), turns=(0, 0, 1), tokens=("a", "b"))
    with serving() as server:
        assert result(server.url, 6, workload=workload).errors == ErrorCounts()
        assert sorted(path for _, path, _ in server.asked) == ["/r1"] * 4 + ["/r2"] * 2
        written = [body for body, _ in server.bodies if body]
        assert len({*written}) == 2
        assert all(body.startswith("new ") and "{" not in body for body in written)
        assert sorted(str(whose) for _, whose in server.bodies) == ["Bearer a"] * 3 + ["Bearer b"] * 3


def test_each_status_that_the_workload_accepts_is_right() -> None:
    with serving() as server:
        either = make_workload(path="/500", body="/500", statuses=(201, 500))
        assert result(server.url, 1, workload=either).errors == ErrorCounts()


def test_the_marks_come_between_two_readings_of_the_hosts_cpu() -> None:
    with serving() as server:
        lines = run(server.url, 1)
    kinds = ["cpu" if line.startswith("cpu ") else "{" if line.startswith("{") else line for line in lines]
    assert kinds == ["cpu", "ramp", "over", "cpu", "{"]


@pytest.mark.parametrize(
    ("path", "body", "errors", "answered"),
    [
        ("/500", "/500", ErrorCounts(status=2), 2),
        ("/r1", "/r2", ErrorCounts(body=2), 2),
        ("/cut", "/cut", ErrorCounts(read=2), 0),
        ("/closed", "/closed", ErrorCounts(read=2), 0),
    ],
)
def test_each_thing_that_goes_wrong_is_counted_as_its_kind(
    path: str, body: str, errors: ErrorCounts, answered: int
) -> None:
    with serving() as server:
        found = result(server.url, 2, workload=make_workload(path=path, body=body))
    assert (found.errors, found.requests) == (errors, answered)
    assert len(found.spans) == 2


def test_a_body_that_is_not_known_may_be_any() -> None:
    with serving() as server:
        assert result(server.url, 2, known=False).errors == ErrorCounts()


def test_a_long_body_is_compared_by_its_length() -> None:
    path = "/" + "x" * 50_000
    with serving() as server:
        right = make_workload(requests=tuple(Request(path=f"{path}{n}", body=f"{path}{n}") for n in (1, 2)))
        answers = [str(request.body) for request in right.requests]
        told = burst.command(Burst(connections=1), right, url="", answers=answers).environment["LAB_RIGHT"]
        assert told.count("#50002") == 1, "one of the two does not fit"
        assert result(server.url, 2, workload=right).errors == ErrorCounts()
        wrong = make_workload(requests=(*right.requests[:1], Request(path=f"{path}34", body=f"{path}2")))
        assert result(server.url, 2, workload=wrong).errors == ErrorCounts(body=1)


def test_an_answer_that_is_right_for_another_request_is_wrong() -> None:
    swapped = make_workload(requests=(Request(path="/r1", body="/r2"), Request(path="/r2", body="/r1")))
    with serving() as server:
        assert result(server.url, 4, workload=swapped).errors == ErrorCounts(body=4)


def test_a_connection_that_is_refused_is_an_error_and_no_traceback() -> None:
    found = result(f"http://127.0.0.1:{ports.free()}", 3)
    assert (found.errors, found.requests, len(found.spans)) == (ErrorCounts(connect=3), 0, 3)


def test_a_request_that_takes_too_long_is_given_up() -> None:
    with serving() as server:
        found = result(server.url, 2, workload=make_workload(path="/never"), timeout_s=STEP_S)
    assert (found.errors, found.requests) == (ErrorCounts(timeout=2), 0)
    assert all(span.end_s - span.start_s >= STEP_S for span in found.spans)


def test_the_script_prints_json_that_any_tool_can_read() -> None:
    with serving() as server:
        report = json.loads(run(server.url, 1)[-1])
    (request,) = report["requests"]
    assert (request["start_s"], request["status"], request["error"], request["bytes"]) == (0, 200, None, 3)
