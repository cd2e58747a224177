"""A project on disk, and a server whose answers the test chooses."""

import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONTRACT = """\
openapi: 3.1.0
paths:
  /health:
    get:
      operationId: health
      summary: Waits
      x-lab:
        delay: {setting: HEALTH_DELAY, default_s: 0.1}
      responses:
        "200": {content: {text/plain: {example: ok}}}
  /api/ping:
    get:
      operationId: ping
      summary: Answers at once
      responses:
        "200": {content: {application/json: {example: {message: pong}}}}
  /ready:
    get:
      operationId: ready
      responses:
        "200": {content: {text/plain: {example: ready}}}
"""

PROXIED = """\
name: proxied
x-lab:
  title: Proxy → App
  entry: {service: proxy, port: 8080}
  tiers: {proxy: proxy, app: application}
  workloads: [health, ping]
  memory: {proxy: 1, app: 7}
  variants:
    one: {WORKERS: 1}
    pool: {WORKERS: 4, THREADS: 10}
  slots:
    one: [WORKERS]
    pool: [WORKERS, THREADS]
  processes: {one: [WORKERS], pool: [WORKERS]}
services:
  proxy:
    image: proxy
    ports: ["127.0.0.1:${LAB_PORT:-8080}:8080"]
  app:
    extends: {file: parts.yaml, service: app}
    command: ["serve", "--workers=${WORKERS:-1}", "--threads=${THREADS:-1}"]
networks:
  back: {internal: true}
"""

PLAIN = """\
name: plain
x-lab:
  title: App
  entry: {service: app, port: 9000}
  tiers: {app: application}
  workloads: [health, ping]
  memory: {app: 1}
services:
  app:
    extends: {file: parts.yaml, service: app}
"""

PARTS = """\
services:
  app:
    image: app
    environment:
      HEALTH_DELAY: "${HEALTH_DELAY:-0.1}"
      PRICE: "$${NOT_A_SETTING}"
"""

TABLE = """\
title: A table
source: {site: a blog}
pins: seed
workload: health
load: {threads: 2, connections: 2000, duration_s: 5}
published_duration_s: 60
rows:
  - id: proxied-pool
    stack: proxied@pool
    published: {requests_per_second: 390.5, mean_ms: 100.1}
    note: A famous one.
  - id: plain
    stack: plain
    workload: ping
    load: {connections: 100}
    settings: {HEALTH_DELAY: 0.2}
  - {id: again, stack: proxied, same_as: articles/proxied-pool}
"""


def write_project(root: Path) -> Path:
    files = {
        "stacks/openapi.yaml": CONTRACT,
        "compose/proxied.yaml": PROXIED,
        "compose/plain.yaml": PLAIN,
        "compose/parts.yaml": PARTS,
        "experiments/articles.yaml": TABLE,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def edit(path: Path, old: str, new: str) -> None:
    """Replace what stands in a file once; a test that edits nothing would prove nothing."""
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def line_of(path: Path, text: str) -> int:
    """The number of the first line that holds a text."""
    lines = path.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


class Answering:
    """A server on the loopback: path → (status, content type, body); what it does not know it answers with 404."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, str]] = {
            "/health": (200, "text/plain", "ok"),
            "/api/ping": (200, "application/json", '{"message": "pong"}'),
            "/ready": (200, "text/plain", "ready"),
        }
        self.received: list[Message] = []
        """The headers of each request, in order."""
        self.bodies: list[bytes] = []
        """What came with each of them."""
        self.later: dict[str, Callable[[], tuple[int, str, str]]] = {}
        """Path → what makes an answer anew each time, in place of the one above."""
        self.cookies: dict[str, str] = {}
        """Method → the cookie that its answers set."""
        self.without_length = False
        """Whether bodies end with their connection, and say nothing of it."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers, later, received = self.answers, self.later, self.received
        bodies, cookies, server = self.bodies, self.cookies, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                received.append(self.headers)
                bodies.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
                known = answers.get(self.path, (404, "text/plain", "not found"))
                status, content_type, body = later[self.path]() if self.path in later else known
                data = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                if not server.without_length:
                    self.send_header("Content-Length", str(len(data)))
                if self.command in cookies:
                    self.send_header("Set-Cookie", cookies[self.command])
                if status == 302:
                    self.send_header("Location", "/ready")
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PUT = do_GET  # noqa: N815 - the names that the library calls

            def log_message(self, *_args: object) -> None:
                return

        return Handler
