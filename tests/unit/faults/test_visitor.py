from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from lab.faults.visitor import Visitor


class Service(BaseHTTPRequestHandler):
    """Signs people in, or not."""

    login = (200, b'{"access_token":"t"}')
    own = 200
    asked: list[str] = []  # noqa: RUF012 - of the test that runs

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(body.decode())
        self._answer(*self.login)

    def do_GET(self) -> None:
        self.asked.append(f"{self.path} {self.headers['Authorization']}")
        self._answer(self.own, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not on the terminal."""


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_newcomer_signs_in_and_asks_for_himself_and_is_another_one_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "asked", [])
    with served() as url:
        visitor = Visitor(url)
        assert visitor.succeeds()
        assert visitor.succeeds()
    assert Service.asked[1] == "/api/v1/users/2002 Bearer t"
    assert "user02012@" in Service.asked[2]


@pytest.mark.parametrize(
    ("login", "own"), [((503, b""), 200), ((200, b"{}"), 200), ((200, b"no JSON"), 200), (Service.login, 503)]
)
def test_he_does_not_succeed_where_either_fails(
    monkeypatch: pytest.MonkeyPatch, login: tuple[int, bytes], own: int
) -> None:
    monkeypatch.setattr(Service, "login", login)
    monkeypatch.setattr(Service, "own", own)
    with served() as url:
        assert not Visitor(url).succeeds()


def test_he_does_not_succeed_where_nobody_listens() -> None:
    with served() as url:
        pass
    assert not Visitor(url).succeeds()
